"""A resident of Halle finds, asks for and brings back what Leipzig has, each at a browser of their own region."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import Region, eventually, pair
from tests.factories.mail import serving_mail
from tests.serving import free_port

WHEN = "from_day={day}&from_time=10:00&until_day={day}&until_time=18:00"


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[tuple[Region, Region]]:
    ports = free_port(), free_port()
    with serving_mail() as mailbox:
        made = []
        for index, name in enumerate(["Leipzig", "Halle"]):
            folder = tmp_path / name
            folder.mkdir()
            made.append(Region(name, folder, mailbox, [ports[1 - index]], "", ports[index]))
        try:
            for region in made:
                region.serve()
            yield made[0], made[1]
        finally:
            for region in made:
                region.stop()


def test_a_loan_across_two_regions(regions, windows):
    leipzig, halle = regions
    ada, ben = leipzig.resident("Ada"), halle.resident("Ben")
    pair(leipzig, halle)
    drill = {"kind": "equipment", "title": "Schlagbohrmaschine", "federation": "bookable"}
    made = ada.ask("POST", "/listings", drill)["id"]
    ada.ask("POST", f"/listings/{made}/publish")
    at_ada, at_ben = windows(leipzig.url, ada, language="de-DE"), windows(halle.url, ben, language="de-DE")

    def found() -> bool:
        at_ben.page.goto(f"{halle.url}/?q=Schlagbohrmaschine")
        return at_ben.page.get_by_role("link", name="Schlagbohrmaschine").count() > 0

    eventually(found)
    assert "Depot Leipzig" in at_ben.text
    there = at_ben.page.get_by_role("link", name="Schlagbohrmaschine").first.get_attribute("href")
    day = at_ben.page.evaluate("new Date(Date.now() + 3 * 86400000).toISOString().slice(0, 10)")
    at_ben.open(f"{there.partition('?')[0]}?{WHEN.format(day=day)}")
    at_ben.press("Anfragen")
    here = at_ben.page.url.removeprefix(halle.url).partition("?")[0]

    booking = eventually(lambda: ada.ask("GET", "/bookings?role=provider")["items"])[0]["id"]
    for name, state in (("Ja sagen", "confirmed"), ("Übergeben", "handed_over")):
        at_ada.open(f"/bookings/{booking}")
        at_ada.press(name)
        ben.sees(here.rpartition("/")[2], state)
    at_ben.open(here)
    at_ben.press("Ich habe es erhalten")
    at_ben.open(f"{here}?do=report-return")
    at_ben.press("Ich habe es zurückgebracht")
    ada.sees(booking, "return_reported")
    at_ada.open(f"/bookings/{booking}")
    at_ada.press("Zurücknehmen")
    ben.sees(here.rpartition("/")[2], "returned")
    at_ben.open(here)
    at_ben.press("Alles in Ordnung")
    ada.sees(booking, "completed")

    at_ada.open(f"/bookings/{booking}")
    assert "Alles ist gut gegangen." in at_ada.text

"""Two regions, one loan: two real processes that speak HTTP, real files, real mails, and each process killed once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.kernel.clock import SystemClock
from tests import postgres
from tests.end_to_end.processes import Json, Person, Region, eventually, pair, story
from tests.factories.mail import serving_mail
from tests.serving import free_port

HERE = Path(__file__).parents[1] / "listings" / "data"
DATA = next(
    (up / "shared" / "data" for up in Path(__file__).parents if (up / "shared" / "data").is_dir()), HERE
)


@pytest.fixture(params=["sqlite", "postgresql"])
def regions(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: postgres.Server
) -> Iterator[tuple[Region, Region]]:
    ports = free_port(), free_port()
    urls = [postgres_server.create() if request.param == "postgresql" else "" for _ in range(2)]
    with serving_mail() as mailbox:
        made = []
        for index, name in enumerate(["Leipzig", "Halle"]):
            folder = tmp_path / name
            folder.mkdir()
            made.append(Region(name, folder, mailbox, [ports[1 - index]], urls[index], ports[index]))
        try:
            for region in made:
                region.serve()
            yield made[0], made[1]
        finally:
            for region in made:
                region.stop()
    for url in filter(None, urls):
        postgres_server.drop(url)


def import_everything(leipzig: Region, owner: Person) -> None:
    for file, mapping, options in [
        ("leipzig-organisations.csv", "leipzig-organisations", []),
        ("leipzig-offers.csv", "leipzig-offers", ["--set", "kind=know_how"]),
        ("tool-library-items.csv", "tool-library", ["--set", "federation=bookable"]),
    ]:
        words = ["import", str(DATA / file), "--mapping", mapping, "--owner", owner.email, "--yes", *options]
        leipzig.depot(*words)


def found_in(region: Region, words: str) -> Json | None:
    answer = httpx.get(f"{region.url}/api/v1/listings", params={"q": words, "limit": 1}, timeout=60)
    items = answer.raise_for_status().json()["items"]
    return items[0] if items else None


def test_a_resident_of_halle_borrows_in_leipzig_and_brings_it_back(regions: tuple[Region, Region]) -> None:
    leipzig, halle = regions
    ada, ben = leipzig.resident("Ada"), halle.resident("Ben")
    import_everything(leipzig, ada)
    pair(leipzig, halle)

    plane = eventually(lambda: found_in(halle, "steel square"))
    assert plane["origin"]["instance"] != ""
    assert plane["origin"]["fresh_at"] is not None
    assert eventually(lambda: found_in(halle, "Familientreff"))["kind"] == "know_how"

    leipzig.kill()
    starts_at = (SystemClock().now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    asked = ben.ask(
        "POST",
        "/bookings",
        {
            "listing_id": plane["id"],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(days=2)).isoformat(),
            "units": 1,
            "message": "Für den Kaninchenstall.",
        },
    )
    assert (asked["state"], asked["exchange"]["status"]) == ("requested", "sending")
    here = asked["id"]
    leipzig.serve()

    there = eventually(lambda: ada.ask("GET", "/bookings?role=provider")["items"])[0]["id"]
    assert ada.booking(there)["contact"] is None
    ada.act(there, "accept")
    promised = ben.sees(here, "confirmed")
    assert promised["contact"] is not None

    halle.kill()
    ada.act(there, "hand-over", units=1)
    halle.serve()
    ben.sees(here, "handed_over")

    ben.act(here, "report-return")
    ada.sees(there, "return_reported")
    ada.act(there, "take-back", units=1)
    ben.sees(here, "returned")
    ben.act(here, "complete")

    ended_there, ended_here = ada.sees(there, "completed"), ben.sees(here, "completed")
    assert ended_there["outcome"] == ended_here["outcome"] == "fulfilled"
    assert ended_here["exchange"]["status"] == "in_sync"
    assert story(ada, there) == story(ben, here)


def test_a_listing_that_is_withdrawn_disappears_from_the_other_region(regions: tuple[Region, Region]) -> None:
    leipzig, halle = regions
    ada = leipzig.resident("Ada")
    pair(leipzig, halle)
    chairs = {
        "purpose": "offer",
        "kind": "equipment",
        "title": "Zwanzig Klappstühle",
        "description": "Aus Holz.",
        "category": "chairs",
        "units": 20,
    }
    listing = ada.ask("POST", "/listings", chairs)["id"]
    ada.ask("POST", f"/listings/{listing}/publish")
    eventually(lambda: found_in(halle, "Klappstühle"))

    ada.ask("POST", f"/listings/{listing}/close", {"reason": "withdrawn"})

    eventually(lambda: found_in(halle, "Klappstühle") is None)

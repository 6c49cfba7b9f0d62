"""Real rows from a file to listings and organisations, through the command."""

from pathlib import Path

import pytest

from app.accounts import service as accounts
from app.kernel.actor import NOBODY, SYSTEM
from tests.factories.accounts import signed_in_person

DATA = Path(__file__).parent.parent / "listings" / "data"
OFFERS, TOOLS, BODIES = (
    str(DATA / name) for name in ("leipzig-offers.csv", "tool-library-items.csv", "leipzig-organisations.csv")
)
ROW = "number,name,brand,model,size,quantity,status,categories\n"


@pytest.fixture
def mira(instance):
    return signed_in_person(instance, "Mira")


def titles(client, **query) -> list[str]:
    """All titles that a search finds, page by page."""
    found, after = [], None
    while True:
        page = client.get(
            "/api/v1/listings", params={"limit": 100, **query} | ({"after": after} if after else {})
        ).json()
        found += [item["title"] for item in page["items"]]
        if (after := page["next"]) is None:
            return found


def test_tools_become_listings_in_the_state_they_were_in(depot, mira, client):
    outcome = depot("import", TOOLS, "--mapping", "tool-library", "--owner", mira.email, "--yes")

    assert outcome.code == 0, outcome.remarked
    assert outcome.said.splitlines() == [
        "tool-library-items.csv: 33 new, 0 already here, 0 refused.",
        "33 imported.",
    ]
    public = titles(client)
    own = client.get("/api/v1/listings", params={"mine": True, "limit": 100}, headers=mira.headers).json()
    states = {item["title"]: item["state"] for item in own["items"]}
    assert len(public) == len(set(public)) == 28
    assert states["Airbrush Kit, Mark 1 Professional Airbush Kit"] == "paused"
    assert states["Grinder Sanding Adaptors, Ferro"] == "closed"
    assert "Grinder Sanding Adaptors, Ferro" not in public


def test_an_imported_offer_is_by_arrangement_unless_it_says_it_is_free(depot, mira, client):
    depot("import", OFFERS, "--mapping", "leipzig-offers", "--owner", mira.email, "--yes")

    assert sorted(titles(client, free_of_charge=True)) == [
        "Interkultureller Mädchentreff (6-21 J.)",
        "SuchtBeratung & Hilfe- und Behandlung",
        "Weiterbildung für Engagement-Pat*innen",
    ]
    assert len(titles(client)) == 39


def test_the_kind_can_be_set_for_all(depot, mira, client):
    depot(
        "import",
        OFFERS,
        "--mapping",
        "leipzig-offers",
        "--owner",
        mira.email,
        "--set",
        "kind=know_how",
        "--yes",
    )

    assert len(titles(client, kind="know_how")) == 39


def test_importing_twice_changes_nothing(depot, mira, client):
    words = ("import", TOOLS, "--mapping", "tool-library", "--owner", mira.email, "--yes")
    depot(*words)
    before = sorted(titles(client))

    outcome = depot(*words)

    assert (outcome.code, outcome.said) == (0, "tool-library-items.csv: 0 new, 33 already here, 0 refused.\n")
    assert sorted(titles(client)) == before


def test_a_dry_run_says_the_same_and_changes_nothing(depot, mira, client):
    outcome = depot("import", OFFERS, "--mapping", "leipzig-offers", "--owner", mira.email, "--dry-run")

    assert outcome.said == "leipzig-offers.csv: 39 new, 0 already here, 1 refused.\n"
    assert 'The title "----" says nothing.' in outcome.remarked
    assert titles(client) == []


def test_strict_takes_nothing_when_one_row_is_refused(depot, mira, client):
    outcome = depot(
        "import", OFFERS, "--mapping", "leipzig-offers", "--owner", mira.email, "--strict", "--yes"
    )

    assert outcome.code == 1
    assert "Nothing was imported" in outcome.remarked
    assert titles(client) == []


def test_what_only_the_listings_refuse_is_named_by_its_line_as_well(depot, mira, client, tmp_path):
    file = tmp_path / "tools.csv"
    file.write_text(ROW + "1,Leiter,,,,1,active,\n2,Säge,,,,1,lost,\n", "utf-8")

    outcome = depot("import", str(file), "--mapping", "tool-library", "--owner", mira.email, "--yes")

    assert outcome.code == 0
    assert "line 3:" in outcome.remarked
    assert titles(client) == ["Leiter"]


def test_organisations_come_in_once(depot, instance):
    words = ("import", BODIES, "--mapping", "leipzig-organisations", "--yes")

    first, second = depot(*words), depot(*words)

    assert first.said.endswith("21 imported.\n")
    assert "20 organisations have a place" in first.remarked
    assert second.said.startswith("leipzig-organisations.csv: 0 new, 21 already here")
    with instance.transactions.reading(NOBODY) as reading:
        assert accounts.find_party(reading, "DENKMALSOZIAL gGmbH").kind is accounts.PartyKind.ORGANISATION


def test_an_organisation_may_offer_what_is_imported(depot, instance, client):
    with instance.transactions.writing(SYSTEM) as work:
        accounts.found_organisation(work, name="Leihladen e. V.")

    depot("import", TOOLS, "--mapping", "tool-library", "--owner", "Leihladen e. V.", "--yes")

    item = client.get("/api/v1/listings", params={"limit": 1}).json()["items"][0]
    assert item["provider"]["name"] == "Leihladen e. V."


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--mapping", "tool-library"), "--owner"),
        (("--mapping", "tool-library", "--owner", "nobody@example.org"), "nobody known"),
        (("--mapping", "shelf", "--owner", "mira@example.org"), "no mapping shelf"),
        (("--mapping", "leipzig-offers", "--owner", "mira@example.org"), "lacks the columns"),
        (("--mapping", "tool-library", "--owner", "mira@example.org", "--set", "kind"), "field=value"),
        (
            ("--mapping", "tool-library", "--owner", "mira@example.org", "--set", "colour=red"),
            "no field colour",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(depot, mira, words, why):
    outcome = depot("import", TOOLS, *words)

    assert outcome.code == 1
    assert why in outcome.remarked
    assert outcome.remarked.count("\n") == 1


def test_a_file_that_would_fill_the_memory_is_not_even_read(depot, mira, tmp_path):
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(2**30)

    outcome = depot("import", "huge.csv", "--mapping", "tool-library", "--owner", mira.email)

    assert (outcome.code, "larger than 32 MiB" in outcome.remarked) == (1, True)

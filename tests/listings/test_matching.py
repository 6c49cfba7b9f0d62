"""Offers that fit a want and wants that fit an offer: the same pairs from both sides, the best first."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.listings.rules.matching import NEARBY_KM, Pair, is_telling, match, together
from tests.factories.accounts import signed_in_person
from tests.factories.listings import mirrored, offer, weekly
from tests.factories.queries import counted

SATURDAY = Interval(datetime(2026, 11, 28, 9, tzinfo=UTC), datetime(2026, 11, 28, 17, tzinfo=UTC))
HERE = {"lat": 51.3397, "lon": 12.3731}
NEAR = {"lat": 51.3397, "lon": 12.4}
BERLIN = {"lat": 52.52, "lon": 13.405}
WANTED = {"starts_at": "2026-11-28T09:00:00Z", "ends_at": "2026-11-28T17:00:00Z", "units": 40}


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


@pytest.fixture
def ben(instance):
    return signed_in_person(instance, "Ben")


@pytest.fixture
def want(instance, anna):
    """Anna needs forty chairs on Saturday."""

    def want(**fields: Any) -> UUID:
        said = {"title": "Suche Stühle für ein Fest", "category": "chairs", "place": HERE, "wanted": WANTED}
        return offer(instance, anna, purpose="want", **(said | fields)).id

    return want


@pytest.fixture
def chairs(instance, ben):
    def chairs(title: str, units: int = 1, **fields: Any) -> UUID:
        said = {"title": title, "units": units, "category": "chairs", "place": NEAR}
        return offer(instance, ben, **(said | fields)).id

    return chairs


@pytest.fixture
def matches(client):
    def matches(want_id: UUID, by: Any = None, **query: Any) -> dict[str, Any]:
        answer = client.get(f"/api/v1/wants/{want_id}/matches", params=query, headers=by and by.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return matches


@pytest.fixture
def wants(client, ben):
    def wants(offer_id: UUID) -> list[str]:
        answer = client.get(f"/api/v1/listings/{offer_id}/matching-wants", headers=ben.headers)
        assert answer.status_code == 200, answer.text
        return [item["listing"]["id"] for item in answer.json()["items"]]

    return wants


def titles(found: dict[str, Any]) -> list[str]:
    return [item["listing"]["title"] for item in found["items"]]


def test_what_fits_comes_best_first_with_its_reasons_and_its_share(instance, want, chairs, matches, wants):
    wanted = want()
    twelve, many = chairs("Stuhl, stapelbar", 12), chairs("Hocker", 60)
    busy, elsewhere = chairs("Klappstühle", 10), chairs("Stühle in Berlin", 50, place=BERLIN)
    chairs("Beamer", category="projectors")
    chairs("Stühle mit Tisch", 20, kind="space")
    with instance.transactions.writing(SYSTEM) as work:
        listings.occupy(work, busy, holder_id=new_id(), span=SATURDAY, units=7)

    found = matches(wanted)

    assert titles(found) == ["Hocker", "Stuhl, stapelbar", "Klappstühle"]
    assert [(item["units"], item["share"]) for item in found["items"]] == [(40, 1), (12, 0.3), (3, 0.075)]
    [full, part, little] = found["items"]
    assert [reason["code"] for reason in full["reasons"]] == ["category", "near", "free_units", "bookable"]
    assert (full["reasons"][2]["free_units"], little["reasons"][-2]["free_units"]) == (60, 3)
    assert [reason["code"] for reason in part["reasons"]] == [
        "category",
        "words",
        "near",
        "free_units",
        "bookable",
    ]
    assert 1 < part["listing"]["distance_km"] == part["reasons"][2]["distance_km"] < 3
    assert found["missing_units"] == 40
    assert found["together"] == {"listing_ids": [str(many)], "units": 40}
    assert wants(twelve) == wants(many) == wants(busy) == [str(wanted)]
    assert wants(elsewhere) == []


def test_words_fit_too_and_several_fill_it_together(instance, want, chairs, matches, wants):
    wanted = want(category=None, title="Bänke gesucht")
    first, second = (
        chairs("Bank, braun", 30, category=None),
        chairs("Bierbänke", 30, category="tables-and-benches"),
    )
    gone = chairs("Gesucht und gefunden", 90, category=None)

    found = matches(wanted)

    assert {item["listing"]["id"] for item in found["items"]} == {str(first), str(second)}
    assert [item["reasons"][0]["words"] for item in found["items"]] == [["banke"], ["banke"]]
    assert (len(found["together"]["listing_ids"]), found["together"]["units"]) == (2, 40)
    assert wants(first) == wants(second) == [str(wanted)]
    assert wants(gone) == [], "that somebody asks is nothing they ask for"


def test_only_what_is_meant_for_who_is_looking_and_to_be_seen(
    instance, client, want, chairs, matches, anna, ben
):
    wanted = want()
    chairs("Nur für Vereine", audience="organisations")
    chairs("Für Erwachsene", min_age=18)
    chairs("Nicht so früh", hours={"pick_up": weekly(("18:00", "19:00"))})
    offer(instance, anna, title="Eigene Stühle", category="chairs")
    mirrored(instance, new_id(), "1", title="Stühle aus Halle", category="chairs", units=9)

    assert sorted(titles(matches(wanted, anna))) == ["Nicht so früh", "Stühle aus Halle"]
    assert "Für Erwachsene" in titles(matches(wanted)), "how old Anna is, is nobody else's business"
    client.patch("/api/v1/me", json={"born_on": "1980-01-01"}, headers=anna.headers).raise_for_status()
    assert "Für Erwachsene" in titles(matches(wanted, anna))
    told = {
        item["listing"]["title"]: [one["code"] for one in item["reasons"]]
        for item in matches(wanted)["items"]
    }
    assert "bookable" not in told["Nicht so früh"], "Ben may go beyond his own hours"
    assert told["Stühle aus Halle"][-1] == "units", "when they are free there, nobody knows here"


def test_it_goes_on_page_by_page_and_ends_with_the_want(client, want, chairs, matches, anna):
    wanted = want()
    for number in range(5):
        chairs(f"Stuhl {number}", number + 1)
    first = matches(wanted, limit=3)
    second = matches(wanted, limit=3, after=first["next"])

    assert titles(first) + titles(second) == titles(matches(wanted))
    assert len(titles(second)) == 2
    assert second["next"] is None
    client.post(
        f"/api/v1/listings/{wanted}/close", json={"reason": "withdrawn"}, headers=anna.headers
    ).raise_for_status()
    assert client.get(f"/api/v1/wants/{wanted}/matches", headers=anna.headers).json()["items"] == []


def test_wants_for_an_offer_are_for_its_provider(client, want, chairs, matches, anna, ben):
    wanted, mine = want(), chairs("Stuhl")

    def status(path: str, who: Any) -> int:
        return client.get(f"/api/v1/{path}", headers=who and who.headers).status_code

    assert status(f"listings/{mine}/matching-wants", anna) == 403
    assert status(f"listings/{mine}/matching-wants", None) == 401
    assert status(f"listings/{new_id()}/matching-wants", ben) == 404
    assert status(f"wants/{mine}/matches", ben) == 404, "an offer is no want"
    assert status(f"wants/{wanted}/matches?after=nonsense", ben) == 400


def test_both_ways_ask_a_fixed_number_of_times(instance, client, want, chairs, matches, wants):
    wanted, mine = want(), chairs("Stuhl")

    def asked() -> tuple[int, int]:
        with counted(instance) as there:
            matches(wanted, limit=100)
        with counted(instance) as back:
            wants(mine)
        return len(there), len(back)

    asked()
    few = asked()
    for _ in range(6):
        want()
        chairs("Stuhl")
    assert asked() == few


@given(st.lists(st.integers(1, 9)), st.integers(1, 30))
def test_together_are_the_fewest_of_the_best_that_are_enough(units, missing):
    chosen, found = together(enumerate(units), missing)

    assert chosen == list(range(len(chosen)))
    assert found == min(missing, sum(units[: len(chosen)])) == min(missing, sum(units))
    assert sum(units[: len(chosen) - 1]) < missing or not chosen


def test_what_is_asked_for_tells_and_how_it_is_asked_does_not():
    words = ["suche", "eine", "bohrmaschine", "fur", "den", "keller"]

    assert [word for word in words if is_telling(word)] == ["bohrmaschine", "keller"]


@pytest.mark.parametrize(
    "change",
    [
        {"offered_as": None, "shared_words": ()},
        {"offered_as": "crockery", "shared_words": ()},
        {"free_units": 0},
        {"distance_km": NEARBY_KM + 1},
        {"against": frozenset({"audience"})},
        {"against": frozenset({"in_the_past"})},
    ],
)
def test_one_thing_amiss_is_enough_not_to_fit(change):
    pair = {
        "category": "chairs", "categories": {"chairs"}, "offered_as": "chairs", "words": 1,
        "shared_words": ("stuhl",), "missing_units": 4, "free_units": 2, "distance_km": 1.0,
    }  # fmt: skip

    assert match(Pair(**pair)) is not None
    assert match(Pair(**(pair | change))) is None

"""Partners' listings: kept as told, refused when told badly, gone when withdrawn; and what partners are told of ours."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.problems import Invalid
from app.listings import service as listings
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import draft, mirrored, offer


def test_telling_it_again_changes_it_and_keeps_its_id(client: TestClient, instance: Instance) -> None:
    halle = new_id()
    first = mirrored(instance, halle)

    again = mirrored(instance, halle, title="Lastenrad, neu bereift", a_newer_field={"deep": 1})

    assert again == first
    assert client.get(f"/api/v1/listings/{first}").json()["title"] == "Lastenrad, neu bereift"


def test_what_is_withdrawn_there_is_gone_here(client: TestClient, instance: Instance) -> None:
    halle = new_id()
    one, other = mirrored(instance, halle, "1"), mirrored(instance, halle, "2")

    with instance.transactions.writing(SYSTEM) as work:
        listings.mirror(work, halle, {"1": None, "never known": None})
    assert [client.get(f"/api/v1/listings/{each}").status_code for each in (one, other)] == [404, 200]

    with instance.transactions.writing(SYSTEM) as work:
        listings.forget_origin(work, halle)
    assert client.get("/api/v1/listings").json()["items"] == []


def test_a_partner_that_is_not_shown_hides_its_listings(client: TestClient, instance: Instance) -> None:
    listing_id = mirrored(instance, new_id(), shown=False)

    assert client.get(f"/api/v1/listings/{listing_id}").status_code == 404
    assert client.get("/api/v1/listings").json()["items"] == []


@pytest.mark.parametrize(
    "bad",
    [
        {"title": ""},
        {"kind": "spaceship"},
        {"units": -1},
        {"place": {"lat": 200, "lon": 0}},
        {"provider": None},
        {"tariffs": [{"billing_unit": "night", "amount_minor": -1}]},
        {"created_at": "yesterday"},
        {"description": "x" * 10_001},
        {"hours": {"zone": "Europe/Berlin", "pick_up": {"weekly": [{"weekday": "someday"}]}}},
    ],
)
def test_bad_data_is_refused_and_changes_nothing(
    client: TestClient, instance: Instance, bad: dict[str, Any]
) -> None:
    halle = new_id()
    listing_id = mirrored(instance, halle)

    with pytest.raises(Invalid):
        mirrored(instance, halle, **bad)

    assert client.get(f"/api/v1/listings/{listing_id}").json()["title"] == "Lastenrad"


@pytest.mark.parametrize(("federation", "expected"), [("listed", ["only_at_origin"]), ("bookable", [])])
def test_what_a_partner_only_shows_is_not_bookable_from_here(
    client: TestClient, instance: Instance, federation: str, expected: list[str]
) -> None:
    listing_id = mirrored(instance, new_id(), federation=federation)
    body = {"starts_at": "2026-11-25T10:00:00Z", "ends_at": "2026-11-25T12:00:00Z"}

    quoted = client.post(f"/api/v1/listings/{listing_id}/quote", json=body).json()

    assert [reason["code"] for reason in quoted["reasons"]] == expected


def test_nobody_edits_what_belongs_to_a_partner(client: TestClient, instance: Instance) -> None:
    anna = signed_in_person(instance, "Anna")
    listing_id = mirrored(instance, new_id())

    for action in ("pause", "close"):
        refused = client.post(
            f"/api/v1/listings/{listing_id}/{action}",
            json={} if action == "close" else None,
            headers=anna.headers,
        )
        assert refused.status_code == 403


def test_partners_are_told_only_what_is_published_open_to_all_and_meant_to_travel(
    instance: Instance,
) -> None:
    anna = signed_in_person(instance, "Anna")
    told = offer(instance, anna, title="Für alle")
    kept = [
        offer(instance, anna, federation="none").id,
        offer(instance, anna, audience="organisations").id,
        draft(instance, anna).id,
        mirrored(instance, new_id()),
    ]

    with instance.transactions.reading(SYSTEM) as reading:
        found = listings.shared(reading, [told.id, *kept])
        view = found.pop(told.id)
        assert isinstance(view, listings.Shared)
        assert view.view.title == "Für alle"
        assert found == dict.fromkeys(kept, listings.Unshared.WITHDRAWN)
        assert list(listings.shared_ids(reading)) == [told.id]


def test_our_own_telling_is_good_data_for_a_partner(client: TestClient, instance: Instance) -> None:
    anna = signed_in_person(instance, "Anna")
    ours = offer(
        instance,
        anna,
        kind="know_how",
        know_how={"form": "group", "topics": ["Nähen"]},
        hours={"opening": {"weekly": [{"weekday": "monday", "opens": "18:00", "closes": "22:00"}]}},
        tariffs=None,
        place={"lat": 51.34, "lon": 12.37, "district": "Mitte", "subdivision": "DE-SN"},
    )
    with instance.transactions.reading(SYSTEM) as reading:
        told = listings.shared(reading, [ours.id])[ours.id]
        assert isinstance(told, listings.Shared)
        data = told.view.model_dump(mode="json")

    with instance.transactions.writing(SYSTEM) as work:
        halle = new_id()
        listings.keep_origin(
            work, halle, instance="h", name="Halle", url="https://h.example", fresh_at=work.now, shown=True
        )
        here = listings.mirror(work, halle, {str(ours.id): data}).kept[str(ours.id)]

    mirror = client.get(f"/api/v1/listings/{here}").json()
    different = {"id", "origin", "version", "state"}
    assert {k: v for k, v in mirror.items() if k not in different} == {
        k: v for k, v in data.items() if k not in different
    }

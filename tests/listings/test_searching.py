"""Search over HTTP: every condition by itself, then "a beamer, within 5 km, free on Saturday from 10 to 14"."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app.kernel.actor import SYSTEM
from app.kernel.clock import TurnableClock
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.wiring import Instance
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import draft, mirrored, offer, weekly

LEIPZIG = {"lat": 51.3397, "lon": 12.3731}
MARKKLEEBERG = {"lat": 51.2777, "lon": 12.3694}
HALLE = {"lat": 51.4828, "lon": 11.9697}
SATURDAY = {"free_from": "2026-11-28T10:00:00+01:00", "free_until": "2026-11-28T14:00:00+01:00"}


@pytest.fixture
def anna(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Anna")


def found(client: TestClient, *, as_: Neighbour | None = None, **params: Any) -> list[str]:
    answer = client.get("/api/v1/listings", params=params, headers=as_ and as_.headers)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def take(instance: Instance, listing_id: UUID, start: str, end: str, units: int = 1) -> None:
    with instance.transactions.writing(SYSTEM) as work:
        span = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
        listings.occupy(work, listing_id, holder_id=new_id(), span=span, units=units)


def test_the_newest_come_first_and_drafts_not_at_all(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    for title in ("Leiter", "Zelt", "Beamer"):
        offer(instance, anna, title=title)
    draft(instance, anna, title="Entwurf")

    assert found(client) == ["Beamer", "Zelt", "Leiter"]


@pytest.mark.parametrize(
    "words",
    [
        "bücher",
        "BUECHER",
        "bucher",
        "Bücherregal eiche",
        "regal",
        "strasse",
        "Straße",
        "hand tools",
        "WERKZEUG",
    ],
)
def test_all_words_must_occur_whatever_their_case_and_umlauts(
    client: TestClient, instance: Instance, anna: Neighbour, words: str
) -> None:
    offer(instance, anna, title="Bücherregal", description="Aus Eiche. An der Straße.", category="hand-tools")
    offer(instance, anna, title="Zelt")

    assert found(client, q=words) == ["Bücherregal"]
    assert found(client, q=f"{words} zelt") == []


@pytest.mark.parametrize("words", ["100%", "a_b", '"50" * rabatt', "50% rabatt"])
def test_signs_with_a_meaning_in_sql_mean_themselves(
    client: TestClient, instance: Instance, anna: Neighbour, words: str
) -> None:
    offer(instance, anna, title="Schild 100% 50% rabatt or a_b")
    offer(instance, anna, title="Schild 1000 500 rabattiert axb")

    assert len(found(client, q=words)) == 1


def test_titles_count_more_than_descriptions(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    offer(instance, anna, title="Leinwand für Beamer")
    offer(instance, anna, title="Tisch", description="Trägt einen Beamer.")

    assert found(client, q="beamer") == ["Leinwand für Beamer", "Tisch"]
    assert found(client, q="beamer", sort="newest") == ["Tisch", "Leinwand für Beamer"]


def test_kind_purpose_category_language_and_units_narrow_it_down(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    wanted = {"starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-01T12:00:00Z", "units": 40}
    offer(instance, anna, title="Bohrer", category="drills", units=3)
    offer(instance, anna, title="Saal", kind="space", language="en")
    offer(instance, anna, title="Stühle gesucht", purpose="want", wanted=wanted)

    assert found(client, kind="space") == ["Saal"]
    assert found(client, purpose="want") == ["Stühle gesucht"]
    assert found(client, category="tools") == ["Bohrer"]
    assert found(client, category="drills") == ["Bohrer"]
    assert found(client, category="saws") == []
    assert found(client, language="en") == ["Saal"]
    assert found(client, purpose="offer", units=2) == ["Bohrer"]


def test_prices_are_compared_by_billing_unit_and_arrangement_is_no_price(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    for title, tariffs in (
        ("Nach Absprache", None),
        ("Umsonst", []),
        ("Fünf", [{"billing_unit": "calendar_day", "amount_minor": 500}]),
    ):
        offer(instance, anna, title=title, tariffs=tariffs)

    assert found(client, free_of_charge="true") == ["Umsonst"]
    assert found(client, free_of_charge="false") == ["Fünf", "Nach Absprache"]
    assert found(client, max_price=499) == ["Umsonst"]
    assert found(client, max_price=500) == ["Fünf", "Umsonst"]


def test_near_is_measured_to_the_public_point_and_no_point_is_passed_over(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    for title, place in (("Fern", HALLE), ("Nah", LEIPZIG), ("Mittel", MARKKLEEBERG), ("Nirgends", {})):
        offer(instance, anna, title=title, place=place)
    near = "51.3397,12.3731"

    assert found(client, near=near) == ["Nah", "Mittel", "Fern"]
    assert found(client, near=near, radius_km=10) == ["Nah", "Mittel"]
    assert found(client, near=near, radius_km=10, sort="newest") == ["Mittel", "Nah"]
    answer = client.get("/api/v1/listings", params={"near": near, "radius_km": 1}).json()
    assert answer["items"][0]["distance_km"] <= 0.2


def test_a_beamer_within_five_kilometres_free_on_saturday_from_ten_to_two(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    here = {"place": LEIPZIG}
    offer(instance, anna, title="Beamer frei", **here)
    offer(instance, anna, title="Beamer fern", place=HALLE)
    offer(instance, anna, title="Zelt", **here)
    booked = offer(instance, anna, title="Beamer vergeben", **here)
    take(instance, booked.id, "2026-11-28T13:00:00+01:00", "2026-11-28T20:00:00+01:00")
    before = offer(instance, anna, title="Beamer zurück um zehn", **here)
    take(instance, before.id, "2026-11-27T13:00:00+01:00", "2026-11-28T10:00:00+01:00")
    offer(
        instance,
        anna,
        title="Beamer samstags zu",
        hours={"pick_up": weekly(("09:00", "20:00"), days=("monday",))},
        **here,
    )
    two = offer(instance, anna, title="Beamer, einer von zweien", units=2, **here)
    take(instance, two.id, "2026-11-28T10:00:00+01:00", "2026-11-28T14:00:00+01:00")
    with instance.transactions.writing(anna.actor_in(instance)) as work:
        closed = offer_to_close(work, **here)
    assert closed

    query = {"q": "beamer", "near": "51.34,12.37", "radius_km": 5, **SATURDAY}

    assert sorted(found(client, **query)) == [
        "Beamer frei", "Beamer zurück um zehn", "Beamer, einer von zweien",
    ]  # fmt: skip
    assert found(client, units=2, **query) == []


def offer_to_close(work: Any, **fields: Any) -> UUID:
    """A published beamer that is closed on that Saturday."""
    from app.listings.schemas import ClosureCreate, ListingCreate

    made = listings.create(
        work, ListingCreate.model_validate({"kind": "equipment", "title": "Beamer gesperrt", **fields})
    )
    listings.publish(work, made.id)
    listings.close_for(
        work,
        made.id,
        ClosureCreate.model_validate(
            {"starts_at": "2026-11-28T00:00:00+01:00", "ends_at": "2026-11-29T00:00:00+01:00"}
        ),
    )
    return made.id


def test_what_is_found_free_is_what_a_quote_calls_bookable(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    hours = {"opening": weekly(("09:00", "12:00"), ("13:00", "18:00"))}
    for title, start, end in (("a", 8, 9), ("b", 10, 11), ("c", 11, 12)):
        room = offer(instance, anna, title=f"Raum {title}", kind="space", hours=hours)
        take(instance, room.id, f"2026-11-28T{start:02}:00:00+01:00", f"2026-11-28T{end:02}:00:00+01:00")

    for start in range(8, 14):
        ask = {
            "starts_at": f"2026-11-28T{start:02}:00:00+01:00",
            "ends_at": f"2026-11-28T{start + 1:02}:00:00+01:00",
        }
        listed = client.get("/api/v1/listings").json()["items"]
        bookable = {
            item["title"]
            for item in listed
            if client.post(f"/api/v1/listings/{item['id']}/quote", json=ask).json()["bookable"]
        }
        assert set(found(client, free_from=ask["starts_at"], free_until=ask["ends_at"])) == bookable


def test_what_is_free_now_comes_first_when_asked(
    client: TestClient, instance: Instance, anna: Neighbour, clock: TurnableClock
) -> None:
    offer(instance, anna, title="Frei")
    out = offer(instance, anna, title="Verliehen")
    take(instance, out.id, "2026-11-23T09:00:00+01:00", "2026-11-23T12:00:00+01:00")

    assert found(client, sort="available") == ["Frei", "Verliehen"]
    clock.turn(timedelta(hours=4))
    assert found(client, sort="available") == ["Verliehen", "Frei"]


@pytest.mark.parametrize(
    "order",
    [{}, {"q": "ding"}, {"near": "51.34,12.37"}, {"sort": "available"}, {"near": "51.34,12.37", **SATURDAY}],
)
def test_pages_hold_everything_once_in_the_same_order(
    client: TestClient, instance: Instance, anna: Neighbour, order: dict[str, str]
) -> None:
    for number in range(7):
        offer(instance, anna, title=f"Ding {number}", place=LEIPZIG)
    whole = found(client, **order)

    pages: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = client.get("/api/v1/listings", params={**order, "limit": 3, **after})
        assert answer.status_code == 200, answer.text
        pages += [item["title"] for item in answer.json()["items"]]
        if answer.json()["next"] is None:
            break
        assert 'rel="next"' in answer.headers["link"]
        after = {"after": answer.json()["next"]}

    assert len(whole) == 7
    assert pages == whole


def test_ones_own_are_listed_in_every_state(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    bela = signed_in_person(instance, "Bela")
    draft(instance, anna, title="Entwurf")
    offer(instance, anna, title="Angebot")
    draft(instance, bela, title="Fremder Entwurf")

    assert found(client, as_=anna, mine="true") == ["Angebot", "Entwurf"]
    assert found(client, as_=anna, mine="true", state="draft") == ["Entwurf"]
    assert client.get("/api/v1/listings", params={"mine": "true"}).status_code == 401


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"colour": "red"}, "colour"),
        ({"near": "91,0"}, "near"),
        ({"near": "here"}, "near"),
        ({"radius_km": 5}, "near"),
        ({"sort": "distance"}, "near"),
        ({"free_from": "2026-11-28T10:00:00Z"}, "free_until"),
        ({"free_from": "2026-11-28T10:00:00Z", "free_until": "2026-11-28T09:00:00Z"}, "free_until"),
        ({"free_from": "2026-11-28T10:00:00", "free_until": "2026-11-28T11:00:00Z"}, "free_from"),
        ({"state": "draft"}, "state"),
        ({"limit": 101}, "limit"),
        ({"units": 0}, "units"),
    ],
)
def test_questions_without_sense_are_refused_by_name(
    client: TestClient, params: dict[str, Any], pointer: str
) -> None:
    refused = client.get("/api/v1/listings", params=params)

    assert refused.status_code == 422
    assert pointer in refused.json()["errors"][0]["pointer"]


def test_a_cursor_of_another_search_is_refused(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    for number in range(3):
        offer(instance, anna, title=f"Ding {number}")
    cursor = client.get("/api/v1/listings", params={"limit": 1}).json()["next"]

    for params in ({"after": cursor, "kind": "space"}, {"after": "nonsense"}):
        refused = client.get("/api/v1/listings", params=params)
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/bad-cursor")


def test_partners_listings_are_found_with_their_origin_and_freshness(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    halle = new_id()
    offer(instance, anna, title="Lastenrad Leipzig")
    mirrored(instance, halle, place=HALLE)

    assert found(client, q="lastenrad", origin="ours") == ["Lastenrad Leipzig"]
    assert found(client, q="lastenrad", origin="halle.example") == ["Lastenrad"]
    [item] = client.get("/api/v1/listings", params={"origin": "partners"}).json()["items"]
    assert item["origin"] == {
        "instance": "halle.example",
        "name": "Halle",
        "url": "https://halle.example/api/v1/listings/1",
        "fresh_at": item["origin"]["fresh_at"],
    }
    assert item["origin"]["fresh_at"].startswith("2026-11-23T08:00:")
    assert item["provider"] == {"kind": "organisation", "name": "Radhaus Halle", "recognised": True}
    assert item["place"]["lat"] == HALLE["lat"]

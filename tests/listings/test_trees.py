"""Wholes and their parts in the calendar (T17): a hall and its halves, a set and its parts."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.kernel import versions
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.listings.problems import SlotTaken
from app.listings.rules.trees import relatives, root
from app.listings.schemas import ListingEdit
from app.listings.service import external, holding
from app.listings.tables import ExternalCalendar, Occupancy
from app.wiring import Instance
from tests.conftest import MONDAY
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import draft, offer
from tests.factories.queries import counted

ANY_VERSION = {"If-Match": "*"}


@pytest.fixture
def anna(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Anna")


@pytest.fixture
def bela(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Bela")


class Hall:
    """A hall of two halves, the first of which has two corners."""

    def __init__(self, instance: Instance, provider: Neighbour, **settings: Any) -> None:
        self.instance, self.provider = instance, provider
        self.hall = offer(instance, provider, kind="space", title="Hall", **settings).id
        self.east, self.west = (self.part(f"{side} half", self.hall, **settings) for side in ("East", "West"))
        self.corner, self.other_corner = (self.part(name, self.east) for name in ("Corner", "Other corner"))

    def part(self, title: str, whole: UUID, **settings: Any) -> UUID:
        return offer(
            self.instance, self.provider, kind="space", title=title, part_of=str(whole), **settings
        ).id

    def take(
        self, listing: UUID, start: int, end: int, *, holder: UUID | None = None, units: int = 1
    ) -> UUID:
        holder = holder or new_id()
        with self.instance.transactions.writing(SYSTEM) as work:
            listings.occupy(work, listing, holder_id=holder, span=span(start, end), units=units)
        return holder

    def refused(self, listing: UUID, start: int, end: int) -> str:
        with pytest.raises(SlotTaken) as refusal:
            self.take(listing, start, end)
        [found] = refusal.value.reasons
        return found.code

    def in_order(self) -> bool:
        with self.instance.transactions.reading(SYSTEM) as reading:
            return listings.calendars_amiss(reading) == []


@pytest.fixture
def hall(instance: Instance, anna: Neighbour) -> Hall:
    return Hall(instance, anna)


def hour(number: int) -> datetime:
    return MONDAY + timedelta(days=1, hours=number)


def span(start: int, end: int) -> Interval:
    return Interval(hour(start), hour(end))


def free(client: TestClient, listing: UUID, start: int, end: int) -> list[tuple[int, int, int]]:
    """The steps of the calendar, in hours."""
    params = {"from": hour(start).isoformat(), "to": hour(end).isoformat()}
    answer = client.get(f"/api/v1/listings/{listing}/calendar", params=params)
    assert answer.status_code == 200
    first = hour(0)

    def number(moment: str) -> int:
        return (datetime.fromisoformat(moment) - first) // timedelta(hours=1)

    return [
        (number(one["starts_at"]), number(one["ends_at"]), one["free_units"])
        for one in answer.json()["steps"]
    ]


def conflicts(client: TestClient, who: Neighbour, listing: UUID) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/listings/{listing}/conflicts", headers=who.headers)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def edit(client: TestClient, who: Neighbour, listing: UUID, **fields: Any) -> int:
    return client.patch(
        f"/api/v1/listings/{listing}", json=fields, headers=who.headers | ANY_VERSION
    ).status_code


def test_t17_relatives_are_what_is_above_and_below_and_not_what_lies_beside() -> None:
    hall, east, west, corner, alone = (uuid4() for _ in range(5))
    whole_of = {hall: None, east: hall, west: hall, corner: east, alone: None}

    assert relatives(hall, whole_of) == {east, west, corner}
    assert relatives(east, whole_of) == {hall, corner}
    assert relatives(west, whole_of) == {hall}
    assert relatives(corner, whole_of) == {east, hall}
    assert relatives(alone, whole_of) == frozenset()
    assert [root(one, whole_of) for one in (hall, corner, alone)] == [hall, hall, None]


def test_t17_a_taken_half_takes_the_hall_and_its_own_parts_but_not_the_other_half(hall: Hall) -> None:
    hall.take(hall.east, 0, 4)

    assert {hall.refused(one, 2, 3) for one in (hall.hall, hall.corner, hall.other_corner)} == {
        "related_taken"
    }
    assert hall.refused(hall.east, 2, 3) == "not_enough_units"
    hall.take(hall.west, 2, 3)
    hall.take(hall.hall, 4, 5)
    assert hall.in_order()


def test_t17_the_taken_hall_takes_everything_and_gives_it_all_back(client: TestClient, hall: Hall) -> None:
    holder = hall.take(hall.hall, 0, 4)
    everything = (hall.east, hall.west, hall.corner, hall.other_corner)
    assert {hall.refused(one, 0, 4) for one in everything} == {"related_taken"}

    with hall.instance.transactions.writing(SYSTEM) as work:
        listings.release(work, holder, at=hour(2))

    assert [free(client, one, 0, 4) for one in everything] == [[(0, 2, 0), (2, 4, 1)]] * 4
    assert hall.in_order()


def test_t17_what_is_late_keeps_its_relatives_waiting_too(hall: Hall) -> None:
    holder = hall.take(hall.corner, 0, 4)

    with hall.instance.transactions.writing(SYSTEM) as work:
        listings.extend(work, holder, until=hour(6))

    assert hall.refused(hall.hall, 5, 7) == "related_taken"
    hall.take(hall.other_corner, 5, 7)
    assert hall.in_order()


def test_t17_any_unit_of_a_part_takes_the_whole_set_and_the_set_takes_all_units(
    client: TestClient, instance: Instance, anna: Neighbour, hall: Hall
) -> None:
    kit = offer(instance, anna, title="Party kit").id
    chairs = offer(instance, anna, title="Chairs", units=10, part_of=str(kit)).id
    some, more = (hall.take(chairs, 0, 4, units=units) for units in (3, 4))

    assert free(client, kit, 0, 4) == [(0, 4, 0)]
    assert conflicts(client, anna, kit) == []
    with instance.transactions.writing(SYSTEM) as work:
        listings.reduce(work, some, units=1)
        listings.release(work, more)
    assert hall.refused(kit, 0, 4) == "related_taken"
    with instance.transactions.writing(SYSTEM) as work:
        listings.reduce(work, some, units=0)
    hall.take(kit, 0, 4)
    assert free(client, chairs, 0, 4) == [(0, 4, 0)]
    assert edit(client, anna, chairs, units=30) == 200
    assert free(client, chairs, 0, 4) == [(0, 4, 0)]
    assert hall.in_order()


def test_t17_each_keeps_the_gap_that_it_asks_for(
    instance: Instance, anna: Neighbour, client: TestClient
) -> None:
    hall = Hall(instance, anna)
    assert edit(client, anna, hall.hall, limits={"buffer_after_minutes": 60}) == 200
    hall.take(hall.east, 0, 4)

    hall.take(hall.east, 4, 5)
    assert hall.refused(hall.hall, 5, 6) == "related_taken"
    hall.take(hall.hall, 6, 7)
    assert hall.refused(hall.west, 7, 8) == "related_taken"
    hall.take(hall.west, 8, 9)
    assert hall.in_order()


def test_t17_a_closed_hall_has_no_halves_and_half_a_hall_is_no_hall(
    client: TestClient, hall: Hall, anna: Neighbour
) -> None:
    def close(listing: UUID, start: int, end: int) -> str:
        body = {"starts_at": hour(start).isoformat(), "ends_at": hour(end).isoformat(), "reason": "Private"}
        answer = client.post(f"/api/v1/listings/{listing}/closures", json=body, headers=anna.headers)
        assert answer.status_code == 201
        return f"/api/v1/listings/{listing}/closures/{answer.json()['id']}"

    whole, half = close(hall.hall, 0, 2), close(hall.east, 4, 6)

    assert free(client, hall.west, 0, 6) == [(0, 2, 0), (2, 6, 1)]
    assert free(client, hall.corner, 0, 6) == [(0, 2, 0), (2, 4, 1), (4, 6, 0)]
    assert free(client, hall.hall, 0, 6) == [(0, 2, 0), (2, 4, 1), (4, 6, 0)]
    assert client.get(f"/api/v1/listings/{hall.west}/closures").json()["items"] == []
    with pytest.raises(SlotTaken):
        hall.take(hall.west, 1, 2)
    for url in (whole, half):
        assert client.delete(url, headers=anna.headers).status_code == 204
    assert free(client, hall.hall, 0, 6) == [(0, 6, 1)]


def test_t17_a_calendar_kept_elsewhere_closes_the_relatives_too(client: TestClient, hall: Hall) -> None:
    busy = [[int(hour(number).timestamp()) for number in (1, 2)]]
    with hall.instance.transactions.writing(SYSTEM) as work:
        row = holding.lock_families(work, [hall.east])[hall.east]
        external.close_by(work, row, [ExternalCalendar(busy=busy)])  # type: ignore[call-arg]

    assert free(client, hall.hall, 0, 3) == [(0, 1, 1), (1, 2, 0), (2, 3, 1)]
    assert free(client, hall.west, 0, 3) == [(0, 3, 1)]


def test_t17_a_closure_of_the_hall_names_the_bookings_of_its_halves(
    client: TestClient, hall: Hall, anna: Neighbour
) -> None:
    holders = {str(hall.take(one, 0, 4)) for one in (hall.east, hall.west)}
    body = {"starts_at": hour(2).isoformat(), "ends_at": hour(3).isoformat()}

    refused = client.post(f"/api/v1/listings/{hall.hall}/closures", json=body, headers=anna.headers)

    assert refused.status_code == 409
    assert {one["booking_id"] for one in refused.json()["conflicts"]} == holders


def test_t17_joining_a_whole_under_promises_breaks_none_and_shows_what_no_longer_fits(
    client: TestClient, hall: Hall, anna: Neighbour, instance: Instance
) -> None:
    stage = offer(instance, anna, kind="space", title="Stage").id
    on_stage, in_hall = hall.take(stage, 0, 4), hall.take(hall.hall, 2, 6)

    assert edit(client, anna, stage, part_of=str(hall.hall)) == 200

    [clash] = conflicts(client, anna, stage)
    assert clash["missing_units"] == 1
    assert set(clash["booking_ids"]) == {str(on_stage), str(in_hall)}
    assert len(conflicts(client, anna, hall.hall)) == 1
    assert hall.in_order()
    assert edit(client, anna, stage, part_of=None) == 200
    assert conflicts(client, anna, stage) == conflicts(client, anna, hall.hall) == []
    assert hall.refused(stage, 0, 4) == "not_enough_units"
    assert free(client, stage, 4, 6) == [(4, 6, 1)]
    assert hall.in_order()


def test_t17_what_goes_takes_nothing_along(
    client: TestClient, hall: Hall, anna: Neighbour, instance: Instance
) -> None:
    plan = draft(instance, anna, kind="space", title="A third half", part_of=str(hall.hall)).id
    hall.take(hall.hall, 0, 4)

    gone = client.delete(f"/api/v1/listings/{plan}", headers=anna.headers | ANY_VERSION)

    assert gone.status_code == 204
    assert hall.in_order()
    assert hall.refused(hall.east, 0, 4) == "related_taken"


def test_t17_who_leaves_for_good_leaves_no_knots(client: TestClient, hall: Hall, anna: Neighbour) -> None:
    assert client.delete("/api/v1/me", headers=anna.headers).status_code == 204
    assert hall.in_order()


def test_t17_the_quote_says_that_a_relative_is_taken_and_nothing_private(
    client: TestClient, hall: Hall, bela: Neighbour
) -> None:
    hall.take(hall.corner, 1, 2)
    body = {"starts_at": hour(1).isoformat(), "ends_at": hour(2).isoformat()}

    quoted = client.post(f"/api/v1/listings/{hall.hall}/quote", json=body, headers=bela.headers).json()
    asked = client.post("/api/v1/bookings", json=body | {"listing_id": str(hall.hall)}, headers=bela.headers)

    assert [one["code"] for one in quoted["reasons"]] == ["related_taken"]
    assert quoted["reasons"] == asked.json()["reasons"]
    assert quoted["free_units"] == 0
    assert quoted["ways_out"][0]["starts_at"] == hour(2).isoformat().replace("+00:00", "Z")
    assert str(hall.corner) not in str(quoted | {"ways_out": []})


def test_t17_the_search_knows_what_is_taken_around(client: TestClient, hall: Hall) -> None:
    hall.take(hall.east, 0, 2)

    found = client.get(
        "/api/v1/listings", params={"free_from": hour(0).isoformat(), "free_until": hour(1).isoformat()}
    ).json()["items"]

    assert [one["title"] for one in found] == ["West half"]


def test_t17_the_calendar_takes_two_queries_for_any_range_and_any_tree(
    client: TestClient, hall: Hall
) -> None:
    for number in range(8):
        hall.take((hall.east, hall.west, hall.corner)[number % 3], 3 * number, 3 * number + 2)

    for days in (1, 400):
        with counted(hall.instance) as heard:
            free(client, hall.hall, 0, 24 * days - 1)
        assert len([one for one in heard if one.startswith("SELECT")]) == 2


@pytest.mark.parametrize("round_", range(3))
def test_t17_of_two_halves_and_the_hall_nobody_gets_both(hall: Hall, round_: int) -> None:
    wanted = [hall.hall, hall.east, hall.west, hall.corner] * 4

    def rival(number: int) -> str:
        listing, start = wanted[number], 2 * (number // 8)
        try:
            hall.take(listing, start, start + 2)
        except SlotTaken:
            return "taken"
        return "won"

    with ThreadPoolExecutor(8) as rivals:
        outcomes = Counter(rivals.map(rival, range(16)))

    with hall.instance.database.reading() as session:
        won = session.exec(select(Occupancy).where(Occupancy.derived == False)).all()  # noqa: E712 - in SQL
    assert outcomes["won"] == len(won)
    whole_of = {hall.hall: None, hall.east: hall.hall, hall.west: hall.hall, hall.corner: hall.east}
    for one in won:
        both = [
            other
            for other in won
            if other.listing_id in relatives(one.listing_id, whole_of) | {one.listing_id}
            and other.holder_id != one.holder_id
            and other.starts_at < one.ends_at
            and one.starts_at < other.ends_at
        ]
        assert both == []
    assert hall.in_order()


def until_two_wait(instance: Instance) -> None:
    """Until two others wait for our locks; on SQLite one waits for the other anyway."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    deadline = time.monotonic() + 1.5  # they give up after two seconds
    while not instance.database.is_sqlite and time.monotonic() < deadline:
        with instance.database.reading() as session:
            if session.connection().exec_driver_sql(waiting).scalar_one() >= 2:
                return
        time.sleep(0.02)


def test_t17_who_asks_for_what_just_joins_a_whole_waits_for_nobody_in_a_circle(
    client: TestClient, hall: Hall, anna: Neighbour, bela: Neighbour
) -> None:
    annexe = offer(hall.instance, anna, kind="space", title="Annexe").id  # younger than what it joins

    def ask() -> int:
        body = {"listing_id": str(annexe), "starts_at": hour(0).isoformat(), "ends_at": hour(2).isoformat()}
        return client.post("/api/v1/bookings", json=body, headers=bela.headers).status_code

    with ThreadPoolExecutor(2) as others:
        with hall.instance.transactions.writing(anna.actor_in(hall.instance)) as work:
            joins = ListingEdit.model_validate({"part_of": str(hall.hall)})
            listings.edit(work, annexe, joins, seen=versions.ANY)
            asked = others.submit(ask)
            edited = others.submit(edit, client, anna, hall.corner, part_of=str(hall.hall))
            until_two_wait(hall.instance)  # each with the other's lock to come
        outcomes = asked.result(), edited.result()

    assert outcomes == (201, 200)
    assert hall.in_order()


@pytest.mark.parametrize("seed", range(2))
def test_t17_after_any_history_the_calendars_of_a_tree_agree(
    client: TestClient, instance: Instance, hall: Hall, anna: Neighbour, seed: int
) -> None:
    draw = random.Random(seed)
    chairs = hall.part("Chairs", hall.west, units=4)
    everything = [hall.hall, hall.east, hall.west, hall.corner, hall.other_corner, chairs]
    held: dict[UUID, UUID] = {}

    for _ in range(40):
        start = draw.randrange(30)
        what = draw.choice(["take"] * 4 + ["move", "release", "return", "extend", "reduce", "edit"])
        if what == "edit":
            fields = draw.choice(
                [{"units": draw.randint(1, 5)}, {"part_of": str(draw.choice((hall.hall, hall.west)))}]
            )
            assert edit(client, anna, chairs, **fields) == 200
        elif what in ("take", "move"):
            holder = draw.choice(list(held)) if what == "move" and held else new_id()
            listing = held.get(holder) or draw.choice(everything)
            try:
                hall.take(listing, start, start + draw.randint(1, 9), holder=holder)
            except SlotTaken:
                continue
            held[holder] = listing
        elif held:
            with instance.transactions.writing(SYSTEM) as work:
                match what:
                    case "release":
                        listings.release(work, draw.choice(list(held)))
                    case "return":
                        listings.release(work, draw.choice(list(held)), at=hour(start))
                    case "extend":
                        listings.extend(work, draw.choice(list(held)), until=hour(start))
                    case "reduce":
                        listings.reduce(work, draw.choice(list(held)), units=draw.randint(0, 1))
        assert hall.in_order()

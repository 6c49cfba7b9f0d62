"""Taking and freeing units: one at a time, never too many, and the segments always tell the same."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from app.kernel.actor import NOBODY, SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval, segments
from app.kernel.problems import NotFound
from app.listings import service as listings
from app.listings.problems import SlotTaken
from app.listings.rules.capacity import in_use
from app.listings.schemas import ListingRead
from app.listings.tables import Occupancy, UseSegment
from app.wiring import Instance
from tests.conftest import MONDAY
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import mirrored, offer


@pytest.fixture
def anna(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Anna")


def hour(number: int) -> datetime:
    return MONDAY + timedelta(days=1, hours=number)


def span(start: int, end: int) -> Interval:
    return Interval(hour(start), hour(end))


def take(
    instance: Instance,
    listing: ListingRead,
    start: int,
    end: int,
    units: int = 1,
    *,
    holder: UUID | None = None,
) -> UUID:
    holder = holder or new_id()
    with instance.transactions.writing(SYSTEM) as work:
        listings.occupy(work, listing.id, holder_id=holder, span=span(start, end), units=units)
    return holder


def use(instance: Instance, listing: ListingRead) -> list[tuple[datetime, datetime, int]]:
    """The segments as stored, checked against the occupancies they are made of."""
    with instance.database.reading() as session:
        held = session.exec(select(Occupancy).where(Occupancy.listing_id == listing.id)).all()
        rows = session.exec(select(UseSegment).where(UseSegment.listing_id == listing.id)).all()
    stored = sorted((row.starts_at, row.ends_at, row.used) for row in rows)
    expected = segments(
        in_use((Interval(one.starts_at, one.busy_until), one.units, one.derived) for one in held)
    )
    assert stored == [(one.start, one.end, one.used) for one in expected]
    return stored


def test_t06_the_last_unit_goes_once_and_the_loser_hears_what_is_free(
    instance: Instance, anna: Neighbour
) -> None:
    chairs = offer(instance, anna, units=3)
    take(instance, chairs, 0, 10, units=2)

    with pytest.raises(SlotTaken) as refused:
        take(instance, chairs, 5, 15, units=2)

    assert refused.value.members["free_units"] == 1
    take(instance, chairs, 5, 15, units=1)
    assert use(instance, chairs) == [(hour(0), hour(5), 2), (hour(5), hour(10), 3), (hour(10), hour(15), 1)]


def test_t02_back_at_noon_is_out_again_at_noon(instance: Instance, anna: Neighbour) -> None:
    drill = offer(instance, anna)

    take(instance, drill, 0, 4)
    take(instance, drill, 4, 8)

    assert use(instance, drill) == [(hour(0), hour(8), 1)]


def test_taking_the_same_again_changes_nothing(instance: Instance, anna: Neighbour) -> None:
    drill = offer(instance, anna)
    holder = take(instance, drill, 0, 4)

    take(instance, drill, 0, 4, holder=holder)

    assert use(instance, drill) == [(hour(0), hour(4), 1)]


def test_a_holder_moves_through_its_own_time_but_not_into_anothers(
    instance: Instance, anna: Neighbour
) -> None:
    drill = offer(instance, anna)
    holder = take(instance, drill, 0, 4)
    take(instance, drill, 8, 10)

    take(instance, drill, 2, 8, holder=holder)
    with pytest.raises(SlotTaken):
        take(instance, drill, 2, 9, holder=holder)

    assert use(instance, drill) == [(hour(2), hour(10), 1)]


def test_t05_an_early_return_frees_the_rest_at_once(instance: Instance, anna: Neighbour) -> None:
    drill = offer(instance, anna)
    holder = take(instance, drill, 0, 10)

    with instance.transactions.writing(SYSTEM) as work:
        listings.release(work, holder, at=hour(4))
    take(instance, drill, 4, 6)

    with instance.transactions.writing(SYSTEM) as work:
        listings.release(work, holder)
        listings.release(work, new_id())
    assert use(instance, drill) == [(hour(4), hour(6), 1)]


def test_t05_what_is_late_keeps_its_units_whoever_waits(instance: Instance, anna: Neighbour) -> None:
    drill = offer(instance, anna)
    holder = take(instance, drill, 0, 4)
    take(instance, drill, 4, 8)

    with instance.transactions.writing(SYSTEM) as work:
        listings.extend(work, holder, until=hour(6))

    assert use(instance, drill) == [(hour(0), hour(4), 1), (hour(4), hour(6), 2), (hour(6), hour(8), 1)]
    with pytest.raises(SlotTaken):
        take(instance, drill, 5, 6)


def test_t05_a_partial_return_frees_the_units_that_came_back(instance: Instance, anna: Neighbour) -> None:
    chairs = offer(instance, anna, units=5)
    holder = take(instance, chairs, 0, 4, units=5)

    with instance.transactions.writing(SYSTEM) as work:
        listings.reduce(work, holder, units=2)

    assert use(instance, chairs) == [(hour(0), hour(4), 2)]
    with instance.transactions.writing(SYSTEM) as work:
        listings.reduce(work, holder, units=0)
    assert use(instance, chairs) == []


def test_t10_buffers_lie_between_bookings_and_in_the_segments(instance: Instance, anna: Neighbour) -> None:
    limits = {
        "min_minutes": 15, "max_minutes": 720, "step_minutes": 15, "lead_minutes": 0, "horizon_days": 180,
        "buffer_before_minutes": 60, "buffer_after_minutes": 120,
    }  # fmt: skip
    hall = offer(instance, anna, kind="space", limits=limits)
    take(instance, hall, 0, 4)

    with pytest.raises(SlotTaken):
        take(instance, hall, 5, 6)
    take(instance, hall, 6, 7)

    assert use(instance, hall) == [(hour(0), hour(9), 1)]


def test_a_partners_listing_has_its_calendar_there(instance: Instance) -> None:
    listing_id = mirrored(instance, new_id())

    with pytest.raises(NotFound), instance.transactions.writing(SYSTEM) as work:
        listings.occupy(work, listing_id, holder_id=new_id(), span=span(0, 1), units=1)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_the_segments_tell_what_the_occupancies_do(
    instance: Instance, anna: Neighbour, seed: int
) -> None:
    draw = random.Random(seed)
    chairs = offer(instance, anna, units=4)
    holders: list[UUID] = []

    for _ in range(40):
        start = draw.randrange(40)
        with instance.transactions.writing(SYSTEM) as work:
            match draw.choice(["take", "take", "take", "move", "release", "return", "extend", "reduce"]):
                case "take" | "move" as what:
                    holder = draw.choice(holders) if what == "move" and holders else new_id()
                    try:
                        listings.occupy(
                            work,
                            chairs.id,
                            holder_id=holder,
                            span=span(start, start + draw.randint(1, 9)),
                            units=draw.randint(1, 3),
                        )
                    except SlotTaken:
                        continue
                    holders.append(holder)
                case "release" if holders:
                    listings.release(work, draw.choice(holders))
                case "return" if holders:
                    listings.release(work, draw.choice(holders), at=hour(start))
                case "extend" if holders:
                    listings.extend(work, draw.choice(holders), until=hour(start))
                case "reduce" if holders:
                    listings.reduce(work, draw.choice(holders), units=draw.randint(0, 2))
        use(instance, chairs)


@pytest.mark.parametrize("round_", range(3))
def test_t06_of_many_rivals_for_two_units_exactly_two_win(
    instance: Instance, anna: Neighbour, round_: int
) -> None:
    drill = offer(instance, anna, units=2)

    def rival(_: int) -> str:
        try:
            take(instance, drill, 0, 4)
        except SlotTaken:
            return "taken"
        return "won"

    with ThreadPoolExecutor(12) as rivals:
        outcomes = Counter(rivals.map(rival, range(24)))

    assert outcomes == {"won": 2, "taken": 22}
    assert use(instance, drill) == [(hour(0), hour(4), 2)]


def test_lost_units_add_up_and_the_public_hears_no_reason(instance: Instance, anna: Neighbour) -> None:
    chairs = offer(instance, anna, units=4)

    for _ in range(2):
        with instance.transactions.writing(SYSTEM) as work:
            listings.close_lost_units(work, chairs.id, units=1, holder_id=new_id())

    take(instance, chairs, 0, 4, units=2)
    with pytest.raises(SlotTaken):
        take(instance, chairs, 0, 4)
    with instance.transactions.reading(NOBODY) as reading:
        shown = listings.read(reading, chairs.id)
    assert [(closure.units, closure.reason) for closure in shown.closures] == [(2, None)]
    assert shown.version == chairs.version


def test_giving_back_needs_no_room_whatever_was_closed_since(instance: Instance, anna: Neighbour) -> None:
    chairs = offer(instance, anna, units=4)
    holder = take(instance, chairs, 0, 10, units=4)
    with instance.transactions.writing(SYSTEM) as work:
        listings.close_lost_units(work, chairs.id, units=3, holder_id=new_id())

    take(instance, chairs, 0, 8, units=3, holder=holder)

    assert use(instance, chairs) == [(hour(0), hour(8), 3)]
    with pytest.raises(SlotTaken):
        take(instance, chairs, 0, 9, units=3, holder=holder)

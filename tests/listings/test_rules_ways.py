"""Other times of the same listing, and what is left of units where wholes and parts take from each other. Pure."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.kernel.intervals import Interval
from app.kernel.recurrence import DayWindow, Timetable, WeeklyWindow, instant
from app.listings.rules.capacity import Occupancy, capacity, in_use
from app.listings.rules.external import joined
from app.listings.rules.hours import Hours
from app.listings.rules.kinds import Kind, Limits
from app.listings.rules.verdict import Ask, Offer, judge, scarcity
from app.listings.rules.ways import longer, next_free

BERLIN = ZoneInfo("Europe/Berlin")
LIMITS = Limits(max_minutes=10 * 1440, horizon_days=400)
DRILL = Offer(kind=Kind.EQUIPMENT, hours=Hours(BERLIN), limits=LIMITS)


def local(*when: int) -> datetime:
    return instant(datetime(*when), BERLIN)  # type: ignore[arg-type]


def june(first: int, last: int, hour: int = 10) -> Interval:
    return Interval(local(2026, 6, first, hour), local(2026, 6, last, hour))


NOW = local(2026, 6, 4, 12)


@pytest.mark.parametrize(
    ("asked", "days", "expected"),
    [
        (june(1, 3), 5, june(1, 5)),  # the 4th at ten is over by now
        (june(1, 3), 1, None),  # no later end within a day is still to come
        (june(1, 11), 5, None),  # ten days are the most, and no later day cures that
    ],
)
def test_t08_what_is_out_can_stay_until_the_first_end_to_come_that_would_do(
    asked: Interval, days: int, expected: Interval | None
) -> None:
    assert longer(DRILL, Ask(asked), (), NOW, days=days) == expected


def test_t07_what_is_out_can_stay_until_somebody_is_there_to_take_it_back() -> None:
    mondays = Timetable((WeeklyWindow(0, DayWindow.of("09:00", "12:00")),))
    offered = replace(DRILL, hours=Hours(BERLIN, returns=mondays))

    assert longer(offered, Ask(june(1, 3)), (), NOW, days=9) == june(1, 8)
    assert longer(offered, Ask(june(1, 3)), (), NOW, days=4) is None


def test_t13_the_next_day_of_23_hours_swallows_a_short_time_and_the_day_after_does_not() -> None:
    closed = Interval(local(2026, 3, 28), local(2026, 3, 29))
    night = Interval(local(2026, 3, 28, 2, 0), local(2026, 3, 28, 3, 0))

    found = next_free(DRILL, Ask(night), [Occupancy(closed, 1)], local(2026, 3, 1), days=3)

    assert found == Interval(local(2026, 3, 30, 2), local(2026, 3, 30, 3))


def test_t17_two_halves_that_are_out_take_the_hall_once() -> None:
    early, late, own = june(1, 3), june(2, 4), june(2, 3)

    found = in_use([(early, 1, True), (late, 1, True), (own, 1, False)])

    assert found == [(own, 1), (june(1, 2), 1), (june(2, 3), 1), (june(3, 4), 1)]
    assert in_use([(own, 1, False)]) == [(own, 1)]


def test_t17_it_is_said_whether_it_is_out_itself_or_only_what_belongs_to_it() -> None:
    span = june(1, 2)
    half = Occupancy(span, 1, derived=True)
    newcomer, all_units = Occupancy(span, 1), capacity(1, ())

    assert scarcity(newcomer, all_units, [half], 0).code == "related_taken"
    assert scarcity(newcomer, all_units, [half, Occupancy(span, 1)], 0).code == "not_enough_units"
    assert [one.code for one in judge(DRILL, Ask(span), [half], local(2026, 5, 1)).reasons] == [
        "related_taken"
    ]


def test_t11_stretches_closed_by_several_calendars_are_joined_where_they_touch() -> None:
    assert joined([[[1, 5], [20, 30]], [[5, 8], [2, 3]]]) == [[1, 8], [20, 30]]
    assert joined([]) == []


def test_t01_moments_of_the_rules_are_utc() -> None:
    assert june(1, 2).start.tzinfo is UTC

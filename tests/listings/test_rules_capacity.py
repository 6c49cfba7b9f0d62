"""Units, closures and buffers, against a count hour by hour."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.listings.rules.capacity import (
    Buffers,
    Closure,
    Occupancy,
    calendar_steps,
    capacity,
    collide,
    free_for,
    seen_by,
)

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
LAST = 40


def hour(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


def span(start: float, end: float) -> Interval:
    return Interval(hour(start), hour(end))


def taken(start: float, end: float, units: int = 1, before: int = 0, after: int = 0) -> Occupancy:
    return Occupancy(span(start, end), units, Buffers(timedelta(hours=before), timedelta(hours=after)))


spans = st.tuples(st.integers(0, LAST - 1), st.integers(1, LAST)).filter(lambda ends: ends[0] < ends[1])
buffers = st.tuples(st.integers(0, 4), st.integers(0, 4))
occupancies = st.builds(
    lambda ends, units, gaps: taken(ends[0], ends[1], units, *gaps), spans, st.integers(1, 3), buffers
)


def test_t03_three_on_monday_and_three_on_friday_leave_two_of_five() -> None:
    promised = [taken(0, 24, 3), taken(96, 120, 3)]

    assert free_for(taken(0, 120), capacity(5, []), promised) == 2


def test_t02_back_at_noon_is_out_again_at_noon() -> None:
    assert free_for(taken(12, 14), capacity(1, []), [taken(8, 12)]) == 1


def test_t04_a_closure_as_long_as_the_request_closes_it() -> None:
    assert free_for(taken(8, 12), capacity(3, [Closure(span(8, 12))]), []) == 0


def test_t04_where_closures_overlap_the_smallest_capacity_wins() -> None:
    closures = [Closure(span(0, 10), units=1), Closure(span(5, 15), units=3)]

    assert [free_for(taken(at, at + 1), capacity(5, closures), []) for at in (0, 7, 12, 16)] == [4, 2, 2, 5]


def test_t04_closing_more_than_there_is_leaves_nothing_rather_than_less() -> None:
    assert capacity(2, [Closure(span(0, 10), units=3)]).smallest(span(0, 10)) == 0


def test_t04_lowered_capacity_under_promises_frees_nothing_and_breaks_nothing() -> None:
    assert free_for(taken(0, 5), capacity(1, []), [taken(0, 5, 3)]) == 0


@pytest.mark.parametrize(("before", "after"), [(2, 0), (0, 2), (2, 1), (2, 2)])
def test_t10_the_longer_buffer_lies_between_two_bookings(before: int, after: int) -> None:
    promised = [taken(0, 10, 1, before, after)]

    assert free_for(taken(11, 12, 1, before, after), capacity(1, []), promised) == 0
    assert free_for(taken(12, 13, 1, before, after), capacity(1, []), promised) == 1


def test_t10_a_bigger_buffer_before_counts_against_a_promise_made_without_one() -> None:
    promised = [taken(0, 10), taken(20, 30)]

    assert free_for(taken(11, 15, 1, before=2), capacity(1, []), promised) == 0
    assert free_for(taken(12, 15, 1, before=2), capacity(1, []), promised) == 1


def test_t10_a_promise_keeps_the_buffer_before_that_was_frozen_in_it() -> None:
    promised = [taken(20, 30, 1, before=3)]

    assert free_for(taken(15, 18), capacity(1, []), promised) == 0
    assert free_for(taken(15, 17), capacity(1, []), promised) == 1


def test_t10_a_buffer_may_lie_in_a_closure_but_not_in_another_booking() -> None:
    closed_after = capacity(1, [Closure(span(10, 20))])

    assert free_for(taken(5, 10, 1, after=2), closed_after, []) == 1
    assert free_for(taken(5, 10, 1, after=2), closed_after, [taken(11, 12)]) == 0


@given(spans, buffers, spans, buffers)
def test_t10_two_bookings_share_one_unit_exactly_when_the_gap_suffices_in_both_directions(
    ends: tuple[int, int], gaps: tuple[int, int], other_ends: tuple[int, int], other_gaps: tuple[int, int]
) -> None:
    def too_close(first: tuple[int, int], after: int, second: tuple[int, int], before: int) -> bool:
        return first[1] + max(after, before) > second[0]

    newcomer, other = taken(*ends, 1, *gaps), taken(*other_ends, 1, *other_gaps)
    expected = too_close(ends, gaps[1], other_ends, other_gaps[0]) and too_close(
        other_ends, other_gaps[1], ends, gaps[0]
    )

    assert collide(newcomer, other) is collide(other, newcomer) is expected
    assert seen_by(newcomer, other).overlaps(newcomer.busy) is expected
    assert (free_for(newcomer, capacity(1, []), [other]) == 0) is expected


@given(spans, st.lists(occupancies, max_size=8), buffers, st.integers(1, 6))
def test_t10_with_buffers_that_never_changed_free_units_are_the_minimum_over_frozen_stretches(
    ends: tuple[int, int], promised: list[Occupancy], gaps: tuple[int, int], units: int
) -> None:
    newcomer = taken(*ends, 1, *gaps)
    promised = [Occupancy(other.interval, other.units, newcomer.buffers) for other in promised]

    used = [
        sum(other.units for other in promised if other.busy.contains(hour(at)))
        for at in range(ends[0], ends[1] + max(gaps))
    ]
    assert free_for(newcomer, capacity(units, []), promised) == max(0, units - max(used))


closures = st.lists(
    st.builds(Closure, spans.map(lambda e: span(*e)), st.none() | st.integers(1, 4)), max_size=4
)


def check_steps(
    units: int,
    closed: list[Closure],
    promised: list[Occupancy],
    windows: list[Interval],
    within: tuple[int, int],
) -> None:
    steps = calendar_steps(
        capacity(units, closed), [(other.busy, other.units) for other in promised], windows, span(*within)
    )

    assert steps[0].interval.start == hour(within[0])
    assert steps[-1].interval.end == hour(within[1])
    for one, other in pairwise(steps):
        assert one.interval.end == other.interval.start
        assert (one.free_units, one.open) != (other.free_units, other.open)
    for at in range(*within):
        (step,) = [step for step in steps if step.interval.contains(hour(at))]
        closed_units = [
            units if one.units is None else one.units for one in closed if one.interval.contains(hour(at))
        ]
        used = sum(other.units for other in promised if other.busy.contains(hour(at)))
        assert step.free_units == max(0, units - max(closed_units, default=0) - used)
        assert step.open is any(window.contains(hour(at)) for window in windows)


windows = st.lists(spans.map(lambda ends: span(*ends)), max_size=4)


@given(st.integers(1, 6), closures, st.lists(occupancies, max_size=6), windows, spans)
def test_calendar_steps_are_minimal_and_right_for_every_hour(
    units: int,
    closed: list[Closure],
    promised: list[Occupancy],
    open_windows: list[Interval],
    within: tuple[int, int],
) -> None:
    check_steps(units, closed, promised, open_windows, within)


@pytest.mark.long
@settings(max_examples=5_000, deadline=None)
@given(st.integers(1, 6), closures, st.lists(occupancies, max_size=6), windows, spans)
def test_calendar_steps_are_minimal_and_right_five_thousand_times(
    units: int,
    closed: list[Closure],
    promised: list[Occupancy],
    open_windows: list[Interval],
    within: tuple[int, int],
) -> None:
    check_steps(units, closed, promised, open_windows, within)

"""The kernel's intervals against a clock that knows only minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.intervals import (
    Capacity,
    Interval,
    covered,
    free_steps,
    free_units,
    peak_use,
    segments,
    subtract,
    union,
)

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
LAST = 48
BERLIN = ZoneInfo("Europe/Berlin")


def span(start: int, end: int) -> Interval:
    return Interval(MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))


spans = st.tuples(st.integers(0, LAST - 1), st.integers(1, LAST)).filter(lambda ends: ends[0] < ends[1])
stretches = st.lists(st.tuples(spans, st.integers(1, 5)), max_size=12)


def at(uses: list[tuple[tuple[int, int], int]], hour: int) -> list[int]:
    return [units for (start, end), units in uses if start <= hour < end]


def as_intervals(uses: list[tuple[tuple[int, int], int]]) -> list[tuple[Interval, int]]:
    return [(span(*ends), units) for ends, units in uses]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MONDAY, MONDAY),
        (MONDAY, MONDAY - timedelta(hours=1)),
        (MONDAY.replace(tzinfo=None), MONDAY),
        (MONDAY, (MONDAY + timedelta(hours=1)).replace(tzinfo=None)),
    ],
)
def test_t02_empty_reversed_and_naive_intervals_are_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError):
        Interval(start, end)


def test_t02_back_at_noon_and_out_at_noon_do_not_overlap() -> None:
    assert not span(8, 12).overlaps(span(12, 14))
    assert span(8, 12).intersection(span(12, 14)) is None


def test_t01_an_interval_through_the_hour_that_happens_twice_has_its_real_length() -> None:
    evening = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)

    twice = Interval(evening, evening.replace(fold=1))

    assert twice.duration == timedelta(hours=1)


def test_t03_three_units_on_monday_and_three_on_friday_leave_two_of_five() -> None:
    use = segments([(span(0, 24), 3), (span(96, 120), 3)])

    assert free_units(Capacity(5), use, span(0, 120)) == 2


def test_touching_stretches_of_equal_use_are_one_segment_and_unused_time_is_none() -> None:
    use = segments([(span(0, 2), 1), (span(2, 4), 1), (span(6, 8), 2)])

    assert [(segment.interval, segment.used) for segment in use] == [(span(0, 4), 1), (span(6, 8), 2)]


def test_t03_more_promised_than_there_is_leaves_nothing_rather_than_less() -> None:
    use = segments([(span(0, 4), 3)])

    assert free_units(Capacity(2), use, span(0, 1)) == 0
    assert free_steps(Capacity(2), [(span(0, 4), 3)], span(0, 1)) == [(span(0, 1), -1)]


@given(stretches, spans)
def test_t03_the_peak_is_what_counting_hour_by_hour_finds(
    uses: list[tuple[tuple[int, int], int]], within: tuple[int, int]
) -> None:
    assert peak_use(as_intervals(uses), span(*within)) == max(sum(at(uses, hour)) for hour in range(*within))


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(stretches, spans)
def test_t03_the_peak_is_what_counting_hour_by_hour_finds_ten_thousand_times(
    uses: list[tuple[tuple[int, int], int]], within: tuple[int, int]
) -> None:
    assert peak_use(as_intervals(uses), span(*within)) == max(sum(at(uses, hour)) for hour in range(*within))


@given(stretches)
def test_segments_say_for_every_hour_what_is_used_and_are_minimal(
    uses: list[tuple[tuple[int, int], int]],
) -> None:
    found = segments(as_intervals(uses))

    for hour in range(LAST):
        used = [segment.used for segment in found if segment.interval.contains(span(hour, hour + 1).start)]
        assert used == ([sum(at(uses, hour))] if at(uses, hour) else [])
    assert all(
        one.end < other.start or (one.end == other.start and one.used != other.used)
        for one, other in pairwise(found)
    )


@given(st.integers(0, 9), stretches, stretches, spans)
def test_t03_free_units_are_the_smallest_capacity_minus_use_of_any_hour(
    units: int,
    caps: list[tuple[tuple[int, int], int]],
    uses: list[tuple[tuple[int, int], int]],
    within: tuple[int, int],
) -> None:
    expected = min(min([units, *at(caps, hour)]) - sum(at(uses, hour)) for hour in range(*within))

    capacity = Capacity(units, tuple(as_intervals(caps)))

    assert free_units(capacity, segments(as_intervals(uses)), span(*within)) == max(0, expected)
    assert capacity.smallest(span(*within)) == min(min([units, *at(caps, hour)]) for hour in range(*within))


@given(st.integers(0, 9), stretches, spans)
def test_free_steps_tile_the_range_and_neighbours_differ(
    units: int, uses: list[tuple[tuple[int, int], int]], within: tuple[int, int]
) -> None:
    steps = free_steps(Capacity(units), as_intervals(uses), span(*within))

    assert steps[0][0].start == span(*within).start
    assert steps[-1][0].end == span(*within).end
    for (one, free), (other, free_next) in pairwise(steps):
        assert one.end == other.start
        assert free != free_next


@given(st.lists(spans, max_size=8), spans)
def test_union_and_subtraction_share_every_hour_between_them(
    holes: list[tuple[int, int]], whole: tuple[int, int]
) -> None:
    intervals = [span(*ends) for ends in holes]

    left = subtract(span(*whole), intervals)
    joined = union(intervals)

    for hour in range(*whole):
        inside = any(start <= hour < end for start, end in holes)
        assert any(piece.contains(span(hour, hour + 1).start) for piece in joined) is inside
        assert any(piece.contains(span(hour, hour + 1).start) for piece in left) is not inside
    assert covered(span(*whole), intervals) is (left == [])
    assert all(one.end < other.start for one, other in pairwise(joined))

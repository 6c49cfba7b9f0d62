"""S1: what is free, against brute force: a table with one line per minute that knows nothing of intervals."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.intervals import Capacity, Interval, Segment, free_units, peak_use, segments
from app.listings.rules import capacity as rules

ORIGIN = datetime(2026, 11, 24, 8, tzinfo=UTC)
MINUTES = 60
FORMS = [
    pytest.param(250, id="short"),
    pytest.param(10_000, id="long", marks=pytest.mark.long),
]


@dataclass(frozen=True)
class Stretch:
    """From one minute to another, and a number of units; None where all are meant."""

    start: int
    end: int
    units: int | None

    @property
    def interval(self) -> Interval:
        return Interval(at(self.start), at(self.end))


def at(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def stretch(units):
    """From a minute to a later one; that two touch, overlap or repeat is as likely as that they do not."""
    start = st.integers(0, MINUTES - 1)
    return start.flatmap(
        lambda first: st.builds(Stretch, st.just(first), st.integers(first + 1, MINUTES), units)
    )


SOME = st.integers(1, 4)
WANTED = stretch(SOME)
TAKEN = st.lists(stretch(SOME), max_size=8)
CLOSED = st.lists(stretch(st.none() | SOME), max_size=4)
GAPS = st.integers(0, 12)


def used_by_minute(taken, *, last=MINUTES, longer=0):
    """How many units are in use in each minute, when everything takes so many minutes longer."""
    table = [0] * (last + 1)
    for one in taken:
        for minute in range(one.start, min(one.end + longer, last + 1)):
            table[minute] += one.units
    return table


def there_by_minute(units, closed, *, last=MINUTES):
    """How many units there are in each minute: of closures that overlap the largest counts."""
    table = [units] * (last + 1)
    for one in closed:
        for minute in range(one.start, min(one.end, last + 1)):
            left = 0 if one.units is None else max(0, units - one.units)
            table[minute] = min(table[minute], left)
    return table


def check(examples):
    """Many examples, each time others; what fails is printed with the line that repeats it."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("examples", FORMS)
def test_t03_what_is_free_is_the_least_of_any_minute(examples):
    @check(examples)
    @given(WANTED, TAKEN, CLOSED, st.integers(1, 6))
    def agrees(wanted, taken, closed, units):
        used, there = used_by_minute(taken), there_by_minute(units, closed)
        least = min(there[minute] - used[minute] for minute in range(wanted.start, wanted.end))
        all_units = rules.capacity(units, [rules.Closure(one.interval, one.units) for one in closed])
        newcomer = rules.Occupancy(wanted.interval, wanted.units)

        found = rules.free_for(
            newcomer, all_units, [rules.Occupancy(one.interval, one.units) for one in taken]
        )

        assert found == max(0, least)
        use = segments([(one.interval, one.units) for one in taken])
        assert free_units(all_units, use, wanted.interval) == found
        assert rules.free_amid(newcomer, all_units, [(one.interval, one.used) for one in use]) == found
        assert all_units.smallest(wanted.interval) == min(there[wanted.start : wanted.end])
        peak = peak_use([(one.interval, one.units) for one in taken], wanted.interval)
        assert peak == max(used[wanted.start : wanted.end])

    agrees()


@pytest.mark.parametrize("examples", FORMS)
def test_t10_a_buffer_takes_units_and_needs_no_opening(examples):
    @check(examples)
    @given(WANTED, TAKEN, CLOSED, st.integers(1, 6), GAPS, GAPS)
    def agrees(wanted, taken, closed, units, before, after):
        longer, last = max(before, after), MINUTES + 13
        used, there = (
            used_by_minute(taken, last=last, longer=longer),
            there_by_minute(units, closed, last=last),
        )
        least = min(
            *(there[minute] - used[minute] for minute in range(wanted.start, wanted.end)),
            *(units - used[minute] for minute in range(wanted.end, wanted.end + longer)),
            units,
        )
        buffers = rules.Buffers(timedelta(minutes=before), timedelta(minutes=after))

        found = rules.free_for(
            rules.Occupancy(wanted.interval, wanted.units, buffers),
            rules.capacity(units, [rules.Closure(one.interval, one.units) for one in closed]),
            [rules.Occupancy(one.interval, one.units, buffers) for one in taken],
        )

        assert found == max(0, least)

    agrees()


@pytest.mark.parametrize("examples", FORMS)
def test_t10_two_collide_in_both_directions_even_when_the_buffers_changed_between_them(examples):
    """One unit, minute by minute: whoever is first, the gap between them is what the later or the earlier needs."""

    def gap_is_kept(first, second):
        (earlier, one), (later, other) = sorted(
            [first, second], key=lambda pair: (pair[0].start, pair[0].end)
        )
        needed = max(one[1], other[0])
        return all(
            minute not in range(earlier.start, earlier.end)
            for minute in range(later.start - needed, later.end)
        )

    @check(examples)
    @given(WANTED, WANTED, st.tuples(GAPS, GAPS), st.tuples(GAPS, GAPS))
    def agrees(wanted, there_already, gaps, gaps_then):
        kept = gap_is_kept((wanted, gaps), (there_already, gaps_then))

        def occupancy(stretch, minutes):
            before, after = (timedelta(minutes=one) for one in minutes)
            return rules.Occupancy(stretch.interval, 1, rules.Buffers(before, after))

        newcomer, other = occupancy(wanted, gaps), occupancy(there_already, gaps_then)

        assert rules.collide(newcomer, other) == rules.collide(other, newcomer) == (not kept)
        assert rules.free_for(newcomer, Capacity(1), [other]) == int(kept)

    agrees()


@pytest.mark.parametrize("examples", FORMS)
def test_segments_say_the_same_as_what_they_are_made_of_in_the_fewest_words(examples):
    @check(examples)
    @given(TAKEN)
    def agrees(taken):
        made = segments([(one.interval, one.units) for one in taken])

        told = [Stretch(minutes(one.start), minutes(one.end), one.used) for one in made]
        assert used_by_minute(told) == used_by_minute(taken)
        assert all(one.used > 0 for one in made)
        assert all(
            one.end < two.start or (one.end == two.start and one.used != two.used)
            for one, two in pairwise(made)
        )
        assert segments([(one.interval, one.used) for one in made]) == made

    agrees()


def minutes(moment: datetime) -> int:
    return int((moment - ORIGIN) / timedelta(minutes=1))


def test_t03_three_on_monday_and_three_on_friday_leave_two_of_five_for_the_week():
    """The answer of a calendar that adds up is -1."""
    day = timedelta(days=1)
    monday, friday = (Interval(ORIGIN + n * day, ORIGIN + (n + 1) * day) for n in (0, 4))
    week = Interval(ORIGIN, ORIGIN + 5 * day)
    taken = [rules.Occupancy(monday, 3), rules.Occupancy(friday, 3)]

    assert rules.free_for(rules.Occupancy(week, 1), Capacity(5), taken) == 2
    assert segments([(one.interval, one.units) for one in taken]) == [
        Segment(monday.start, monday.end, 3),
        Segment(friday.start, friday.end, 3),
    ]

"""Half-open stretches of time, and how many units are in use during them. Pure.

`[start, end)`: what ends at noon and what begins at noon do not touch (T2). Use is judged by its peak, never
by its sum (T3).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch `[start, end)` of real time. Naive datetimes and empty or reversed stretches are refused."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("An interval needs datetimes with an offset.")
        # Python compares two datetimes of one zone by their wall clocks, which is wrong in the hour that
        # happens twice. In UTC it cannot go wrong.
        if self.start.tzinfo is not UTC or self.end.tzinfo is not UTC:
            object.__setattr__(self, "start", self.start.astimezone(UTC))
            object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError("An interval ends after it starts.")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def covers(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Interval") -> "Interval | None":
        return interval_or_none(max(self.start, other.start), min(self.end, other.end))


def interval_or_none(start: datetime, end: datetime) -> Interval | None:
    """The interval, or None where nothing is left of it."""
    return Interval(start, end) if end > start else None


def hull(intervals: Collection[Interval]) -> Interval:
    """The stretch from the first start to the last end."""
    return Interval(min(one.start for one in intervals), max(one.end for one in intervals))


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as disjoint, ascending intervals; those that touch are joined."""
    joined: list[Interval] = []
    for interval in sorted(intervals):
        if joined and interval.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, interval.end))
        else:
            joined.append(interval)
    return joined


def covered(span: Interval, intervals: Iterable[Interval]) -> bool:
    """Whether every moment of the span lies in one of the intervals."""
    return any(whole.covers(span) for whole in union(intervals))


def subtract(span: Interval, holes: Iterable[Interval]) -> list[Interval]:
    """What is left of the span without the holes."""
    return [piece for piece, inside in pieces([(hole, None) for hole in union(holes)], span) if not inside]


def pieces(stretches: Iterable[tuple[Interval, T]], within: Interval) -> Iterator[tuple[Interval, list[T]]]:
    """`within`, cut wherever a stretch begins or ends, and the values that hold in each piece."""
    starting: defaultdict[datetime, list[tuple[int, T]]] = defaultdict(list)
    ending: defaultdict[datetime, list[int]] = defaultdict(list)
    for index, (interval, value) in enumerate(stretches):
        if inside := interval.intersection(within):
            starting[inside.start].append((index, value))
            ending[inside.end].append(index)
    holding: dict[int, T] = {}
    for start, end in pairwise(sorted({within.start, within.end, *starting, *ending})):
        for index in ending.get(start, ()):
            del holding[index]
        holding.update(starting.get(start, ()))
        yield Interval(start, end), list(holding.values())


def runs(values: Iterable[tuple[Interval, T]]) -> list[tuple[Interval, T]]:
    """Adjoining pieces of equal value joined: the minimal stretches."""
    joined: list[tuple[Interval, T]] = []
    for interval, value in values:
        if joined and joined[-1][1] == value and joined[-1][0].end == interval.start:
            joined[-1] = (Interval(joined[-1][0].start, interval.end), value)
        else:
            joined.append((interval, value))
    return joined


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A stretch during which the same number of units is in use."""

    start: datetime
    end: datetime
    used: int

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


def segments(stretches: Sequence[tuple[Interval, int]]) -> list[Segment]:
    """The minimal stretches of constant use, ascending; where nothing is used there is none."""
    if not stretches:
        return []
    whole = Interval(
        min(interval.start for interval, _ in stretches), max(interval.end for interval, _ in stretches)
    )
    use = ((piece, sum(units)) for piece, units in pieces(stretches, whole))
    return [Segment(piece.start, piece.end, used) for piece, used in runs(use) if used]


def peak_use(stretches: Iterable[tuple[Interval, int]], within: Interval) -> int:
    """The most units in use at one moment of `within`."""
    return max(sum(units) for _, units in pieces(stretches, within))


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many units there are: `units`, while caps hold not more than the smallest says (T4)."""

    units: int
    caps: tuple[tuple[Interval, int], ...] = ()

    def smallest(self, within: Interval) -> int:
        return min(min([self.units, *caps]) for _, caps in pieces(self.caps, within))


def free_steps(
    capacity: Capacity, use: Iterable[tuple[Interval, int]], within: Interval
) -> list[tuple[Interval, int]]:
    """Capacity minus use as minimal stretches that tile `within`; negative where promises exceed capacity."""
    uncapped = capacity.units
    stretches = [(interval, (units, uncapped)) for interval, units in use]
    stretches += [(interval, (0, cap)) for interval, cap in capacity.caps]
    free = (
        (piece, min([uncapped, *(cap for _, cap in held)]) - sum(units for units, _ in held))
        for piece, held in pieces(stretches, within)
    )
    return runs(free)


def free_units(capacity: Capacity, use: Iterable[Segment], span: Interval) -> int:
    """How many units are free for the whole span: the minimum over it, never below 0 (T3)."""
    steps = free_steps(capacity, [(segment.interval, segment.used) for segment in use], span)
    return max(0, min(free for _, free in steps))

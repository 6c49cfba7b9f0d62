"""How many units there are, how many are promised, and how many are free (T3, T4, T10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.kernel.intervals import Capacity, Interval, free_steps, pieces, runs


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch during which `units` of the listing, or all of them, are unavailable."""

    interval: Interval
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Buffers:
    """Time kept free around a booking (T10)."""

    before: timedelta = timedelta()
    after: timedelta = timedelta()

    @property
    def longest(self) -> timedelta:
        return max(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Units promised for a stretch, with the buffers frozen when they were promised."""

    interval: Interval
    units: int
    buffers: Buffers = Buffers()
    derived: bool = (
        False  # not of this listing itself: something it is a part of, or a part of it, is taken (T17)
    )

    @property
    def busy(self) -> Interval:
        """`[start, end + max(before, after))`; with equal buffers, two collide exactly when these overlap."""
        return Interval(self.interval.start, self.interval.end + self.buffers.longest)


def capacity(units: int, closures: Iterable[Closure]) -> Capacity:
    """The listing's units less what is closed; of overlapping closures the largest wins (T4)."""
    return Capacity(
        units,
        tuple(
            (closure.interval, 0 if closure.units is None else max(0, units - closure.units))
            for closure in closures
        ),
    )


def collide(one: Occupancy, other: Occupancy) -> bool:
    """Whether one unit cannot serve both: neither leaves the gap that the other or itself asks for (T10)."""
    return (
        one.interval.end + max(one.buffers.after, other.buffers.before) > other.interval.start
        and other.interval.end + max(other.buffers.after, one.buffers.before) > one.interval.start
    )


def seen_by(newcomer: Occupancy, other: Occupancy) -> Interval:
    """The stretch of `other` such that it overlaps `newcomer.busy` exactly when the two collide.

    With equal buffers it is `other.busy`. Where the listing's buffers have changed since then, each side
    keeps the gap that the rule asks for: more after `other` when the newcomer needs more time before, more in
    front of it when it was promised more time before than the newcomer leaves after.
    """
    gap_before = max(newcomer.buffers.after, other.buffers.before)
    gap_after = max(other.buffers.after, newcomer.buffers.before)
    return Interval(
        other.interval.start + newcomer.buffers.longest - gap_before, other.interval.end + gap_after
    )


def free_for(newcomer: Occupancy, all_units: Capacity, taken: Iterable[Occupancy]) -> int:
    """How many units are free for the newcomer's whole time, never below 0 (T3)."""
    return free_amid(newcomer, all_units, [(seen_by(newcomer, other), other.units) for other in taken])


def free_amid(newcomer: Occupancy, all_units: Capacity, use: Sequence[tuple[Interval, int]]) -> int:
    """The same where only the segments of use are known, which is right unless buffers have changed since.

    Closures count for the time of use only: a buffer needs no opening hours.
    """
    free = [units for _, units in free_steps(all_units, use, newcomer.interval)]
    if newcomer.busy != newcomer.interval:
        buffer = Interval(newcomer.interval.end, newcomer.busy.end)
        free += [units for _, units in free_steps(Capacity(all_units.units), use, buffer)]
    return max(0, min(free))


def in_use(occupied: Iterable[tuple[Interval, int, bool]]) -> list[tuple[Interval, int]]:
    """What is used, as stretches that may be added up. What is derived (True) takes all there is, however many do:
    both halves out at the same time take the hall once.
    """
    own: list[tuple[Interval, int]] = []
    derived: list[tuple[Interval, int]] = []
    for interval, units, is_derived in occupied:
        (derived if is_derived else own).append((interval, units))
    if not derived:
        return own
    hull = Interval(min(one.start for one, _ in derived), max(one.end for one, _ in derived))
    return own + [(piece, max(units)) for piece, units in pieces(derived, hull) if units]


def over_promised(
    all_units: Capacity, use: Iterable[tuple[Interval, int]], within: Interval
) -> list[tuple[Interval, int]]:
    """The stretches in which more is promised than there is, and how many units are missing there (T4)."""
    return [(stretch, -free) for stretch, free in free_steps(all_units, use, within) if free < 0]


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the calendar in which neither the free units nor the hours change."""

    interval: Interval
    free_units: int
    open: bool


def calendar_steps(
    all_units: Capacity,
    taken: Iterable[tuple[Interval, int]],
    open_windows: Sequence[Interval],
    within: Interval,
) -> list[Step]:
    """The range as the fewest steps: how many units are free, and whether the hours allow it.

    `taken` is what is busy, buffers included: occupancies or the segments made of them.
    """
    free = free_steps(all_units, taken, within)
    stretches: list[tuple[Interval, int | None]] = [*free, *((window, None) for window in open_windows)]
    states = (
        (piece, (max(0, sum(units for units in values if units is not None)), None in values))
        for piece, values in pieces(stretches, within)
    )
    return [Step(interval, units, is_open) for interval, (units, is_open) in runs(states)]

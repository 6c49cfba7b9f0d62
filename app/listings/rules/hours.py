"""When things change hands and when places are open (T7), and how long a booking may be (T8).

Equipment has pick-up and return windows: only the two ends of a booking must meet them. The other kinds have
opening windows, which hold the whole booking unless it may stay overnight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval, covered
from app.kernel.problems import Reason
from app.kernel.recurrence import (
    MINUTES_PER_DAY,
    Timetable,
    days_later,
    instant,
    local_date,
)
from app.listings.rules.kinds import Kind, Limits
from app.listings.rules.reasons import Ground, reason


@dataclass(frozen=True, slots=True)
class Hours:
    """The timetables of a listing in the zone of its place; where there is none, any time will do.

    Without return windows of its own, equipment comes back in the pick-up windows.
    """

    zone: ZoneInfo
    pick_up: Timetable | None = None
    returns: Timetable | None = None
    opening: Timetable | None = None
    closed_days_between: bool = True
    overnight: bool = False

    def for_start(self, kind: Kind) -> Timetable | None:
        return self.pick_up if kind is Kind.EQUIPMENT else self.opening

    def for_end(self, kind: Kind) -> Timetable | None:
        return (self.returns or self.pick_up) if kind is Kind.EQUIPMENT else self.opening

    def open_windows(self, kind: Kind, within: Interval) -> list[Interval]:
        """When the hours allow something to happen: hand-over for equipment, use for the rest."""
        tables = (self.for_start(kind), self.for_end(kind))
        if None in tables:
            return [within]
        return [window for table in tables if table for window in table.windows(within, self.zone)]


def hours_reasons(hours: Hours, kind: Kind, span: Interval) -> Iterator[Reason]:
    """What in the hours speaks against this span (T7); both ends of a window are inside it."""
    if kind is Kind.EQUIPMENT:
        yield from _hand_over_reasons(hours, span)
    elif hours.opening and not _open_throughout(hours, hours.opening, span):
        yield reason(Ground.OUTSIDE_OPENING_HOURS)


def _hand_over_reasons(hours: Hours, span: Interval) -> Iterator[Reason]:
    pick_up, returns = hours.for_start(Kind.EQUIPMENT), hours.for_end(Kind.EQUIPMENT)
    if pick_up and not pick_up.windows_at(span.start, hours.zone):
        yield reason(Ground.OUTSIDE_PICK_UP_HOURS)
    if returns and not returns.windows_at(span.end, hours.zone):
        yield reason(Ground.OUTSIDE_RETURN_HOURS)
    if pick_up and returns and not hours.closed_days_between:
        first, last = local_date(span.start, hours.zone), local_date(span.end, hours.zone)
        between = (first + timedelta(days=number) for number in range(1, (last - first).days))
        closed = [day for day in between if not (pick_up.windows_of(day) or returns.windows_of(day))]
        if closed:
            yield reason(Ground.CLOSED_DAYS_BETWEEN, days=[day.isoformat() for day in closed])


def _open_throughout(hours: Hours, opening: Timetable, span: Interval) -> bool:
    if hours.overnight:
        ends = (span.start, span.end)
        return all(opening.windows_at(moment, hours.zone) for moment in ends)
    return covered(span, opening.windows(span, hours.zone))


def length_reasons(limits: Limits, hours: Hours, kind: Kind, span: Interval) -> Iterator[Reason]:
    """What in minimum, maximum and step speaks against this span (T8).

    A day is a calendar day of the place: from one evening to the next is a day even when it lasts 25 hours.
    """
    if span.end < _later(span.start, limits.min_minutes, hours.zone):
        yield reason(Ground.TOO_SHORT, min_minutes=limits.min_minutes)
    if span.end > _later(span.start, limits.max_minutes, hours.zone):
        yield reason(Ground.TOO_LONG, max_minutes=limits.max_minutes)
    if not _on_grid(limits, hours, kind, span):
        yield reason(Ground.OFF_GRID, step_minutes=limits.step_minutes)


def _on_grid(limits: Limits, hours: Hours, kind: Kind, span: Interval) -> bool:
    step = timedelta(minutes=limits.step_minutes)
    days, rest = days_and_rest(span, hours.zone)
    if (timedelta(days=days) + rest) % step:
        return False
    table = hours.for_start(kind)
    midnight = instant(datetime.combine(local_date(span.start, hours.zone), time()), hours.zone)
    anchors = [window.start for window in table.windows_at(span.start, hours.zone)] if table else [midnight]
    # Outside every window there is no grid; that the hours refuse the start is said elsewhere.
    return not anchors or any((span.start - anchor) % step == timedelta() for anchor in anchors)


def days_and_rest(span: Interval, zone: ZoneInfo) -> tuple[int, timedelta]:
    """The whole calendar days in a span, by the clock of the place, and the real time left over."""
    days = max(0, (local_date(span.end, zone) - local_date(span.start, zone)).days)
    while days and days_later(span.start, days, zone) > span.end:
        days -= 1
    return days, span.end - (days_later(span.start, days, zone) if days else span.start)


def _later(moment: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, MINUTES_PER_DAY)
    return (days_later(moment, days, zone) if days else moment) + timedelta(minutes=rest)

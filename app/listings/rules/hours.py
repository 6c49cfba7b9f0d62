"""When things change hands and when places are open (T7), and how long a booking may be (T8).

Equipment has pick-up and return windows: only the two ends of a booking must meet them. The other kinds have
opening windows, which hold the whole booking unless it may stay overnight.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval, subtract
from app.kernel.problems import Reason
from app.kernel.recurrence import (
    MINUTES_PER_DAY,
    Timetable,
    days_later,
    instant,
    local_date,
)
from app.kernel.text import utc_text
from app.listings.rules.holidays import NO_HOLIDAYS, Holidays
from app.listings.rules.kinds import Kind, Limits
from app.listings.rules.reasons import Ground, outside_hours, reason


@dataclass(frozen=True, slots=True)
class Hours:
    """The timetables of a listing in the zone of its place; where there is none, any time will do.

    Without return windows of its own, equipment comes back in the pick-up windows. The timetables know by
    themselves whether `holidays`, those of the place, close them.
    """

    zone: ZoneInfo
    pick_up: Timetable | None = None
    returns: Timetable | None = None
    opening: Timetable | None = None
    closed_days_between: bool = True
    overnight: bool = False
    holidays: Holidays = NO_HOLIDAYS

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

    def closed_days(self, kind: Kind, span: Interval) -> list[date]:
        """The calendar days between the first and the last of the span on which no window opens.

        A window from the day before that reaches past midnight opens the day before. Without timetables at both
        ends no day is closed.
        """
        starting, ending = self.for_start(kind), self.for_end(kind)
        if starting is None or ending is None:
            return []
        first, last = local_date(span.start, self.zone), local_date(span.end, self.zone)
        between = (first + timedelta(days=number) for number in range(1, (last - first).days))
        return [day for day in between if not (starting.windows_of(day) or ending.windows_of(day))]


def hours_reasons(hours: Hours, kind: Kind, span: Interval) -> Iterator[Reason]:
    """What in the hours speaks against this span (T7, T12); both ends of a window are inside it."""
    starting, ending = hours.for_start(kind), hours.for_end(kind)
    if kind is Kind.EQUIPMENT:
        if starting and not starting.windows_at(span.start, hours.zone):
            yield _outside(Ground.OUTSIDE_PICK_UP_HOURS, hours, starting, span.start)
        if ending and not ending.windows_at(span.end, hours.zone):
            yield _outside(Ground.OUTSIDE_RETURN_HOURS, hours, ending, span.end)
    elif starting and (shut := _first_shut(hours, starting, span)):
        yield _outside(Ground.OUTSIDE_OPENING_HOURS, hours, starting, shut)
    if kind is Kind.EQUIPMENT or hours.overnight:
        closed = [] if hours.closed_days_between else hours.closed_days(kind, span)
        if closed:
            yield reason(Ground.CLOSED_DAYS_BETWEEN, days=[day.isoformat() for day in closed])


def _first_shut(hours: Hours, opening: Timetable, span: Interval) -> datetime | None:
    """The first moment that has to lie in the opening hours and does not."""
    if hours.overnight:
        ends = (span.start, span.end)
        return next((moment for moment in ends if not opening.windows_at(moment, hours.zone)), None)
    shut = subtract(span, opening.windows(span, hours.zone))
    return shut[0].start if shut else None


def _outside(ground: Ground, hours: Hours, table: Timetable, moment: datetime) -> Reason:
    """Which windows there are on the day, and the holiday that closes it if that is why there are none."""
    day = local_date(moment, hours.zone)
    windows = [window for each in table.windows_of(day) if (window := each.on(day, hours.zone))]
    closed_by_holiday = day in table.closed_on and day not in table.exceptions
    return outside_hours(
        ground,
        hours.holidays.on(day) if closed_by_holiday else None,
        date=day.isoformat(),
        windows=[
            {"starts_at": utc_text(window.start), "ends_at": utc_text(window.end)} for window in windows
        ],
    )


def length_reasons(
    limits: Limits, hours: Hours, kind: Kind, span: Interval, history: Iterable[Interval] = ()
) -> Iterator[Reason]:
    """What in minimum, maximum and step speaks against this span (T8); `history` is what the borrower has besides.

    A day is a calendar day of the place: from one evening to the next is a day even when it lasts 25 hours.
    """
    if span.end < _later(span.start, limits.min_minutes, hours.zone):
        yield reason(Ground.TOO_SHORT, min_minutes=limits.min_minutes)
    if longest := _too_long(limits, hours, kind, span):
        yield reason(
            Ground.TOO_LONG,
            max_minutes=limits.max_minutes,
            latest_end=utc_text(longest),
        )
    else:
        chain = chain_of(span, history, timedelta(minutes=limits.chain_gap_minutes))
        if chain != span and _too_long(limits, hours, kind, chain):
            yield reason(
                Ground.CHAIN_TOO_LONG,
                max_minutes=limits.max_minutes,
                chain_gap_minutes=limits.chain_gap_minutes,
                chain_starts_at=utc_text(chain.start),
                chain_ends_at=utc_text(chain.end),
            )
    if not _on_grid(limits, hours, kind, span):
        anchors = [utc_text(anchor) for anchor in _anchors(hours, kind, span.start)]
        yield reason(Ground.OFF_GRID, step_minutes=limits.step_minutes, grid_starts_at=anchors)


def _too_long(limits: Limits, hours: Hours, kind: Kind, span: Interval) -> datetime | None:
    """When it should have ended, if it lasts too long. Closed days beyond those that count are a gift."""
    closed = 0 if limits.closed_days_counted is None else len(hours.closed_days(kind, span))
    given = max(0, closed - (limits.closed_days_counted or 0))
    latest = _later(span.start, limits.max_minutes + given * MINUTES_PER_DAY, hours.zone)
    return latest if span.end > latest else None


def chain_of(span: Interval, others: Iterable[Interval], gap: timedelta) -> Interval:
    """The span with all that lies closer to it than the gap, directly or by what lies between; no gap, no chain."""
    if not gap:
        return span
    left = sorted(others)
    chain = span
    while near := [one for one in left if one.start - chain.end < gap and chain.start - one.end < gap]:
        left = [one for one in left if one not in near]
        chain = Interval(
            min([chain.start, *(one.start for one in near)]), max([chain.end, *(one.end for one in near)])
        )
    return chain


def _on_grid(limits: Limits, hours: Hours, kind: Kind, span: Interval) -> bool:
    step = timedelta(minutes=limits.step_minutes)
    days, rest = days_and_rest(span, hours.zone)
    if (timedelta(days=days) + rest) % step:
        return False
    anchors = _anchors(hours, kind, span.start)
    # Outside every window there is no grid; that the hours refuse the start is said elsewhere.
    return not anchors or any((span.start - anchor) % step == timedelta() for anchor in anchors)


def _anchors(hours: Hours, kind: Kind, start: datetime) -> list[datetime]:
    """Where the grid of starts begins: at the opening of the windows around the start, without hours at midnight."""
    if table := hours.for_start(kind):
        return [window.start for window in table.windows_at(start, hours.zone)]
    return [instant(datetime.combine(local_date(start, hours.zone), time()), hours.zone)]


def days_and_rest(span: Interval, zone: ZoneInfo) -> tuple[int, timedelta]:
    """The whole calendar days in a span, by the clock of the place, and the real time left over."""
    days = max(0, (local_date(span.end, zone) - local_date(span.start, zone)).days)
    while days and days_later(span.start, days, zone) > span.end:
        days -= 1
    return days, span.end - (days_later(span.start, days, zone) if days else span.start)


def _later(moment: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, MINUTES_PER_DAY)
    return (days_later(moment, days, zone) if days else moment) + timedelta(minutes=rest)

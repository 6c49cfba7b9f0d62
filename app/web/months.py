"""A listing's calendar as weeks of days, and as a list of what is free. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval
from app.listings.schemas import CalendarRead

WEEKS: Final = 5
_ALL_DAY: Final = timedelta(hours=23)
_MORNING: Final = "10:00"


class Look(StrEnum):
    """What a day looks like to somebody who needs one unit."""

    PAST = "past"
    CLOSED = "closed"
    TAKEN = "taken"
    PARTLY = "partly"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Free:
    """A stretch of a day in which so many units are free."""

    starts_at: datetime
    ends_at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what is open of it, and how many are free then."""

    date: date
    look: Look
    units: int
    open: tuple[Free, ...]

    def begins(self, zone: ZoneInfo) -> str:
        """The time of day at which one would begin; in the morning where any time will do."""
        return _MORNING if self._is_all_day() else f"{self.open[0].starts_at.astimezone(zone):%H:%M}"

    def ends(self, zone: ZoneInfo) -> str:
        """The time of day by which one would be done."""
        return "18:00" if self._is_all_day() else f"{self.open[-1].ends_at.astimezone(zone):%H:%M}"

    def _is_all_day(self) -> bool:
        return not self.open or self.open[-1].ends_at - self.open[0].starts_at >= _ALL_DAY


def monday(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def span(first: date, zone: ZoneInfo) -> Interval:
    """From the first moment of a day over all the weeks that are shown."""
    last = first + timedelta(weeks=WEEKS)
    return Interval(datetime.combine(first, time(0), zone), datetime.combine(last, time(0), zone))


def weeks(calendar: CalendarRead, first: date, zone: ZoneInfo, now: datetime) -> list[list[Day]]:
    """The weeks from a Monday on, day by day."""
    days = [
        _day(calendar, first + timedelta(days=ahead), zone, now.astimezone(zone).date())
        for ahead in range(WEEKS * 7)
    ]
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _day(calendar: CalendarRead, day: date, zone: ZoneInfo, today: date) -> Day:
    if day < today:
        return Day(day, Look.PAST, 0, ())
    start, end = (
        datetime.combine(day, time(0), zone),
        datetime.combine(day + timedelta(days=1), time(0), zone),
    )
    stretches = tuple(_together(_open(calendar, start, end)))
    units = [one.units for one in stretches]
    if not units:
        return Day(day, Look.CLOSED, 0, ())
    look = Look.TAKEN if not max(units) else Look.FREE if min(units) else Look.PARTLY
    return Day(day, look, max(units), stretches)


def _open(calendar: CalendarRead, start: datetime, end: datetime) -> Iterator[Free]:
    for step in calendar.steps:
        if step.open and step.starts_at < end and start < step.ends_at:
            yield Free(max(step.starts_at, start), min(step.ends_at, end), max(0, step.free_units))


def _together(stretches: Iterator[Free]) -> Iterator[Free]:
    """What follows without a gap and alike is one stretch."""
    last: Free | None = None
    for one in stretches:
        if last and last.ends_at == one.starts_at and last.units == one.units:
            last = Free(last.starts_at, one.ends_at, last.units)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def agenda(shown: Sequence[Sequence[Day]]) -> list[Day]:
    """The days on which something is open, in their order."""
    return [day for week in shown for day in week if day.open]

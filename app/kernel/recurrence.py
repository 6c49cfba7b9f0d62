"""Recurring times: kept as wall-clock times, expanded late, by calendar date, in the zone of the place. Pure.

Never by adding 86 400 s (T1). A wall-clock time that does not exist is shifted forward by the length of the
gap, and one that happens twice means the first, as RFC 5545 §3.3.5 has it (T13).
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval, interval_or_none
from app.kernel.text import message

MINUTES_PER_DAY: Final = 24 * 60

_EARLY: Final = 20 * 60
"""No clocks ever skipped four hours, but for Samoa and its like, who skipped a day and with it its windows."""
_CLOCK_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the zone's clocks show this wall time; recurring times enter here."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def entered_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time that somebody entered; a ValueError where the clocks skip it (T13)."""
    moment = instant(wall, zone)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) != wall:
        raise ValueError(
            message("The clocks skip {time} on {date}.", time=f"{wall:%H:%M}", date=f"{wall:%Y-%m-%d}")
        )
    return moment


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar date of the place at this instant."""
    return moment.astimezone(zone).date()


def days_later(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same wall-clock time so many calendar days later; a day may last 23 or 25 hours."""
    return instant(moment.astimezone(zone).replace(tzinfo=None) + timedelta(days=days), zone)


@dataclass(frozen=True, slots=True, order=True)
class DayWindow:
    """From `opens` to `closes`, in minutes after the midnight of its day; over 1440 on the next day."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < MINUTES_PER_DAY:
            raise ValueError(message("A window opens between 00:00 and 23:59."))
        if not self.opens < self.closes <= self.opens + MINUTES_PER_DAY:
            raise ValueError(message("A window closes after it opens and lasts at most 24 hours."))

    @staticmethod
    @lru_cache(maxsize=4_096)
    def of(opens: str, closes: str) -> "DayWindow":
        """From clock times: `18:00` to `02:00` ends on the next day, `24:00` is the midnight at the end."""
        first, last = _minutes(opens), _minutes(closes)
        return DayWindow(first, last if last > first else last + MINUTES_PER_DAY)

    def on(self, day: date, zone: ZoneInfo) -> Interval | None:
        """This window on that day; None when the clocks skip all of it."""
        return _on(self, day, zone)

    def clock_times(self) -> tuple[str, str]:
        """The inverse of `of`."""
        closes = self.closes if self.closes <= MINUTES_PER_DAY else self.closes - MINUTES_PER_DAY
        return _clock(self.opens), _clock(closes)


@lru_cache(maxsize=50_000)
def _on(window: DayWindow, day: date, zone: ZoneInfo) -> Interval | None:
    """Looked at once: a search judges twenty listings by the windows of the same few days."""
    midnight = datetime.combine(day, time())
    opens, closes = (midnight + timedelta(minutes=minutes) for minutes in (window.opens, window.closes))
    return interval_or_none(instant(opens, zone), instant(closes, zone))


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A window on one weekday (Monday is 0), valid from and until a date, both included."""

    weekday: int
    window: DayWindow
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError("Weekdays count from 0 (Monday) to 6 (Sunday).")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("A period of validity ends on or after the day it begins.")

    def holds_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Timetable:
    """Weekly windows, and the days that differ: an exception replaces all windows that open on its date.

    On the days of `closed_on` no weekly window opens; an exception does.
    """

    weekly: tuple[WeeklyWindow, ...] = ()
    exceptions: Mapping[date, tuple[DayWindow, ...]] = field(default_factory=lambda: MappingProxyType({}))
    closed_on: Container[date] = frozenset()
    _by_weekday: tuple[tuple[WeeklyWindow, ...], ...] = field(init=False, repr=False, compare=False)
    _days_back: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ascending = sorted(self.weekly, key=lambda weekly: weekly.window)
        object.__setattr__(
            self,
            "_by_weekday",
            tuple(tuple(weekly for weekly in ascending if weekly.weekday == day) for day in range(7)),
        )
        every = [weekly.window for weekly in self.weekly]
        every += [window for windows in self.exceptions.values() for window in windows]
        # A window may reach past midnight, and the clocks may push it further; one that closes early does neither.
        late = any(window.closes > _EARLY for window in every)
        object.__setattr__(self, "_days_back", timedelta(days=2 if late else 0))

    def windows_of(self, day: date) -> tuple[DayWindow, ...]:
        """The windows that open on this date, ascending."""
        if day in self.exceptions:
            return tuple(sorted(self.exceptions[day]))
        if day in self.closed_on:
            return ()
        return tuple(weekly.window for weekly in self._by_weekday[day.weekday()] if weekly.holds_on(day))

    def windows(self, within: Interval, zone: ZoneInfo) -> list[Interval]:
        """Every window that touches `within`, uncut, in order of opening; its ends count as touching (T7)."""
        return self._touching(within.start, within.end, zone)

    def windows_at(self, moment: datetime, zone: ZoneInfo) -> list[Interval]:
        """The windows in which the moment lies, both ends of a window included (T7)."""
        return self._touching(moment, moment, zone)

    def _touching(self, first: datetime, last: datetime, zone: ZoneInfo) -> list[Interval]:
        return [
            interval
            for day in _days(local_date(first, zone) - self._days_back, local_date(last, zone))
            for window in self.windows_of(day)
            if (interval := window.on(day, zone)) and interval.start <= last and first <= interval.end
        ]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _minutes(clock_time: str) -> int:
    if not _CLOCK_TIME.fullmatch(clock_time):
        raise ValueError(f"{clock_time!r} is not a time of day like 09:30; the latest is 24:00.")
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"

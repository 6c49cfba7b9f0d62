"""Weekly hours as people write them: "Mo,We,Fr 16:00-19:00; Sa 10:00-14:00", in local wall time."""

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final

_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

_PATIENCE: Final = 7 * 4  # days: of what opens once a week, not every week has a holiday


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of one weekday (Monday is 0)."""

    weekday: int
    opens: dt.time
    closes: dt.time


def parse_hours(text: str) -> tuple[Window, ...]:
    """The windows of a week in order."""
    windows = [
        Window(weekday, *_times(hours))
        for part in text.split(";")
        for days, hours in [part.split()]
        for weekday in _weekdays(days)
    ]
    return tuple(sorted(windows, key=lambda window: (window.weekday, window.opens)))


def first_open(
    windows: Iterable[Window], day: dt.date, closed_on: Container[dt.date] = frozenset()
) -> tuple[dt.date, Window]:
    """The first window on or after the day, but on no holiday. Windows must not be empty: there would be none."""
    by_weekday = {window.weekday: window for window in reversed(list(windows))}
    return next(
        (date, by_weekday[date.weekday()])
        for date in (day + dt.timedelta(days=ahead) for ahead in range(_PATIENCE))
        if date.weekday() in by_weekday and date not in closed_on
    )


def _weekdays(text: str) -> Iterable[int]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _times(text: str) -> tuple[dt.time, dt.time]:
    opens, closes = (dt.time.fromisoformat(clock) for clock in text.split("-"))
    return opens, closes

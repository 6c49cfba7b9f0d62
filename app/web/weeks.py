"""The hours of a week: in words, and as the squares that somebody paints. Pure."""

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any, Final, Literal

from babel.dates import get_day_names

from app.kernel.said import date_in_words, locale
from app.listings.schemas import HoursBody, Timetable, Weekday, WeeklyWindow

DAYS: Final = tuple(Weekday)
HOURS: Final = tuple(range(6, 24))
"""The hours that can be painted; who is open at night says it in words."""


def names(language: str, width: Literal["abbreviated", "wide"] = "abbreviated") -> list[str]:
    """The days of the week, Monday first."""
    said = get_day_names(width, locale=locale(language))
    return [said[day] for day in range(7)]


def in_words(table: Timetable, *, language: str) -> list[str]:
    """One line for days that are alike, with their times; then the days that differ."""
    said = names(language)
    by_day = [(day, _spans(table.weekly, day)) for day in DAYS]
    lines = []
    for spans, run in groupby(by_day, key=lambda one: one[1]):
        days = [DAYS.index(day) for day, _ in run]
        first, last = said[days[0]], said[days[-1]]
        if spans:
            lines.append(f"{first if first == last else f'{first} – {last}'}: {', '.join(spans)}")  # noqa: RUF001 - an en dash stands between two days
    for day in table.exceptions:
        spans = [f"{window.opens} – {window.closes}" for window in day.windows]  # noqa: RUF001 - and between two times
        lines.append(f"{date_in_words(day.date, language=language)}: {', '.join(spans) or '–'}")  # noqa: RUF001 - or for nothing
    return lines


def _spans(weekly: Collection[WeeklyWindow], day: Weekday) -> list[str]:
    windows = sorted({(one.opens, one.closes) for one in weekly if one.weekday is day})
    return [f"{opens} – {closes}" for opens, closes in windows]  # noqa: RUF001 - an en dash stands between two times


def squares(table: Timetable | None) -> set[str]:
    """The painted squares, like `monday-17`: the hours that are open the whole time."""
    painted = set()
    for window in table.weekly if table else []:
        opens, closes = _minutes(window.opens), _minutes(window.closes)
        closes += 24 * 60 if closes <= opens else 0
        painted |= {
            f"{window.weekday.value}-{hour}"
            for hour in HOURS
            if opens <= hour * 60 and (hour + 1) * 60 <= closes
        }
    return painted


def painted(given: Collection[str]) -> list[dict[str, Any]]:
    """The windows that these squares are, neighbours together."""
    return [
        {"weekday": day.value, "opens": f"{first:02}:00", "closes": f"{last + 1:02}:00"}
        for day in DAYS
        for first, last in _runs([hour for hour in HOURS if f"{day.value}-{hour}" in given])
    ]


def _runs(hours: list[int]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(hours), key=lambda one: one[1] - one[0]):
        together = [hour for _, hour in run]
        yield together[0], together[-1]


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def tables(hours: HoursBody) -> list[tuple[str, Timetable]]:
    """The timetables that there are, by the field they stand in."""
    named = (("pick_up", hours.pick_up), ("returns", hours.returns), ("opening", hours.opening))
    return [(name, table) for name, table in named if table is not None]

"""The hours of a week: in words, and as the squares that somebody paints. Pure."""

import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any, Final, Literal

from babel.dates import get_day_names

from app.kernel.said import date_in_words, locale
from app.listings.schemas import HoursBody, Timetable, Weekday, WeeklyWindow

DAYS: Final = tuple(Weekday)
HOURS: Final = tuple(range(6, 24))
"""The hours that can be painted; nights and half hours are written as lines."""
_LINE: Final = re.compile(
    r"(?P<first>[^\W\d]+)\.?(?:\s*[-–]\s*(?P<last>[^\W\d]+)\.?)?:?\s*"
    r"(?P<opens>\d{1,2}(?:[:.]\d\d)?)\s*[-–]\s*(?P<closes>\d{1,2}(?:[:.]\d\d)?)"
)


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
            lines.append(f"{first if first == last else f'{first} – {last}'}: {', '.join(spans)}")
    for day in table.exceptions:
        spans = [f"{window.opens} – {window.closes}" for window in day.windows]
        lines.append(f"{date_in_words(day.date, language=language)}: {', '.join(spans) or '–'}")
    return lines


def _spans(weekly: Collection[WeeklyWindow], day: Weekday) -> list[str]:
    windows = sorted({(one.opens, one.closes) for one in weekly if one.weekday is day})
    return [f"{opens} – {closes}" for opens, closes in windows]


def squares(table: Timetable | None) -> set[str]:
    """The painted squares, like `monday-17`, of those windows that can be painted."""
    return {
        f"{window.weekday.value}-{hour}"
        for window in (table.weekly if table else [])
        if _can_be_painted(window)
        for hour in range(_minutes(window.opens) // 60, _minutes(window.closes) // 60)
    }


def _can_be_painted(window: WeeklyWindow) -> bool:
    opens, closes = _minutes(window.opens), _minutes(window.closes)
    return not (
        _is_seasonal(window) or opens % 60 or closes % 60 or not HOURS[0] * 60 <= opens < closes <= 24 * 60
    )


def _is_seasonal(window: WeeklyWindow) -> bool:
    return bool(window.valid_from or window.valid_until)


def lines(table: Timetable | None, *, language: str) -> str:
    """Those windows that cannot be painted, a line each."""
    said = names(language, "wide")
    return "\n".join(
        f"{said[DAYS.index(one.weekday)]} {one.opens} – {one.closes}"
        for one in (table.weekly if table else [])
        if not (_can_be_painted(one) or _is_seasonal(one))
    )


def written(text: str) -> Iterator[dict[str, Any]]:
    """The windows that these lines are; raises ValueError with the first line that is none."""
    for line in filter(None, (line.strip() for line in re.split(r"[\n;]", text))):
        found = _LINE.fullmatch(line)
        first = _weekday(found["first"]) if found else None
        last = _weekday(found["last"]) if found and found["last"] else first
        if found is None or first is None or last is None:
            raise ValueError(line)
        days = [*DAYS, *DAYS][first : (last if last >= first else last + 7) + 1]
        opens, closes = (_clock(found[name]) for name in ("opens", "closes"))
        yield from ({"weekday": day.value, "opens": opens, "closes": closes} for day in days)


def _weekday(said: str) -> int | None:
    """The day whose name begins so, in any language of these pages."""
    meant = {
        day
        for language in ("de", "en")
        for day, name in enumerate(names(language, "wide"))
        if name.casefold().startswith(said.casefold())
    }
    return meant.pop() if len(meant) == 1 else None


def _clock(said: str) -> str:
    hours, _, minutes = said.replace(".", ":").partition(":")
    return f"{int(hours):02}:{minutes or '00'}"


def seasonal(table: Timetable | None) -> list[dict[str, Any]]:
    """The windows that hold for a part of the year only: nobody can change them in the form."""
    return [one.model_dump(mode="json") for one in (table.weekly if table else []) if _is_seasonal(one)]


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

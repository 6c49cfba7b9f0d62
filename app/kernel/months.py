"""Months of a region, and counting by them in one query on any database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, literal

_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month by the clock of a place: `[start, end)`."""

    name: str
    start: datetime
    end: datetime


def last_months(now: datetime, count: int, zone: ZoneInfo) -> list[Month]:
    """The present month and those before it, the oldest first."""
    here = now.astimezone(zone)
    this = here.year * _MONTHS + here.month - 1
    begins = [
        datetime(number // _MONTHS, number % _MONTHS + 1, 1, tzinfo=zone)
        for number in range(this - count + 1, this + 2)
    ]
    return [
        Month(f"{start.year:04}-{start.month:02}", start.astimezone(UTC), end.astimezone(UTC))
        for start, end in pairwise(begins)
    ]


def place_of(moment: Any, months: Sequence[Month]) -> ColumnElement[int]:
    """Which of these months a column lies in, by its place in the list; for moments not before the first."""
    later = [(moment < month.end, literal(place)) for place, month in enumerate(months[:-1])]
    return case(*later, else_=literal(len(months) - 1)) if later else literal(0)

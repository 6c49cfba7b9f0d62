"""Times, money and numbers, as a reader of a language writes them."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from app.kernel.languages import base
from app.kernel.money import Money

_LOCALES: Final = {"en": "en_GB"}  # the day before the month, as everybody around us writes it


class Amount(Protocol):
    """An amount in minor units."""

    @property
    def amount_minor(self) -> int: ...

    @property
    def currency(self) -> str: ...


def locale(language: str) -> str:
    """The locale by which Babel writes dates and numbers."""
    return _LOCALES.get(language, base(language))


def day(at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """A day with its weekday, in short."""
    return date_in_words(at.astimezone(zone).date(), language=language)


@lru_cache(maxsize=4_096)  # a calendar says a hundred dates, the same ones all day
def date_in_words(of: date, *, language: str) -> str:
    """A date with its weekday, in short."""
    return format_skeleton("yMMMEd", of, locale=locale(language))


def clock(at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """A time of day."""
    return _clock(at.astimezone(zone).time().replace(second=0, microsecond=0), language)


@lru_cache(maxsize=4_096)
def _clock(of: time, language: str) -> str:
    return format_skeleton("Hm", of, locale=locale(language))


def moment(at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """A day and a time."""
    return f"{day(at, language=language, zone=zone)}, {clock(at, language=language, zone=zone)}"


def span(starts_at: datetime, ends_at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """From when to when; the day once if it is one day."""
    until = clock(ends_at, language=language, zone=zone)
    if starts_at.astimezone(zone).date() != ends_at.astimezone(zone).date():
        until = moment(ends_at, language=language, zone=zone)
    return f"{moment(starts_at, language=language, zone=zone)} – {until}"


def money(amount: Amount, *, language: str) -> str:
    """An amount of money."""
    held = Money(amount.amount_minor, amount.currency)
    return format_currency(held.amount, held.currency, locale=locale(language))


def number(value: float, *, language: str) -> str:
    """A number with at most one decimal."""
    return format_decimal(round(value, 1), locale=locale(language))


def length(minutes: int, *, language: str) -> str:
    """A length of time in the largest unit that says it exactly."""
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes % size == 0:
            return format_unit(minutes // size, f"duration-{unit}", locale=locale(language))
    return format_unit(minutes, "duration-minute", locale=locale(language))

"""Times, money, numbers and people's own words, as a reader of a language writes them."""

from datetime import date, datetime
from functools import cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import nh3
from babel.dates import format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from markdown_it import MarkdownIt

from app.kernel.languages import base
from app.kernel.money import Money

_LOCALES: Final = {"en": "en_GB"}  # the day before the month, as everybody around us writes it
_ALLOWED: Final = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "code", "h3", "h4"}


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
    return format_skeleton("yMMMEd", at.astimezone(zone), locale=locale(language))


def date_in_words(of: date, *, language: str) -> str:
    """A date with its weekday, in short."""
    return format_skeleton("yMMMEd", of, locale=locale(language))


def clock(at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """A time of day."""
    return format_time(at.astimezone(zone), "short", locale=locale(language))


def moment(at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """A day and a time."""
    return f"{day(at, language=language, zone=zone)}, {clock(at, language=language, zone=zone)}"


def span(starts_at: datetime, ends_at: datetime, *, language: str, zone: ZoneInfo) -> str:
    """From when to when; the day once if it is one day."""
    until = clock(ends_at, language=language, zone=zone)
    if starts_at.astimezone(zone).date() != ends_at.astimezone(zone).date():
        until = moment(ends_at, language=language, zone=zone)
    return f"{moment(starts_at, language=language, zone=zone)} – {until}"  # noqa: RUF001 - an en dash stands between two times


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


def markdown(text: str) -> str:
    """People's own words as safe HTML: no pictures, no headings above the page's, links that vouch for nothing."""
    html = _markdown().render(text).replace("<h1>", "<h3>").replace("</h1>", "</h3>")
    html = html.replace("<h2>", "<h3>").replace("</h2>", "</h3>")
    return nh3.clean(
        html,
        tags=_ALLOWED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="nofollow noopener noreferrer ugc",
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")

"""Passages that say how somebody can be reached or where they live, found in free text by their form. Pure.

Names of people have no form; nothing finds those. What looks like a date, a time or a measure is let be: who reads a
text full of gaps learns less than who reads one number too many.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GAP: Final = "[…]"
"""What stands in the place of a passage that is withheld."""


class Personal(StrEnum):
    """What a passage is."""

    EMAIL = "email"
    IBAN = "iban"
    PHONE = "phone"
    ADDRESS = "address"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class Passage:
    """Where in a text it stands: `[start, end)`."""

    kind: Personal
    start: int
    end: int


_MAY_HAVE_ANY: Final = re.compile(r"[\d@(\[{]")
"""What every form has at least one of."""
_EMAIL: Final = re.compile(
    r"[\w.%+-]{1,64}(?:@|\s?[(\[{]\s?(?:at|ät)\s?[)\]}]\s?)(?:[\w-]{1,63}(?:\.|\s?[(\[{]\s?(?:dot|punkt)\s?[)\]}]\s?)){1,8}[^\W\d_]{2,24}",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_IBAN_LENGTHS: Final = {"DE": 22, "AT": 20, "CH": 21}
_SEPARATOR: Final = r"(?:[ ]?[-/.\u2013()][ ]?|[ ])"
_PHONE: Final = re.compile(
    rf"(?<![\w.,:+-])\(?(?:\+|0)\d*(?:{_SEPARATOR}{{1,2}}\(?\d+){{0,8}}(?![\w:]|[.,]\d)", re.ASCII
)
_CALLED: Final = re.compile(
    rf"\b(?:tel|telefon|fon|handy|mobil|mobile|phone|call|whatsapp|signal|sms|ruf)[a-z]*[.:]*\s{{0,3}}(\+?\(?\d(?:{_SEPARATOR}{{0,2}}\d){{4,14}})",
    re.IGNORECASE,
)
_SHORTEST_AREA: Final = 3
_DIGITS_OF_A_NUMBER: Final = range(7, 16)
_NO_NUMBER: Final = re.compile(
    r"\d{1,2}\.\d{1,2}\.(?:\d{2,4})?|\d{4}-\d\d-\d\d|\d{1,2}[.:]\d\d ?[-\u2013] ?\d{1,2}[.:]\d\d"
    r"|\d{1,2}/\d{1,2}/\d{2,4}"
)
_STREET: Final = r"(?i:straße|strasse|str\.?|gasse|allee|chaussee|promenade)"
_PLACE: Final = r"(?i:weg|platz|ring|ufer|damm|steig|stieg|hof|markt|pfad|zeile)"
_UNITS: Final = (
    "mm|cm|m|km|kg|g|l|w|kw|v|uhr|euro|eur|cent|stück|personen|leute|plätze|tage|stunden|minuten|mal|jahre|liter|meter"
    "|zoll|min|std"
)
_AFTER: Final = rf"(?!\d|[.,]\d| ?(?:[x\u00d7%€°]|(?:{_UNITS})\b))"
_CAPITAL: Final = r"\b[A-ZÄÖÜ][\wäöüß]*?"
_ADDRESS: Final = re.compile(
    rf"(?:{_CAPITAL}[.]?[- ]){{0,3}}(?:{_CAPITAL}(?:{_STREET}|{_PLACE})|\b{_STREET}"
    rf"|(?<=[a-z]-){_PLACE}|(?<=e |r |n ){_PLACE})"
    rf"\s{{1,2}}\d{{1,4}}(?: ?[a-hA-H])?(?:[-\u2013/]\d{{1,4}}[a-h]?)?\b{_AFTER}"
    r"|\b\d{1,4}[a-h]? (?:[A-Z][a-z]+ ){1,3}(?:Street|Road|Avenue|Lane|Square|St\.|Rd\.|Ave\.)(?!\w)",
)
_POINT: Final = re.compile(r"(?<![\d.])-?\d{1,2}[.]\d{3,10}\s{0,2}[,;/ ]\s{0,2}-?\d{1,3}[.]\d{3,10}(?![\d.])")


def personal(text: str, *, address: str | None = None) -> list[Passage]:
    """The passages of a text, in its order, none within another; `address` is one that has no form of its own."""
    found: list[Passage] = []
    for passage in sorted(_found(text, address), key=lambda one: (one.start, -one.end)):
        if not found or passage.start >= found[-1].end:
            found.append(passage)
    return found


def withheld(text: str, *, address: str | None = None) -> str:
    """The text with a gap for each such passage."""
    for passage in reversed(personal(text, address=address)):
        text = text[: passage.start] + GAP + text[passage.end :]
    return text


def _found(text: str, address: str | None) -> Iterator[Passage]:
    if _MAY_HAVE_ANY.search(text):
        for kind, form, group, is_one in _FORMS:
            for match in form.finditer(text):
                if is_one is None or is_one(match[0]):
                    yield Passage(kind, *match.span(group))
    if address:
        words = r"\s+".join(re.escape(word) for word in address.split())
        for match in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE):
            yield Passage(Personal.ADDRESS, *match.span())


def _is_called(text: str) -> bool:
    """Whether digits are a telephone number: with its country or its area in front, and no date among them."""
    digits = re.sub(r"\D", "", text)
    first = re.match(r"\(?(\+?\d*)", text)
    area = first[1] if first else ""
    with_area = area.startswith("+") or (len(area) >= _SHORTEST_AREA and re.match(r"0{1,2}[1-9]", area))
    return bool(with_area) and len(digits) in _DIGITS_OF_A_NUMBER and _NO_NUMBER.search(text) is None


def _is_iban(text: str) -> bool:
    """By its check digits, or by the length of those of our countries, for somebody may have mistyped theirs."""
    text = text.replace(" ", "")
    if len(text) == _IBAN_LENGTHS.get(text[:2]):
        return True
    turned = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


_FORMS: Final[tuple[tuple[Personal, re.Pattern[str], int, Callable[[str], bool] | None], ...]] = (
    (Personal.EMAIL, _EMAIL, 0, None),
    (Personal.IBAN, _IBAN, 0, _is_iban),
    (Personal.PHONE, _CALLED, 1, None),
    (Personal.PHONE, _PHONE, 0, _is_called),
    (Personal.ADDRESS, _ADDRESS, 0, None),
    (Personal.POINT, _POINT, 0, None),
)

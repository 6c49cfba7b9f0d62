"""The passage of a description in which the words stand, as plain text in parts: nobody's HTML, nothing to escape."""

import re
from collections.abc import Sequence
from typing import Final

from app.listings.schemas.views import SnippetPart
from app.listings.search_words import Sought, matches, words

_LENGTH: Final = 160
_BEFORE: Final = 40
_WORD: Final = re.compile(r"[^\W_]+")


def snippet(description: str, sought: Sequence[Sought]) -> list[SnippetPart]:
    """About 160 letters around the first word that was sought, the sought ones marked; the beginning without any."""
    plain = " ".join(description.split())
    hits = [one.span() for one in _WORD.finditer(plain) if _is_sought(one.group(), sought)]
    start = _start(plain, hits[0][0]) if hits else 0
    end = _end(plain, start)
    parts = [SnippetPart(text="…", found=False)] if start else []
    at = start
    for first, beyond in hits:
        if first >= at and beyond <= end:
            parts += [
                SnippetPart(text=plain[at:first], found=False),
                SnippetPart(text=plain[first:beyond], found=True),
            ]
            at = beyond
    parts += [SnippetPart(text=plain[at:end], found=False)]
    if end < len(plain):
        parts.append(SnippetPart(text="…", found=False))
    return [part for part in parts if part.text]


def _is_sought(word: str, sought: Sequence[Sought]) -> bool:
    return any(matches(one, form) for form in words(word) for one in sought)


def _start(plain: str, hit: int) -> int:
    """The beginning of a word some way before the hit."""
    if hit <= _BEFORE:
        return 0
    return plain.rfind(" ", 0, hit - _BEFORE) + 1


def _end(plain: str, start: int) -> int:
    if len(plain) <= start + _LENGTH:
        return len(plain)
    end = plain.rfind(" ", start, start + _LENGTH)
    return end if end > start else start + _LENGTH

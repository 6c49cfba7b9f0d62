"""The passage of a description in which the words stand, as plain text in parts: nobody's HTML, nothing to escape."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

from app.listings.schemas.views import SnippetPart
from app.listings.search_words import Sought, words

_LENGTH: Final = 160
_BEFORE: Final = 40
_WORD: Final = re.compile(r"[^\W_]+")


def snippet(description: str, sought: Sequence[Sought]) -> list[SnippetPart]:
    """About 160 letters around the first word that was sought, the sought ones marked; the beginning without any."""
    plain = " ".join(description.split())
    hits = _hits(plain, sought)
    first = next(hits, None)
    start = _start(plain, first[0]) if first else 0
    end = _end(plain, start)
    parts = [_part("…")] if start else []
    at = start
    for begins, beyond in chain([first] if first else [], hits):
        if beyond > end:
            break
        parts += [_part(plain[at:begins]), _part(plain[begins:beyond], found=True)]
        at = beyond
    parts += [_part(plain[at:end])]
    if end < len(plain):
        parts.append(_part("…"))
    return [part for part in parts if part.text]


def _part(text: str, *, found: bool = False) -> SnippetPart:
    return SnippetPart.of_checked({"text": text, "found": found})


def _hits(plain: str, sought: Sequence[Sought]) -> Iterator[tuple[int, int]]:
    """Where the words that are sought stand, looked for as far as somebody reads on."""
    exactly = frozenset(form for one in sought for form in one.exactly)
    beginnings = tuple(one.beginning for one in sought if one.beginning is not None)
    for word in _WORD.finditer(plain):
        if any(form in exactly or form.startswith(beginnings) for form in _folded(word.group())):
            yield word.span()


_folded: Final = lru_cache(maxsize=50_000)(words)


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

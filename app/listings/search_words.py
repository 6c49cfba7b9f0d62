"""The words by which a listing is found. One analyser feeds both databases, so that both find the same.

A word is folded: case, accents and umlauts do not matter. It is kept as it is, so that its beginnings find it, and as
its stem, so that its other forms do; words of titles, tags and categories also without their first parts, so that
"Regal" finds a "Bücherregal". Words of the title are kept a second time with a mark.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import Stemmer  # type: ignore[import-not-found] # it ships no types

from app.listings import categories

VERSION: Final = 1
"""Goes up when listings must be analysed anew."""
MARK: Final = "."
"""Before a word of the title."""
MAX_WORDS: Final = 10
_MOST_OF_A_TEXT: Final = 400
_LONGEST: Final = 40
_SHORTEST_BEGINNING: Final = 3
_SHORTEST_COMPOUND: Final = 7
_SHORTEST_HEAD: Final = 3
_SHORTEST_TAIL: Final = 4
_SHORTEST_STEM: Final = 3
# How Germans write umlauts without their dots; folded on both sides, so that Bücher, Buecher and bucher meet.
_DIGRAPHS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_WORD: Final = re.compile(r"[^\W_]+")
_VOWEL: Final = re.compile(r"[aeiouy]")
_ONSET: Final = re.compile(
    r"(?:[bcdfghjklmnpqrstvwxz]|[bcfgkp]l|[bcdfgkptv]r|gn|kn|pf|pfl|pfr|ph|qu|sch|schl|schm|schn|schr|schw|sk|sl|sm|sn|sp"
    r"|spl|spr|st|str|th|tsch|wr|zw)?[aeiouy]"
)
"""How a German word can begin; what cannot be one is no part of a compound."""
_PASSED_OVER: Final = frozenset(
    "am an and auf aus bei das dem den der des die ein eine einem einen einer eines er es for fur ich im in ist mein "  # noqa: SIM905 - a list of fifty strings is read by nobody
    "mit my oder of on or sie so the to und vom von vor wir with zu zum zur".split()
)
"""Little words: they need not occur where a query has others."""
READ: Final = ("title", "description", "tags", "category", "details", "district", "locality")
"""The columns of a listing whose words are indexed."""
_TOPICS: Final = ("topics", "tasks", "furnishings", "level")

_german: Final = Stemmer.Stemmer("german")
_one_at_a_time: Final = Lock()


def folded(text: str) -> str:
    """Lower case, without accents, umlauts as their plain letters, ß as ss."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        for mark in filter(unicodedata.combining, set(plain)):
            plain = plain.replace(mark, "")
    for written, meant in _DIGRAPHS:
        plain = plain.replace(written, meant)
    return plain


def words(text: str) -> list[str]:
    """The words of a text, folded, each as often as it occurs."""
    return [word[:_LONGEST] for word in _WORD.findall(folded(text))]


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a query: what must be there as it is, or how a word must begin."""

    exactly: tuple[str, ...]
    beginning: str | None


def sought(query: str) -> tuple[Sought, ...] | None:
    """The different words of a query that must all occur, at most ten; None where it asks for no word at all.

    An empty tuple is a query of nothing but signs, which nothing matches.
    """
    if not query.strip():
        return None
    found = dict.fromkeys(words(query))
    telling = [word for word in found if word not in _PASSED_OVER] or list(found)
    return tuple(_sought(word) for word in telling[:MAX_WORDS])


def _sought(word: str) -> Sought:
    begins = len(word) >= _SHORTEST_BEGINNING and not word.isdigit()
    return Sought(_forms(word), word if begins else None)


def indexed(row: Mapping[str, Any]) -> str:
    """What is stored of a listing's columns for searching: its words once each, in order, blanks around them."""
    details = row["details"] or {}
    told = [*row["tags"], *_labels(row["category"]), *(_plain(details.get(name)) for name in _TOPICS)]
    of_title = _all_forms(words(row["title"]), parts=True)
    found = of_title | _all_forms(words(" ".join(told)), parts=True)
    where = (row["district"], row["locality"])
    found |= _all_forms(words(row["description"])[:_MOST_OF_A_TEXT], parts=False)
    found |= _all_forms(words(" ".join(part for part in where if part)), parts=False)
    found.update(MARK + word for word in of_title)
    return f" {' '.join(sorted(found))} "


def matches(word: Sought, other: str) -> bool:
    """Whether a word as it is indexed is one that is sought."""
    return other in word.exactly or (word.beginning is not None and other.startswith(word.beginning))


def spelled(row: Mapping[str, Any]) -> set[str]:
    """The words of title, tags and category as people write them, for suggestions."""
    text = " ".join([row["title"], *row["tags"], *_labels(row["category"])])
    return {word for word in _WORD.findall(text.lower()) if word.isalpha()}


def _plain(said: object) -> str:
    return " ".join(map(str, said)) if isinstance(said, list) else str(said or "")


def _labels(category: str | None) -> tuple[str, ...]:
    return _labels_of(category) if category else ()


@lru_cache(maxsize=1_000)
def _labels_of(category: str) -> tuple[str, ...]:
    """The labels of a category and all above it, in all languages."""
    labels: list[str] = []
    node = categories.get(category)
    while node:
        labels += node.labels.values()
        node = categories.get(node.parent or "")
    return tuple(labels)


def _all_forms(found: Iterable[str], *, parts: bool) -> set[str]:
    forms: set[str] = set()
    for word in found:
        forms.update(_compound(word) if parts else _forms(word))
    return forms


@lru_cache(maxsize=100_000)
def _forms(word: str) -> tuple[str, ...]:
    """A word and its stem."""
    with _one_at_a_time:  # the stemmer keeps its place in itself
        stem = _german.stemWord(word)
    return (word,) if stem == word else (word, stem)


@lru_cache(maxsize=100_000)
def _compound(word: str) -> tuple[str, ...]:
    """A word, its stem, and both without what may be the first parts of a compound."""
    forms = _forms(word)
    if len(word) < _SHORTEST_COMPOUND or not word.isalpha():
        return forms
    stem = forms[-1]
    tails = [
        tail
        for start in range(_SHORTEST_HEAD, len(word) - _SHORTEST_STEM + 1)
        if _VOWEL.search(word, 0, start) and _ONSET.match(word, start)
        for tail, shortest in ((word[start:], _SHORTEST_TAIL), (stem[start:], _SHORTEST_STEM))
        if len(tail) >= shortest
    ]
    return tuple(dict.fromkeys((*forms, *tails)))

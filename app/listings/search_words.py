"""The words by which a listing is found: folded, so that case, umlauts and accents do not matter."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from app.listings import categories

# How Germans write umlauts without their dots; folded on both sides, so that Bücher, Buecher and bucher meet.
_DIGRAPHS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
MAX_WORDS: Final = 10


def folded(text: str) -> str:
    """Lower case, without accents, umlauts as their plain letters, ß as ss, white space as one space."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for written, meant in _DIGRAPHS:
        plain = plain.replace(written, meant)
    return " ".join(plain.split())


def words(query: str) -> list[str]:
    """The different words of a query, folded; more than ten are passed over."""
    return list(dict.fromkeys(folded(query).split()))[:MAX_WORDS]


def columns(title: str, description: str, tags: Sequence[str], category: str | None) -> dict[str, str]:
    """What is stored of a listing for searching: its title, and everything with the category in all languages."""
    labels: list[str] = []
    node = categories.get(category or "")
    while node:
        labels += node.labels.values()
        node = categories.get(node.parent or "")
    return {
        "search_title": folded(title),
        "search_text": folded(" ".join([title, *tags, *labels, description])),
    }

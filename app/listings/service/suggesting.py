"""Did you mean …? Where nothing is found, the nearest word that would find something."""

from dataclasses import replace
from typing import Final

from app.kernel.unit_of_work import Reading
from app.listings import finding, search_words
from app.listings.finding import Search
from app.listings.indexing import misspelled
from app.listings.schemas.views import ListingQuery
from app.listings.text_match import Match
from app.listings.walking import Leg, Walk

_LOOKED_AT: Final = 8
_ENOUGH: Final = 50
_SHORTEST: Final = 4


def suggest(reading: Reading, asked: Search) -> str | None:
    """The query with words that nobody uses exchanged for ones that differ in a letter; None without a better one.

    A suggestion finds something that the asker may see, whatever else was asked for. Where the words are good as they
    are, something else keeps the search from finding, and other words would not help.
    """
    if not asked.words:
        return None
    anything = replace(asked, query=ListingQuery(), span=None, near=None)
    meant = [word.exactly[0] for word in asked.words]
    said = []
    for word in meant:
        better = word if _count(reading, anything, word) else _better(reading, anything, word)
        if better is None:
            return None
        said.append(better)
    return " ".join(said) if said != meant and _count(reading, anything, " ".join(said)) else None


def _better(reading: Reading, asked: Search, word: str) -> str | None:
    if len(word) < _SHORTEST:
        return None
    known = finding.spellings(reading.session, misspelled(word))
    close = sorted(known, key=lambda one: (abs(len(search_words.folded(one)) - len(word)), one))[:_LOOKED_AT]
    counts = {one: _count(reading, asked, one) for one in close}
    best = max(close, key=lambda one: counts[one], default=None)
    return best if best is not None and counts[best] else None


def _count(reading: Reading, asked: Search, words: str) -> int:
    sought = search_words.sought(words)
    if not sought:
        return 0
    terms = finding.spelled_out(reading.session, sought)
    walk = Walk(reading.session, asked, Leg(Match(sought, terms=terms)), want=1)
    return sum(number for _, _, number in walk.counted(_ENOUGH))

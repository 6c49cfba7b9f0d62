"""How many of each kind and category were found; looked at up to a number, so that it costs no more."""

from collections import Counter
from typing import Final

from app.kernel.unit_of_work import Reading
from app.listings.finding import Search
from app.listings.schemas.views import FacetCount, Facets
from app.listings.walking import Leg, Walk

MOST: Final = 1_000


def count(reading: Reading, asked: Search) -> Facets:
    """What there is of each kind and category among the first thousand; hours are not looked at here."""
    kinds: Counter[str] = Counter()
    slugs: Counter[str] = Counter()
    if asked.words != ():
        walk = Walk(reading.session, asked, Leg(asked.match), want=1)
        for kind, category, number in walk.counted(MOST):
            kinds[kind] += number
            if category is not None:
                slugs[category] += number
    return Facets(kinds=_most_first(kinds), categories=_most_first(slugs), capped=kinds.total() >= MOST)


def _most_first(counts: Counter[str]) -> list[FacetCount]:
    return [
        FacetCount(value=value, count=number)
        for value, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]

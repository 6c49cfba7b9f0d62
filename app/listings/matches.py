"""Where wants and offers that may fit each other are looked for: some candidates, to be weighed by the rules."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col

from app.listings import categories, repository, search_words
from app.listings.finding import Only, Search
from app.listings.rules.matching import is_telling
from app.listings.search_words import MARK, Sought
from app.listings.tables import Listing
from app.listings.text_match import ENTRY, Match
from app.listings.walking import Leg, Walk

LOOKED_AT: Final = 200
"""So many candidates are weighed at most, the nearest of the fitting category first."""
_SHORTEST_BEGINNING: Final = 3


def sought_words(title: str) -> tuple[Sought, ...]:
    """The words of a title that say what it is about."""
    return tuple(word for word in search_words.sought(title) or () if is_telling(word.exactly[0]))


def title_forms(row: Listing) -> frozenset[str]:
    """The words of a title as the index has them: with their stems, and without the first parts of compounds."""
    columns: Mapping[str, Any] = dict.fromkeys(search_words.READ) | {
        "title": row.title,
        "tags": (),
        "description": "",
    }
    there = search_words.indexed(columns).split()
    return frozenset(word.removeprefix(MARK) for word in there if word.startswith(MARK))


def shared_words(want: Listing, offer: Listing) -> list[str]:
    """Those words of the title of a want that a search would find in that of the offer."""
    forms = title_forms(offer)
    return [
        word.exactly[0]
        for word in sought_words(want.title)
        if any(search_words.matches(word, form) for form in forms)
    ]


def offers_for(session: Session, search: Search, want: Listing) -> Sequence[Listing]:
    """What may answer the want: in its category or below, or with a word of its title."""
    words = sought_words(want.title)
    return _candidates(session, search, want, categories.with_descendants(want.category or ""), words)


def wants_for(session: Session, search: Search, offer: Listing) -> Sequence[Listing]:
    """The wants here that are still to come and that the offer may answer: in its category or above, or with a word in
    their titles that would find it.
    """
    forms = {form for form in title_forms(offer) if is_telling(form)}
    found_by = forms | {form[:end] for form in forms for end in range(_SHORTEST_BEGINNING, len(form))}
    words = (Sought(tuple(sorted(found_by)), None),) if found_by else ()
    to_come = exists().where(col(Listing.id) == ENTRY.listing_id, col(Listing.wanted_starts_at) >= search.now)
    return _candidates(
        session,
        search,
        offer,
        categories.with_ancestors(offer.category or ""),
        words,
        ENTRY.origin_id.is_(None),
        to_come,
    )


def _candidates(
    session: Session,
    search: Search,
    to: Listing,
    beside: Collection[str],
    words: tuple[Sought, ...],
    *only: ColumnElement[bool],
) -> Sequence[Listing]:
    possible = (*only, ENTRY.listing_id != to.id)
    in_title = Match(words, where="title", any_of=True) if words else None
    parts: list[tuple[Match | None, tuple[ColumnElement[bool], ...]]] = []
    if beside:
        parts.append((None, (*possible, ENTRY.category.in_(sorted(beside)))))
    if in_title:
        parts.append((in_title, possible))
    hits = (one for match, conditions in parts for one in _walked(session, search, match, conditions))
    ids = list(islice(dict.fromkeys(hits), LOOKED_AT))
    rows = {row.id: row for row in repository.by_ids(session, ids)}
    return [rows[one] for one in ids if one in rows]


def _walked(
    session: Session, search: Search, match: Match | None, beside: tuple[ColumnElement[bool], ...]
) -> Iterator[UUID]:
    """Near the place that is searched, and after that what has no place."""
    legs = [(search, Leg(match, near=search.near, beside=beside))]
    if search.near is not None:
        anywhere = search.query.model_copy(update={"near": None, "radius_km": None})
        legs.append((replace(search, query=anywhere, near=None), Leg(match, (Only.NOWHERE,), beside=beside)))
    for asked, leg in legs:
        for hit in islice(Walk(session, asked, leg, want=LOOKED_AT).hits(), LOOKED_AT):
            yield hit.listing_id

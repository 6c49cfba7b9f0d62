"""Whether known listings fit a search, by the conditions of the search itself: for those who are told of news."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import select

from app.kernel.unit_of_work import Reading
from app.listings import finding, repository, search_words, sources
from app.listings.finding import Search
from app.listings.schemas.views import ListingQuery, Sort
from app.listings.service import searching
from app.listings.text_match import ENTRY


def among(reading: Reading, query: ListingQuery, listing_ids: Collection[UUID]) -> list[UUID]:
    """Those of these listings that the actor's search would find now. Five queries at most, however many they are."""
    asked = searching.read(reading, query)
    entries = reading.session.execute(
        select(ENTRY.listing_id, ENTRY.words)
        .select_from(sources.listed("search_entry"))
        .where(ENTRY.listing_id.in_(listing_ids), *finding.visible(asked), *finding.conditions(asked)),
        asked.values,
    )
    ids = [listing_id for listing_id, words in entries if _has_words(asked, words)]
    rows = repository.by_ids(reading.session, ids)
    near_enough = [row for row in rows if _is_near(asked, searching.distance(asked, row))]
    return [row.id for row in searching.that_can_be_had(reading, asked, near_enough)]


def _has_words(asked: Search, words: str) -> bool:
    if asked.words is None:
        return True
    there = words.split()
    return bool(asked.words) and all(
        any(search_words.matches(word, one) for one in there) for word in asked.words
    )


def _is_near(asked: Search, distance: float | None) -> bool:
    if distance is None:
        return asked.query.radius_km is None and asked.sort is not Sort.DISTANCE
    return asked.query.radius_km is None or distance <= asked.query.radius_km

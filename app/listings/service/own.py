"""One's own listings in every state: few, so they are looked at one by one, drafts and ended ones included."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.kernel.unit_of_work import Reading
from app.listings import finding, search_words
from app.listings.finding import Search
from app.listings.schemas.views import Sort
from app.listings.tables import Listing
from app.listings.walking import After

if TYPE_CHECKING:
    from app.listings.service.searching import Found


def fitting(reading: Reading, asked: Search, start: tuple[int, After] | None = None) -> Iterator["Found"]:
    """Everything of one's own that fits, in order; from where somebody stopped."""
    from app.listings.service import searching

    known = [row for row in finding.own(reading.session, asked) if _matches(asked, row)]
    rows = list(searching.that_can_be_had(reading, asked, known))
    radius = asked.query.radius_km
    placed = [(searching.distance(asked, row), row) for row in rows]
    if radius is not None or asked.sort is Sort.DISTANCE:
        placed = [one for one in placed if one[0] is not None and (radius is None or one[0] <= radius)]
    placed.sort(key=lambda one: (one[1].created_at, one[1].id), reverse=True)
    if asked.sort is Sort.DISTANCE:
        placed.sort(key=lambda one: (one[0] or 0.0, one[1].id))
    passed = start is None
    for far, row in placed:
        if passed:
            yield searching.Found(row, 0, After(row.id, row.created_at), far)
        elif start is not None and row.id == start[1].listing_id:
            passed = True


def _matches(asked: Search, row: Listing) -> bool:
    if asked.words is None:
        return True
    columns: dict[str, Any] = {name: getattr(row, name) for name in search_words.READ}
    there = search_words.indexed(columns).split()
    return bool(asked.words) and all(
        any(search_words.matches(word, one) for one in there) for word in asked.words
    )

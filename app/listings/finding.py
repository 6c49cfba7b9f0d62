"""The query behind the search: conditions and keys that both databases answer alike."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, desc, exists, false, literal, or_
from sqlmodel import Session, col, select

from app.kernel.actor import Actor
from app.kernel.intervals import Interval
from app.kernel.places import Point, bounding_box
from app.listings import categories, repository, search_words
from app.listings.rules.kinds import Reach
from app.listings.rules.lifecycle import State
from app.listings.schemas.views import ListingQuery, Sort
from app.listings.tables import Listing, Origin, UseSegment

CHUNK: Final = 100
_TELLING: Final = 5
Key = tuple[int, datetime, UUID]
"""Newest first within a rank: (rank, created_at, id), all descending."""


@dataclass(frozen=True, slots=True)
class Search:
    """A query, with its parameters read."""

    query: ListingQuery
    actor: Actor
    now: datetime
    sort: Sort
    near: Point | None
    span: Interval | None


def conditions(search: Search) -> list[ColumnElement[bool]]:
    """Everything that SQL can decide; hours, closures and exact distances are looked at afterwards."""
    query = search.query
    found = [
        repository.visible_to(search.actor),
        _states(search),
        _origin(query.origin),
        col(Listing.units) >= query.units,
        *(col(Listing.search_text).contains(word, autoescape=True) for word in _words(query)),
    ]
    for column, value in (
        (col(Listing.kind), query.kind),
        (col(Listing.purpose), query.purpose),
        (col(Listing.audience), query.audience),
        (col(Listing.language), query.language),
    ):
        if value is not None:
            found.append(column == value)
    if query.category is not None:
        slugs = categories.with_descendants(query.category) or {query.category}
        found.append(col(Listing.category).in_(slugs))
    if query.max_price is not None:
        found.append(col(Listing.price_minor) <= query.max_price)
    if query.free_of_charge is not None:
        is_free = and_(col(Listing.price_minor).is_not(None), col(Listing.price_minor) == 0)
        found.append(is_free if query.free_of_charge else ~is_free)
    if search.near is not None and query.radius_km is not None:
        box = bounding_box(search.near, query.radius_km)
        found += [
            col(Listing.lat).between(box.south, box.north),
            col(Listing.lon).between(box.west, box.east),
        ]
    if search.span is not None:
        found.append(~_too_much_in_use(search.span.start, search.span.end, query.units))
    return found


def rank(search: Search) -> ColumnElement[int]:
    """What comes first: words in the title, or what is free now."""
    words = _words(search.query)
    if search.sort is Sort.RELEVANCE and words:
        in_title = and_(*(col(Listing.search_title).contains(word, autoescape=True) for word in words))
        return case((in_title, 1), else_=0)
    if search.sort is Sort.AVAILABLE:
        return case((_too_much_in_use(search.now, search.now, search.query.units), 0), else_=1)
    return literal(0)


def in_order(session: Session, search: Search, after: Key | None) -> Iterator[tuple[Key, Listing]]:
    """The rows that fit, by rank and newest first, read in chunks as far as somebody looks."""
    fits = conditions(search)
    ranked = rank(search).label("rank")
    while True:
        beyond = [] if after is None else [_beyond(ranked, after)]
        statement = (
            select(ranked, Listing)
            .where(*fits, *beyond)
            .order_by(desc("rank"), col(Listing.created_at).desc(), col(Listing.id).desc())
            .limit(CHUNK)
        )
        rows: Sequence[tuple[int, Listing]] = session.exec(statement).all()
        for place, row in rows:
            yield (place, row.created_at, row.id), row
        if len(rows) < CHUNK:
            return
        last_rank, last = rows[-1]
        after = (last_rank, last.created_at, last.id)


def points(session: Session, search: Search) -> Sequence[tuple[UUID, float, float]]:
    """The ids and public points of everything that fits and has one."""
    statement = select(Listing.id, Listing.lat, Listing.lon).where(
        *conditions(search), col(Listing.lat).is_not(None)
    )
    rows: Sequence[Any] = session.exec(statement).all()
    return [(row[0], row[1], row[2]) for row in rows]


def nearest(
    session: Session, search: Search, to: Listing, *, beside: Collection[str], within_km: float, limit: int
) -> Sequence[Listing]:
    """What fits in one of these categories, or without any by a word of the title; the same category first, then by
    distance from a listing with a point, else the newest first. At a partner only what can be booked from here.
    """
    fits = [
        *conditions(search),
        col(Listing.id) != to.id,
        col(Listing.category).in_(beside) if beside else _shares_a_word(to),
        or_(col(Listing.origin_id).is_(None), col(Listing.federation) == Reach.BOOKABLE),
    ]
    order: list[ColumnElement[Any]] = [case((col(Listing.category) == to.category, 0), else_=1)]
    if search.near is not None:
        box = bounding_box(search.near, within_km)
        fits += [
            col(Listing.lat).between(box.south, box.north),
            col(Listing.lon).between(box.west, box.east),
        ]
        north = col(Listing.lat) - search.near.lat
        east = (col(Listing.lon) - search.near.lon) * math.cos(math.radians(search.near.lat))
        order.append(north * north + east * east)
    newest = (col(Listing.created_at).desc(), col(Listing.id).desc())
    return session.exec(select(Listing).where(*fits).order_by(*order, *newest).limit(limit)).all()


def _shares_a_word(to: Listing) -> ColumnElement[bool]:
    """Whether a title has one of the words of this one; short ones tell nothing."""
    telling = [word for word in search_words.words(to.title) if len(word) >= _TELLING]
    return or_(false(), *(col(Listing.search_title).contains(word, autoescape=True) for word in telling))


def _words(query: ListingQuery) -> list[str]:
    return search_words.words(query.q or "")


def _states(search: Search) -> ColumnElement[bool]:
    query = search.query
    if not query.mine:
        return col(Listing.state) == State.PUBLISHED
    own = col(Listing.provider_id).in_(list(search.actor.parties))
    return own if query.state is None else and_(own, col(Listing.state) == query.state)


def _origin(origin: str | None) -> ColumnElement[bool]:
    match origin:
        case None:
            return ~false()
        case "ours":
            return col(Listing.origin_id).is_(None)
        case "partners":
            return col(Listing.origin_id).is_not(None)
        case _:
            named = select(Origin.id).where(or_(col(Origin.instance) == origin, col(Origin.name) == origin))
            return col(Listing.origin_id).in_(named)


def _too_much_in_use(start: datetime, end: datetime, units: int) -> ColumnElement[bool]:
    """Whether some segment in the stretch leaves fewer units; with start = end, at that moment."""
    begins = col(UseSegment.starts_at) <= end if start == end else col(UseSegment.starts_at) < end
    return exists().where(
        col(UseSegment.listing_id) == col(Listing.id),
        col(UseSegment.ends_at) > start,
        begins,
        col(UseSegment.used) > col(Listing.units) - units,
    )


def _beyond(ranked: ColumnElement[int], after: Key) -> ColumnElement[bool]:
    place, created_at, listing_id = after
    newest = or_(
        col(Listing.created_at) < created_at,
        and_(col(Listing.created_at) == created_at, col(Listing.id) < listing_id),
    )
    return or_(ranked < place, and_(ranked == place, newest))

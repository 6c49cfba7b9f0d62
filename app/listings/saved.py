"""The queries of saved searches, and of what was found for whom."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from app.listings import categories
from app.listings.tables import Find, Listing, SavedSearch


def of_person(session: Session, person_id: UUID) -> Sequence[SavedSearch]:
    """Everything a person has saved, the oldest first."""
    return session.exec(
        select(SavedSearch).where(col(SavedSearch.person_id) == person_id).order_by(col(SavedSearch.id))
    ).all()


def count(session: Session, person_id: UUID) -> int:
    return session.exec(select(func.count()).where(col(SavedSearch.person_id) == person_id)).one()


def named(session: Session, search_ids: Collection[UUID]) -> dict[UUID, str]:
    """How these searches are called, those that are gone left out."""
    if not search_ids:
        return {}
    rows = session.exec(
        select(SavedSearch.id, SavedSearch.name).where(col(SavedSearch.id).in_(search_ids))
    ).all()
    return dict(rows)


def candidates(session: Session, listing: Listing, *, now: datetime) -> Sequence[SavedSearch]:
    """The searches that want to be told of what is new and that this listing may fit: a superset of those it fits.

    One query over an index. It looks at what a search says of kind, purpose, category, units, place and time; the rest
    is for the search itself to say.
    """
    if listing.appeared_at is None:
        return []
    above = categories.with_ancestors(listing.category or "") | {listing.category}
    return session.exec(
        select(SavedSearch).where(
            col(SavedSearch.alert),
            col(SavedSearch.since) <= listing.appeared_at,
            _is_or_any(col(SavedSearch.kind), [listing.kind]),
            _is_or_any(col(SavedSearch.purpose), [listing.purpose]),
            _is_or_any(col(SavedSearch.category), [slug for slug in above if slug is not None]),
            col(SavedSearch.units) <= listing.units,
            _holds(listing),
            or_(col(SavedSearch.until).is_(None), col(SavedSearch.until) > now),
        )
    ).all()


def _is_or_any(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    return or_(column.is_(None), column.in_(values))


def _holds(listing: Listing) -> ColumnElement[bool]:
    anywhere = col(SavedSearch.south).is_(None)
    if listing.lat is None or listing.lon is None:
        return anywhere
    inside = and_(
        col(SavedSearch.south) <= listing.lat,
        col(SavedSearch.north) >= listing.lat,
        col(SavedSearch.west) <= listing.lon,
        col(SavedSearch.east) >= listing.lon,
    )
    return or_(anywhere, inside)


def anybody_waits(session: Session) -> bool:
    """Whether anybody wants to be told of what is new."""
    return session.exec(select(SavedSearch.id).where(col(SavedSearch.alert)).limit(1)).first() is not None


def keep(session: Session, finder_id: UUID, listing_ids: Iterable[UUID], *, now: datetime) -> bool:
    """Write down what was found for somebody, each listing once for ever; whether any of it is new to them."""
    rows = [{"finder_id": finder_id, "listing_id": one, "found_at": now} for one in listing_ids]
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    kept = session.execute(insert(Find).values(rows).on_conflict_do_nothing().returning(col(Find.listing_id)))
    return bool(kept.scalars().all())


def untold(session: Session, finder_id: UUID) -> Sequence[UUID]:
    """What was found and is still to be told, the newest first; locked, so that only one of two tells it."""
    return session.exec(
        select(Find.listing_id)
        .where(col(Find.finder_id) == finder_id, col(Find.told_at).is_(None))
        .order_by(col(Find.listing_id).desc())
        .with_for_update()
    ).all()


def last_told(session: Session, finder_id: UUID) -> datetime | None:
    """When this finder was told of something last."""
    return session.exec(select(func.max(col(Find.told_at))).where(col(Find.finder_id) == finder_id)).one()


def note_told(session: Session, finder_id: UUID, listing_ids: Collection[UUID], *, now: datetime) -> None:
    """Write down that these are told, or need not be told any more."""
    session.execute(
        update(Find)
        .where(col(Find.finder_id) == finder_id, col(Find.listing_id).in_(listing_ids))
        .values(told_at=now)
    )


def forget_finds(session: Session, finder_ids: Collection[UUID]) -> None:
    """Forget what was found for these."""
    session.execute(delete(Find).where(col(Find.finder_id).in_(finder_ids)))


def forget_person(session: Session, person_id: UUID) -> None:
    """Forget a person's searches, and what was found for them."""
    own = [one.id for one in of_person(session, person_id)]
    forget_finds(session, [*own, person_id])
    session.execute(delete(SavedSearch).where(col(SavedSearch.person_id) == person_id))

"""Queries of those who look after all listings: what waits for them, what of a party is shown, how many there are."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.kernel.months import Month, place_of
from app.listings.rules.kinds import Kind, Purpose
from app.listings.rules.lifecycle import CloseReason, State
from app.listings.tables import Listing


def published_by(session: Session, provider_id: UUID) -> Sequence[Listing]:
    """What of a party takes requests at this moment, locked in the order of ids."""
    return session.exec(
        select(Listing)
        .where(col(Listing.provider_id) == provider_id, col(Listing.state) == State.PUBLISHED)
        .order_by(col(Listing.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def in_review(session: Session, *, after: UUID | None, limit: int) -> Sequence[Listing]:
    """Our listings that wait for the staff, by when they were made."""
    query = select(Listing).where(col(Listing.state) == State.IN_REVIEW, col(Listing.origin_id).is_(None))
    if after is not None:
        query = query.where(col(Listing.id) > after)
    return session.exec(query.order_by(col(Listing.id)).limit(limit)).all()


def count_shown(session: Session) -> Sequence[tuple[Purpose, Kind, int]]:
    """How many of ours everybody finds at this moment, by what they are."""
    rows = session.connection().execute(
        select_columns(col(Listing.purpose), col(Listing.kind), func.count())
        .where(col(Listing.origin_id).is_(None), col(Listing.state) == State.PUBLISHED)
        .group_by(col(Listing.purpose), col(Listing.kind))
    )
    return [(purpose, kind, count) for purpose, kind, count in rows]


def count_wants_over(
    session: Session, months: Sequence[Month]
) -> Sequence[tuple[int, CloseReason | None, int]]:
    """How many of our wants came to their end in each of these months (by its place), and how."""
    ended = col(Listing.updated_at)
    over = (
        select_columns(place_of(ended, months).label("month"), col(Listing.close_reason).label("how"))
        .where(
            col(Listing.origin_id).is_(None),
            col(Listing.purpose) == Purpose.WANT,
            col(Listing.state).in_((State.CLOSED, State.EXPIRED)),
            ended >= months[0].start,
        )
        .subquery()
    )
    rows = session.connection().execute(
        select_columns(over.c.month, over.c.how, func.count()).group_by(over.c.month, over.c.how)
    )
    return [(month, how, count) for month, how, count in rows]

"""Queries over the seats in one session of a course: the bookings of exactly its time. They see all of them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.bookings.rules.words import State
from app.bookings.tables import Booking
from app.kernel.intervals import Interval


def taken(
    session: Session,
    listing_id: UUID,
    span: Interval,
    states: Collection[State],
    *,
    but: Collection[UUID],
    wait: bool,
) -> Sequence[Booking]:
    """List the bookings of this very span in these states, locked in the order of ids; where one must not `wait`, those
    alone that nobody else has locked.
    """
    return session.exec(
        select(Booking)
        .where(*_of(listing_id, span, states, but))
        .order_by(col(Booking.id))
        .with_for_update(key_share=True, skip_locked=not wait)
        .execution_options(populate_existing=True)
    ).all()


def any_taken(
    session: Session, listing_id: UUID, span: Interval, states: Collection[State], *, but: Collection[UUID]
) -> bool:
    """Tell whether there is one that `taken` would list, locked or not."""
    found = select(Booking.id).where(*_of(listing_id, span, states, but)).limit(1)
    return session.exec(found).first() is not None


def _of(
    listing_id: UUID, span: Interval, states: Collection[State], but: Collection[UUID]
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Booking.listing_id) == listing_id,
        col(Booking.starts_at) == span.start,
        col(Booking.ends_at) == span.end,
        col(Booking.state).in_(states),
        col(Booking.id).not_in(but),
    )

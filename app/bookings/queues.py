"""Queries over queues (T21). They see everybody who waits; who reads what of it is the caller's business."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from app.bookings.rules.words import Outcome, Role, Side, State
from app.bookings.tables import Booking, BookingEvent
from app.kernel.intervals import Interval

_IN_A_LINE_HERE = col(Booking.side) != Side.REQUESTER
"""Whoever waits for a partner's listing stands in the partner's line."""


def anybody_waits(session: Session, listing_id: UUID) -> bool:
    """Whether the listing's queue has somebody in it."""
    one = select(Booking.id).where(_waits_for(listing_id)).limit(1)
    return session.exec(one).first() is not None


def waited_for(session: Session) -> Sequence[UUID]:
    """Name the listings that somebody waits for."""
    return session.exec(
        select(Booking.listing_id)
        .where(col(Booking.state) == State.WAITLISTED, _IN_A_LINE_HERE)
        .distinct()
        .order_by(col(Booking.listing_id))
    ).all()


def waiting(session: Session, listing_id: UUID) -> Sequence[Booking]:
    """List the queue of a listing, first come first."""
    return session.exec(
        select(Booking).where(_waits_for(listing_id)).order_by(col(Booking.created_at), col(Booking.id))
    ).all()


def waiting_beside(session: Session, listing_id: UUID, span: Interval) -> Sequence[Booking]:
    """The same, of those only who wait for a time that overlaps."""
    beside = col(Booking.starts_at) < span.end, col(Booking.ends_at) > span.start
    return session.exec(
        select(Booking)
        .where(_waits_for(listing_id), *beside)
        .order_by(col(Booking.created_at), col(Booking.id))
    ).all()


def waits_already(session: Session, booking: Booking) -> bool:
    """Whether the same borrower waits, or has a turn, for a time that overlaps."""
    whose = (
        col(Booking.borrower_id) == booking.borrower_id
        if booking.borrower_id
        else and_(
            col(Booking.partner_id) == booking.partner_id, col(Booking.remote_ref) == booking.remote_ref
        )
    )
    same = select(Booking.id).where(whose, *_queued_beside(booking), *_overlaps(booking))
    return session.exec(same.limit(1)).first() is not None


def waiting_before(session: Session, booking: Booking) -> Sequence[int]:
    """List the units that those want who came to the queue before, for a time that overlaps."""
    earlier = or_(
        col(Booking.created_at) < booking.created_at,
        and_(col(Booking.created_at) == booking.created_at, col(Booking.id) < booking.id),
    )
    return session.exec(
        select(Booking.units).where(earlier, *_queued_beside(booking), *_overlaps(booking))
    ).all()


def holding(session: Session, booking: Booking, now: datetime) -> Sequence[tuple[UUID, datetime]]:
    """List which others hold units at the time of this booking, and until when, the first to end first; turns aside.
    What should be back and is not may be in the way of everybody.
    """
    overdue = and_(col(Booking.units_out) > 0, col(Booking.ends_at) <= now)
    return session.exec(
        select(Booking.id, Booking.ends_at)
        .where(
            col(Booking.listing_id) == booking.listing_id,
            col(Booking.id) != booking.id,
            col(Booking.holds_units).is_(True),
            col(Booking.state) != State.OFFERED,
            or_(and_(*_overlaps(booking)), overdue),
        )
        .order_by(col(Booking.ends_at), col(Booking.id))
    ).all()


def real_ends(session: Session, listing_id: UUID) -> list[timedelta]:
    """Tell of the last fulfilled loans how long after the agreed end they came back; only what people said counts."""
    back = (
        select(func.min(BookingEvent.at))
        .where(
            col(BookingEvent.booking_id) == col(Booking.id),
            col(BookingEvent.role) != Role.CLOCK,
            col(BookingEvent.state_after).in_((State.RETURN_REPORTED, State.RETURNED, State.CHECKED_OUT)),
        )
        .scalar_subquery()
    )
    rows = session.exec(
        select(Booking.ends_at, back)
        .where(
            col(Booking.listing_id) == listing_id,
            col(Booking.outcome).in_((Outcome.FULFILLED, Outcome.PARTLY_FULFILLED)),
        )
        .order_by(col(Booking.ends_at).desc())
        .limit(50)
    ).all()
    return [back_at - ends_at for ends_at, back_at in rows if back_at is not None]


def _waits_for(listing_id: UUID) -> ColumnElement[bool]:
    waits = col(Booking.state) == State.WAITLISTED
    return and_(col(Booking.listing_id) == listing_id, waits, _IN_A_LINE_HERE)


def _queued_beside(booking: Booking) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Booking.listing_id) == booking.listing_id,
        col(Booking.id) != booking.id,
        col(Booking.state).in_((State.WAITLISTED, State.OFFERED)),
    )


def _overlaps(booking: Booking) -> tuple[ColumnElement[bool], ...]:
    return col(Booking.starts_at) < booking.ends_at, col(Booking.ends_at) > booking.starts_at

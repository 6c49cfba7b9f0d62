"""Queries over bookings between two instances. They see all of them; who may see which is the caller's business."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.bookings.rules.words import TERMINAL, Role, Side
from app.bookings.tables import Booking, BookingEvent, BookingMessage


def by_remote_id(
    session: Session, partner_id: UUID, remote_id: UUID, *, side: Side, lock: bool = False
) -> Booking | None:
    """Find what this partner knows by this id."""
    query = select(Booking).where(
        col(Booking.partner_id) == partner_id,
        col(Booking.remote_id) == remote_id,
        col(Booking.side) == side,
    )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).first()


def lent_abroad(session: Session, listing_ids: Collection[UUID]) -> Sequence[Booking]:
    """List what partners' residents asked for of these listings and that is not over."""
    return session.exec(
        select(Booking).where(
            col(Booking.listing_id).in_(listing_ids),
            col(Booking.side) == Side.SUPPLIER,
            col(Booking.state).not_in(TERMINAL),
        )
    ).all()


def count_open_abroad(session: Session, partner_id: UUID) -> int:
    """Count what this partner's residents asked for here and that is not over."""
    return session.exec(
        select(func.count()).where(
            col(Booking.partner_id) == partner_id,
            col(Booking.side) == Side.SUPPLIER,
            col(Booking.state).not_in(TERMINAL),
        )
    ).one()


def forget_borrower_words(session: Session, booking_id: UUID) -> None:
    """Wipe what the borrower of this booking wrote, who lives at a partner."""
    writing = session.connection()
    message = update(BookingMessage).where(
        col(BookingMessage.booking_id) == booking_id, col(BookingMessage.role) == Role.BORROWER
    )
    writing.execute(message.values(text=""))
    event = update(BookingEvent).where(
        col(BookingEvent.booking_id) == booking_id, col(BookingEvent.role) == Role.BORROWER
    )
    writing.execute(event.values(reason=None, note=None, terms=None))
    session.flush()
    session.expire_all()  # rows read before still have the words

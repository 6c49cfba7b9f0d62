"""Queries over what somebody leaves behind in bookings when they go, and what wipes it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, update
from sqlmodel import Session, col, select

from app.bookings.tables import Booking, BookingEvent, BookingMessage, BookingRecord


def asked_by(session: Session, person_id: UUID) -> Sequence[Booking]:
    """List what this person asked for, for themself or in an organisation's name."""
    return session.exec(select(Booking).where(col(Booking.requested_by) == person_id)).all()


def records_by(session: Session, person_id: UUID) -> Sequence[BookingRecord]:
    """List what this person wrote down at hand-overs and returns."""
    return session.exec(select(BookingRecord).where(col(BookingRecord.recorded_by) == person_id)).all()


def forget_agreed_words(session: Session, booking_ids: Collection[UUID]) -> None:
    """Wipe places and conditions in words from the stories of these bookings: one side wrote them, both told them."""
    told = select(BookingEvent).where(col(BookingEvent.booking_id).in_(booking_ids))
    for event in session.exec(told.where(col(BookingEvent.terms).is_not(None))):
        event.terms = event.terms and event.terms | {"place_note": None, "condition": None}
    session.flush()


def forget_words(session: Session, person_id: UUID, *, now: datetime) -> None:
    """Wipe what this person wrote: messages, reasons, notes, conditions, purposes."""
    writing = session.connection()
    message = update(BookingMessage).where(col(BookingMessage.author_id) == person_id)
    writing.execute(message.values(text=""))
    event = update(BookingEvent).where(_by_or_for(person_id))
    writing.execute(event.values(reason=None, note=None, terms=None))
    for record in records_by(session, person_id):
        record.condition, record.photo_ids, record.wiped_at = None, [], now
        record.deposit = record.deposit and record.deposit | {"kept_reason": None}
    booking = update(Booking).where(col(Booking.requested_by) == person_id)
    writing.execute(booking.values(purpose=None, override_reason=None))
    session.flush()
    session.expire_all()  # rows read before still have the words


def forget_ids(session: Session, person_id: UUID) -> None:
    """Wipe this person's id wherever it says who did something."""
    writing = session.connection()
    message = update(BookingMessage).where(col(BookingMessage.author_id) == person_id)
    writing.execute(message.values(author_id=None))
    writing.execute(update(BookingEvent).where(col(BookingEvent.actor_id) == person_id).values(actor_id=None))
    writing.execute(update(BookingEvent).where(col(BookingEvent.for_id) == person_id).values(for_id=None))
    record = update(BookingRecord).where(col(BookingRecord.recorded_by) == person_id)
    writing.execute(record.values(recorded_by=None))
    booking = update(Booking).where(col(Booking.requested_by) == person_id)
    writing.execute(booking.values(requested_by=None))


def _by_or_for(person_id: UUID) -> ColumnElement[bool]:
    return or_(col(BookingEvent.actor_id) == person_id, col(BookingEvent.for_id) == person_id)

"""Queries over what somebody leaves behind in bookings when they go, and what wipes it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, update
from sqlmodel import Session, col, select

from app.bookings.rules.words import TERMINAL
from app.bookings.tables import (
    Booking,
    BookingEvent,
    BookingGroup,
    BookingMessage,
    BookingRecord,
    BookingSeries,
)


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


def lock_ended(session: Session, *, before: datetime, limit: int) -> Sequence[Booking]:
    """List what ended so long ago and still tells who borrowed, locked in the order of ids."""
    return session.exec(
        select(Booking)
        .where(
            col(Booking.state).in_(TERMINAL),
            col(Booking.since) < before,
            or_(col(Booking.borrower_id).is_not(None), col(Booking.remote_name).is_not(None)),
        )
        .order_by(col(Booking.id))
        .limit(limit)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def forget_all_words(session: Session, booking_ids: Collection[UUID], *, now: datetime) -> None:
    """Wipe what anybody wrote in these bookings, and who it was."""
    message = update(BookingMessage).where(col(BookingMessage.booking_id).in_(booking_ids))
    session.connection().execute(message.values(text="", author_id=None))
    event = update(BookingEvent).where(col(BookingEvent.booking_id).in_(booking_ids))
    session.connection().execute(event.values(reason=None, note=None, actor_id=None, for_id=None))
    for record in session.exec(select(BookingRecord).where(col(BookingRecord.booking_id).in_(booking_ids))):
        _wipe(record, now)
        record.recorded_by = None
    session.flush()


def forget_who_asked_for_nothing_else(session: Session) -> None:
    """Wipe who asked for series and groups of which no booking tells it any more."""
    for table, named in ((BookingSeries, Booking.series_id), (BookingGroup, Booking.group_id)):
        still = exists().where(col(named) == col(table.id), col(Booking.borrower_id).is_not(None))
        old = exists().where(col(named) == col(table.id))
        gone = update(table).where(col(table.borrower_id).is_not(None), old, ~still)
        session.connection().execute(gone.values(borrower_id=None, requested_by=None, purpose=None))


def _wipe(record: BookingRecord, now: datetime) -> None:
    record.condition, record.photo_ids, record.wiped_at = None, [], now
    record.deposit = record.deposit and record.deposit | {"kept_reason": None}


def forget_words(session: Session, person_id: UUID, *, now: datetime) -> None:
    """Wipe what this person wrote: messages, reasons, notes, conditions, purposes."""
    writing = session.connection()
    message = update(BookingMessage).where(col(BookingMessage.author_id) == person_id)
    writing.execute(message.values(text=""))
    event = update(BookingEvent).where(_by_or_for(person_id))
    writing.execute(event.values(reason=None, note=None, terms=None))
    for record in records_by(session, person_id):
        _wipe(record, now)
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

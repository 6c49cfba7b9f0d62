"""What happens when nobody does anything: deadlines strike, reminders are told, late things keep their units."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from app.bookings import repository
from app.bookings.events import BookingReminded
from app.bookings.rules.facts import next_strike
from app.bookings.rules.moves import after
from app.bookings.rules.reminders import Reminder, tellings
from app.bookings.rules.words import Role, Side
from app.bookings.service import contract
from app.bookings.service.lapsing import said_of_a_lapse, speaks_for_its_series
from app.bookings.service.sealing import seal_due
from app.bookings.service.stepping import take
from app.bookings.service.values import (
    access_turns_at,
    contact_closes_at,
    facts_of,
    is_late,
    next_look,
    span_of,
)
from app.bookings.service.waiting import tell_anew
from app.bookings.tables import Booking
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import service as listings

BATCH: Final = 200
log = structlog.get_logger("depot.bookings")


def sweep(transactions: Transactions) -> int:
    """Look at every booking that is due, each in a unit of work of its own; answers how many were looked at."""
    with transactions.reading(SYSTEM) as reading:
        due = repository.due(reading.session, now=reading.now, limit=BATCH)
    return sum(_looked_at(transactions, booking_id) for booking_id in due)


def _looked_at(transactions: Transactions, booking_id: UUID) -> bool:
    """One that cannot be looked at, because it is busy or broken, must not keep the others waiting."""
    try:
        with transactions.writing(SYSTEM) as work:
            look_at(work, booking_id)
    except Exception:
        log.exception("booking_not_looked_at", booking_id=str(booking_id))
        return False
    return True


def look_at(work: UnitOfWork, booking_id: UUID) -> None:
    """Do what the clock demands of this booking now. Looking twice does nothing twice."""
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if booking.due_at is None or booking.due_at > work.now:
        return
    if booking.side is Side.REQUESTER:
        _tell(work, booking)
    else:
        _strike(work, booking)
        _tell(work, booking)
        if is_late(booking, work.now):
            _keep_late(work, booking)
        if booking.seals_at is not None and booking.seals_at <= work.now:
            seal_due(work, booking)
    if (closes_at := contact_closes_at(booking)) and closes_at <= work.now:
        booking.remote_contact = None
        contract.forget_far_side(work, booking)
        tell_anew(work, booking)
    elif (turns_at := access_turns_at(booking)) and turns_at <= work.now:
        tell_anew(work, booking)
    booking.told_until = work.now
    booking.due_at = next_look(booking, work.now)
    work.session.add(booking)


def _keep_late(work: UnitOfWork, booking: Booking) -> None:
    """Let what is late keep its units, and warn the next whom that reaches, each once (T5)."""
    margin = timedelta(hours=booking.overdue_margin_hours)
    until = work.now + margin
    listings.extend(work, booking.id, until=until)
    late_before = booking.told_until >= booking.ends_at
    reached = booking.told_until + margin if late_before else booking.ends_at
    waiting_for_it = listings.family_of(work, booking.listing_id)  # its whole and its parts are late with it
    for following in repository.promised_to_start(work.session, waiting_for_it, reached, until):
        verdict = listings.judge(
            work,
            following.listing_id,
            span=span_of(following),
            units=following.units,
            borrower=None,
            holder_id=following.id,
        )
        if verdict.free_units < following.units:
            reminder = Reminder.AT_RISK
            work.record(BookingReminded(booking_id=following.id, reminder=reminder, whom=(Role.BORROWER,)))
            tell_anew(work, following)


def _tell(work: UnitOfWork, booking: Booking) -> None:
    """What is said in time. Each instance says it to those who live there, and a partner what it comes to by then."""
    facts = facts_of(booking)
    for telling in tellings(booking.tail, booking.state, facts, after=booking.told_until, until=work.now):
        whom = tuple(
            role
            for role in telling.readers(facts)
            if booking.side is not Side.REQUESTER or role is Role.BORROWER
        )
        tell_anew(work, booking)
        if whom and speaks_for_its_series(work, booking, telling.reminder):
            work.record(BookingReminded(booking_id=booking.id, reminder=telling.reminder, whom=whom))


def _strike(work: UnitOfWork, booking: Booking) -> None:
    facts = facts_of(booking)
    strike = next_strike(booking.tail, booking.state, facts)
    if strike is None or strike[0] > work.now:
        return
    move = after(booking.tail, booking.state, strike[1].action, {Role.CLOCK}, facts=facts, now=work.now)
    take(work, booking, move, said_of_a_lapse(work, booking, move))

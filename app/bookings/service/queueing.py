"""The queue (T21): joining it, and offering turns in its order whenever units become free.

Whoever waits holds nothing. A turn holds its units until it is taken, passed, or its clock ends.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import structlog

from app.bookings import queues, repository
from app.bookings.problems import AlreadyWaiting, NotBookable, NothingToWaitFor
from app.bookings.rules.moves import after
from app.bookings.rules.ways import QUEUED_FOR
from app.bookings.rules.words import Action, Role, State
from app.bookings.schemas import BookingRead, QueueJoin, Said
from app.bookings.service import views
from app.bookings.service.asking import Wish, ask_partner, draft, hold_all, judged, say
from app.bookings.service.judging import asker, hold_borrower
from app.bookings.service.negotiating import tariff_lapsed
from app.bookings.service.stepping import take
from app.bookings.service.values import facts_of, frozen_price
from app.bookings.service.waiting import judge_newcomer, judged_now, their_turn
from app.bookings.tables import Booking
from app.kernel.actor import SYSTEM
from app.kernel.problems import FieldError, Invalid, SignInNeeded
from app.kernel.text import message
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import service as listings
from app.listings.schemas import Terms
from app.listings.service import Verdict

SWEEP_JOB: Final = "bookings.sweep_queues"
log = structlog.get_logger("depot.bookings")


def join(work: UnitOfWork, listing_id: UUID, ask: QueueJoin) -> BookingRead:
    """Wait for a stretch of time that others have; first come, first served.

    Refused with NothingToWaitFor while it is free, AlreadyWaiting twice for the same time, and NotBookable for
    every reason that waiting does not cure, more units than there ever are among them (Invalid).
    """
    terms = listings.terms(work, listing_id)
    borrower = asker(work, ask.in_whose_name)
    if borrower is None:
        raise SignInNeeded
    wish = Wish(
        listing_id=listing_id,
        span=listings.span_of(work, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at")),
        units=ask.units,
        borrower=borrower,
        purpose=ask.purpose,
        text=ask.message,
    )
    return views.read(
        work, _line_up_there(work, wish, terms) if terms.origin_id else line_up(work, wish, terms)
    )


def _line_up_there(work: UnitOfWork, wish: Wish, terms: Terms) -> Booking:
    """Whether it is taken only the partner knows: there is the line."""
    booking = judged(work, terms, wish)
    booking.state = State.WAITLISTED
    hold_borrower(work, booking)
    if queues.waits_already(work.session, booking):
        raise AlreadyWaiting
    ask_partner(work, booking, terms)
    if wish.text:
        say(work, booking, wish.text)
    return booking


def line_up(work: UnitOfWork, wish: Wish, terms: Terms) -> Booking:
    """Put whoever asks at the end of the line. Invalid for more units than there ever are."""
    if wish.units > terms.units:
        raise Invalid(FieldError("/units", message("There are only {most}.", most=terms.units)))
    _require_taken(work, wish)
    booking = draft(work, terms, wish)
    hold_borrower(work, booking)
    if not hold_all(work, [terms], ()):
        return line_up(work, wish, listings.terms(work, terms.listing_id))  # it was changed while we looked
    verdict = _require_taken(work, wish)  # whoever frees it from now on sees us waiting
    if queues.waits_already(work.session, booking):
        raise AlreadyWaiting
    booking.price = frozen_price(verdict.price)
    booking.request_holds = True  # who had a turn keeps the units until there is an answer
    facts = facts_of(booking)
    move = after(booking.tail, None, Action.JOIN_QUEUE, {Role.BORROWER}, facts=facts, now=work.now)
    take(work, booking, move, Said())
    if wish.text:
        say(work, booking, wish.text)
    return booking


def _require_taken(work: UnitOfWork, wish: Wish) -> Verdict:
    verdict = judge_newcomer(work, wish.listing_id, span=wish.span, units=wish.units, borrower=wish.whose)
    if verdict.bookable:
        raise NothingToWaitFor(free_units=verdict.free_units)
    incurable = [reason for reason in verdict.reasons if reason.code not in QUEUED_FOR]
    if incurable:
        raise NotBookable(
            reasons=incurable, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )
    return verdict


def sweep_queues(transactions: Transactions) -> int:
    """Look at every queue, in case a job got lost; answers how many turns were offered."""
    with transactions.reading(SYSTEM) as reading:
        waited_for = queues.waited_for(reading.session)
    return sum(offer_turns(transactions, listing_id) for listing_id in waited_for)


def offer_turns(transactions: Transactions, listing_id: UUID) -> int:
    """Go through the queue of a listing in its order and offer a turn to whoever fits now; answers how many.

    Whoever does not fit is skipped and keeps the place. Whoever passed and sees the calendar as it was then is not
    asked again: the next in line comes first, and what those are offered changes nothing about it.
    """
    offered, asked = 0, _who_passed(transactions, listing_id)
    while (booking_id := _next_in_line(transactions, listing_id, asked)) is not None:
        asked.add(booking_id)
        offered += _offered(transactions, booking_id)
    return offered


def _who_passed(transactions: Transactions, listing_id: UUID) -> set[UUID]:
    """Those for whom nothing has changed since."""
    with transactions.reading(SYSTEM) as reading:
        passed = (
            one for one in queues.waiting(reading.session, listing_id) if one.passed_at_version is not None
        )
        return {
            one.id for one in passed if judged_now(reading, one).calendar_version == one.passed_at_version
        }


def _next_in_line(transactions: Transactions, listing_id: UUID, asked: Collection[UUID]) -> UUID | None:
    with transactions.reading(SYSTEM) as reading:
        line = [one for one in queues.waiting(reading.session, listing_id) if one.id not in asked]
        return next((one.id for one in their_turn(reading, listing_id, line)), None)


def _offered(transactions: Transactions, booking_id: UUID) -> bool:
    """One that cannot be offered, because it is busy or broken, must not keep the others waiting."""
    try:
        with transactions.writing(SYSTEM) as work:
            return _offer(work, booking_id)
    except Exception:
        log.exception("turn_not_offered", booking_id=str(booking_id))
        return False


def _offer(work: UnitOfWork, booking_id: UUID) -> bool:
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if booking.state is not State.WAITLISTED:
        return False
    hold_borrower(work, booking)
    listings.hold_still(work, booking.listing_id)
    verdict = judged_now(work, booking)
    if not verdict.bookable:
        return False  # somebody was faster
    if tariff_lapsed(booking, verdict):
        booking.price = frozen_price(verdict.price)  # offered as things are today; whoever takes it agrees
    facts = facts_of(booking)
    move = after(booking.tail, booking.state, Action.OFFER_TURN, {Role.CLOCK}, facts=facts, now=work.now)
    take(work, booking, move, Said())
    return True

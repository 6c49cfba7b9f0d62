"""What a move does beside changing the state, one function per effect of the table."""

from collections.abc import Callable
from typing import Final

from app.bookings.events import BookingReminded
from app.bookings.problems import NotBookable, RecognitionLapsed
from app.bookings.rules.moves import Move, outcome_of
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.words import Effect, Outcome, Role, State
from app.bookings.schemas import Said
from app.bookings.service.judging import borrower_of, hold_borrower, judge, require_may_promise
from app.bookings.service.negotiating import (
    accept_change,
    forget_change,
    offer_other_terms,
    propose_change,
    tariff_lapsed,
)
from app.bookings.service.records import (
    acknowledge,
    acknowledge_return,
    record_hand_over,
    record_minutes,
    record_return,
)
from app.bookings.service.values import facts_of, span_of
from app.bookings.tables import Booking
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.problems import SlotTaken


def _recheck(work: UnitOfWork, booking: Booking, move: Move, _said: Said) -> None:
    """Ask once more whether there is enough (T6), whether the borrower may have it, and at this price (T18).

    A hold is no promise: units may have been closed or taken out of the listing since it began.
    """
    require_may_promise(work, booking, move.role)
    hold_borrower(work, booking)
    listings.hold_still(work, booking.listing_id)
    verdict = judge(
        work,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units,
        borrower=borrower_of(work, booking),
        holder_id=booking.id,
        confirming=True,
        overriding=booking.override_reason is not None,
    )
    if verdict.free_units < booking.units:
        scarce = [reason for reason in verdict.reasons if reason.code in listings.SCARCITY]
        raise SlotTaken(
            reasons=scarce, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )
    binding = listings.SESSIONS | listings.ELIGIBILITY
    if move.source is State.OFFERED:  # a turn is an ask anew: while the listing takes none, it is not taken
        binding |= listings.UNAVAILABLE
    unfit = [reason for reason in verdict.reasons if reason.code in binding]
    if unfit:
        raise NotBookable(reasons=unfit)
    if move.target is State.CONFIRMED and tariff_lapsed(booking, verdict):
        raise RecognitionLapsed  # a turn that becomes a request is for the provider to answer, who may counter


def _count_pass(_work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    booking.passes += 1


def _remember_yes(_work: UnitOfWork, booking: Booking, move: Move, _said: Said) -> None:
    booking.spoke = move.role


def _close_units(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    listings.close_lost_units(work, booking.listing_id, units=booking.units_out, holder_id=booking.id)


def _wind_up(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Once a case is settled nothing is out any more: it is back, or it is lost and not there for others.

    Where the clock settles it nobody has said that it is back. What was marked as lost and is not settled as lost
    has been found. Whoever finds it later deletes the closure.
    """
    out, booking.units_out = booking.units_out, 0
    lost = outcome_of(move, facts_of(booking), work.now, said.outcome) is Outcome.LOST
    if out == 0:
        return
    if move.source is State.LOST and not lost:
        listings.reopen_lost_units(work, booking.listing_id, units=out)
    elif move.source is State.UNRESOLVED and (lost or move.role is Role.CLOCK):
        listings.close_lost_units(work, booking.listing_id, units=out, holder_id=booking.id)


def _add_account(_work: UnitOfWork, _booking: Booking, _move: Move, said: Said) -> None:
    """What the other side tells stands in the story; without words there is nothing to tell."""
    if not said.note:
        raise Invalid(FieldError("/note", message("Please say how it was for you.")))


def _tell_staff(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    work.record(
        BookingReminded(booking_id=booking.id, reminder=Reminder.MODERATOR_CALLED, whom=(Role.MODERATOR,))
    )


def _record_attendance(_work: UnitOfWork, booking: Booking, _move: Move, said: Said) -> None:
    """Note how many of the seats were taken; without a number all were. Both numbers together are all seats."""
    if said.attended is None and said.absent is not None:
        attended = booking.units - said.absent
    else:
        attended = booking.units if said.attended is None else said.attended
    if attended + (said.absent or 0) > booking.units or attended < 0:
        detail = message("There are only {most}.", most=booking.units)
        raise Invalid(FieldError("/attended" if said.absent is None else "/absent", detail))
    booking.attended = attended


def _open_access(work: UnitOfWork, booking: Booking, _move: Move, said: Said) -> None:
    """From now on the borrower sees how to get at it: as the listing says, else as the provider says just now."""
    booking.access_given_at = work.now
    if said.note and not booking.terms.get("access"):
        booking.terms = booking.terms | {"access": said.note}


EFFECTS: Final[dict[Effect, Callable[[UnitOfWork, Booking, Move, Said], None]]] = {
    Effect.RECHECK: _recheck,
    Effect.COUNT_PASS: _count_pass,
    Effect.NEW_TERMS: offer_other_terms,
    Effect.REMEMBER_CHANGE: propose_change,
    Effect.AGREED_TERMS: accept_change,
    Effect.FORGET_CHANGE: forget_change,
    Effect.RECORD_HAND_OVER: record_hand_over,
    Effect.ACKNOWLEDGE: acknowledge,
    Effect.RECORD_RETURN: record_return,
    Effect.ACKNOWLEDGE_RETURN: acknowledge_return,
    Effect.RECORD_MINUTES: record_minutes,
    Effect.RECORD_ATTENDANCE: _record_attendance,
    Effect.OPEN_ACCESS: _open_access,
    Effect.REMEMBER_YES: _remember_yes,
    Effect.CLOSE_UNITS: _close_units,
    Effect.WIND_UP: _wind_up,
    Effect.ADD_ACCOUNT: _add_account,
    Effect.TELL_STAFF: _tell_staff,
}
"""What the service does for each effect of a row; SNAPSHOT is how a booking is made."""

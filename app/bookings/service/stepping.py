"""One step of one booking: its effect, its units in the calendar, its new state, its place in the story.

Everything that moves a booking of ours ends here: people, partners and clocks alike.
"""

import secrets
from collections.abc import Callable
from typing import Final

from app.accounts import service as accounts
from app.bookings import repository
from app.bookings.events import BookingMoved, BookingReminded
from app.bookings.problems import CodeWrong, NotBookable, RecognitionLapsed
from app.bookings.rules.facts import deadline
from app.bookings.rules.moves import Move, outcome_of
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.states import takes_units
from app.bookings.rules.words import CASES, Clock, Effect, RecordKind, Role, State
from app.bookings.schemas import Said
from app.bookings.service.values import facts_of, next_look, span_of
from app.bookings.tables import Booking, BookingEvent, BookingRecord
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.problems import SlotTaken


def take(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Take the step that the law allows. The booking is locked, or new.

    May be refused by the calendar with SlotTaken where units are taken anew, and by what is checked again
    at a confirmation; then nothing at all has happened.
    """
    effect = _EFFECTS.get(move.row.effect) if move.row.effect else None
    if effect:
        effect(work, booking, move, said)
    _keep_calendar(work, booking, move)
    booking.outcome = outcome_of(move, facts_of(booking), work.now, said.outcome)
    if move.changes_state or move.source is None:
        booking.state, booking.since, booking.spoke = move.target, work.now, None
    if move.target in CASES and booking.case_opened_at is None:
        booking.case_opened_at = work.now
    if move.target is State.CONFIRMED:
        booking.hand_over_code = f"{secrets.randbelow(1_000_000):06}"
    if move.source is not None:
        booking.version += 1
    schedule(work, booking)
    work.session.add(booking)
    _tell(work, booking, move, said)
    if move.target is State.CONFIRMED:
        _tell_rivals(work, booking)


def schedule(work: UnitOfWork, booking: Booking) -> None:
    """Set when an unanswered request lapses, and when the clock looks next."""
    unanswered = booking.state in {State.REQUESTED, State.COUNTERED}
    booking.expires_at = deadline(Clock.ANSWER, facts_of(booking)) if unanswered else None
    booking.due_at = next_look(booking, work.now)


def _tell(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    work.session.flush()  # the event's row refers to the booking's, which may be new
    sides = {Role.BORROWER: booking.borrower_id, Role.PROVIDER: booking.provider_id}
    work.session.add(
        BookingEvent(
            id=new_id(),
            booking_id=booking.id,
            version=booking.version,
            action=move.row.action,
            role=move.role,
            actor_id=work.actor.id,
            for_id=sides.get(move.role),
            state_before=move.source,
            state_after=move.target,
            reason=said.reason,
            note=said.note,
            at=work.now,
        )
    )
    work.record(
        BookingMoved(
            booking_id=booking.id,
            listing_id=booking.listing_id,
            action=move.row.action,
            role=move.role,
            state_before=move.source,
            state_after=move.target,
            side=booking.side,
            partner_id=booking.partner_id,
            version=booking.version,
        )
    )


def _tell_rivals(work: UnitOfWork, booking: Booking) -> None:
    """Tell those whose request held nothing and no longer fits beside this promise (T20)."""
    for rival in repository.rivals(work.session, booking):
        verdict = listings.judge(
            work, rival.listing_id, span=span_of(rival), units=rival.units, borrower=None, holder_id=rival.id
        )
        if verdict.free_units < rival.units:
            whom = (Role.BORROWER, Role.PROVIDER)
            reminder = Reminder.NO_LONGER_FITS
            work.record(BookingReminded(booking_id=rival.id, reminder=reminder, whom=whom))


def _keep_calendar(work: UnitOfWork, booking: Booking, move: Move) -> None:
    """Let the calendar say what the new state says (T5)."""
    takes = takes_units(move.target, request_holds=booking.request_holds, before=booking.holds_units)
    if not takes:
        if booking.holds_units:
            # What was never handed over was never in use, and leaves no buffer behind.
            listings.release(work, booking.id, at=work.now if booking.units_handed_over else None)
    elif move.row.effect is Effect.RECORD_HAND_OVER:
        _occupy(work, booking, Interval(min(work.now, booking.starts_at), booking.ends_at), booking.units_out)
    elif move.row.effect is Effect.RECORD_RETURN:
        listings.reduce(work, booking.id, units=booking.units_out)
    elif not booking.holds_units:
        _occupy(work, booking, span_of(booking), booking.units)
    booking.holds_units = takes


def _occupy(work: UnitOfWork, booking: Booking, span: Interval, units: int) -> None:
    listings.occupy(work, booking.listing_id, holder_id=booking.id, span=span, units=units)


def _recheck(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    """Ask once more whether there is enough (T6), whether the borrower may have it, and at this price (T18).

    A hold is no promise: units may have been closed or taken out of the listing since it began.
    """
    listings.hold_still(work, booking.listing_id)
    verdict = listings.judge(
        work,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units,
        borrower=accounts.standing(work, booking.borrower_id) if booking.borrower_id else None,
        holder_id=booking.id,
    )
    if verdict.free_units < booking.units:
        scarce = [reason for reason in verdict.reasons if reason.code in listings.SCARCITY]
        raise SlotTaken(reasons=scarce, free_units=verdict.free_units)
    if booking.borrower_id is None:
        return
    unfit = [reason for reason in verdict.reasons if reason.code in listings.ELIGIBILITY]
    if unfit:
        raise NotBookable(reasons=unfit)
    tariff = verdict.price.tariff
    if (
        booking.price
        and booking.price["tariff"] == "reduced"
        and (tariff is None or tariff.name != "reduced")
    ):
        raise RecognitionLapsed


def _record_hand_over(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    units = _some_of(booking.units, said)
    if said.code is not None:
        if said.code != booking.hand_over_code:
            raise CodeWrong
        booking.acknowledged_at = work.now
    booking.units_handed_over = booking.units_out = units
    _write_record(work, booking, RecordKind.HAND_OVER, move.role, said, units=units)


def _record_return(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    units = _some_of(booking.units_out, said)
    booking.units_out -= units
    _write_record(work, booking, RecordKind.RETURN, move.role, said, units=units)


def _some_of(most: int, said: Said) -> int:
    """All that there are unless fewer are named; more than there are cannot be meant."""
    units = most if said.units is None else said.units
    if units > most:
        raise Invalid(FieldError("/units", message("There are only {most}.", most=most)))
    return units


def _write_record(
    work: UnitOfWork, booking: Booking, kind: RecordKind, role: Role, said: Said, *, units: int
) -> None:
    work.session.add(
        BookingRecord(
            id=new_id(),
            booking_id=booking.id,
            kind=kind,
            units=units,
            condition=said.condition,
            photo_ids=[str(photo_id) for photo_id in said.photo_ids],
            deposit=said.deposit.model_dump() if said.deposit else None,
            role=role,
            recorded_by=work.actor.id,
            recorded_at=work.now,
            acknowledged_at=booking.acknowledged_at if kind is RecordKind.HAND_OVER else None,
        )
    )


def _acknowledge(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    booking.acknowledged_at = work.now
    for record in repository.unacknowledged(work.session, booking.id, RecordKind.HAND_OVER):
        record.acknowledged_at = work.now


def _remember_yes(_work: UnitOfWork, booking: Booking, move: Move, _said: Said) -> None:
    booking.spoke = move.role


def _close_units(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    listings.close_lost_units(work, booking.listing_id, units=booking.units_out, holder_id=booking.id)


def _tell_staff(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    work.record(
        BookingReminded(booking_id=booking.id, reminder=Reminder.MODERATOR_CALLED, whom=(Role.MODERATOR,))
    )


_EFFECTS: Final[dict[Effect, Callable[[UnitOfWork, Booking, Move, Said], None]]] = {
    Effect.RECHECK: _recheck,
    Effect.RECORD_HAND_OVER: _record_hand_over,
    Effect.ACKNOWLEDGE: _acknowledge,
    Effect.RECORD_RETURN: _record_return,
    Effect.REMEMBER_YES: _remember_yes,
    Effect.CLOSE_UNITS: _close_units,
    Effect.TELL_STAFF: _tell_staff,
}
"""What the service does for each effect of a served row; SNAPSHOT is how a booking is made."""

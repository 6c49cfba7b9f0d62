"""One step of one booking: its effect, its units in the calendar, its new state, its place in the story.

Everything that moves a booking of ours ends here: people, partners and clocks alike.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from app.bookings import repository
from app.bookings.events import BookingMoved, BookingReminded
from app.bookings.rules.changes import outlived
from app.bookings.rules.facts import deadline, lapses_at
from app.bookings.rules.moves import Move, after, outcome_of
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.states import is_answered, takes_units, was_used
from app.bookings.rules.words import CASES, Action, Clock, Effect, Role, State, Tail
from app.bookings.schemas import Said
from app.bookings.service import contract
from app.bookings.service.effects import EFFECTS
from app.bookings.service.filling import keep_count
from app.bookings.service.gaps import told_with_group
from app.bookings.service.negotiating import terms_of
from app.bookings.service.values import facts_of, next_look, span_of
from app.bookings.service.waiting import call_next, tell_anew
from app.bookings.tables import Booking, BookingEvent
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

_OFFERING: Final = frozenset({Effect.SNAPSHOT, Effect.NEW_TERMS, Effect.AGREED_TERMS})


def take(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Take the step that the law allows. The booking is locked, or new.

    May be refused by the calendar with SlotTaken where units are taken anew, and by what is checked again
    at a confirmation; then nothing at all has happened.
    """
    calendar_before = listings.calendar_made(work, booking.listing_id)
    effect = EFFECTS.get(move.row.effect) if move.row.effect else None
    if effect:
        effect(work, booking, move, said)
    _keep_calendar(work, booking, move)
    _enter(work, booking, move, said)
    made = listings.calendar_made(work, booking.listing_id)
    if move.row.effect is Effect.COUNT_PASS:
        booking.passed_at_version = made
    work.session.flush()  # the event's row refers to the booking's, which may be new
    _tell(work, booking, move, said, calendar_version=None if made == calendar_before else made)
    if _changes_contract(move):
        contract.add_version(work, booking)
    keep_count(work, booking)
    if made != calendar_before and move.row.action is not Action.OFFER_TURN:
        call_next(work, booking.listing_id)
    if move.target is State.CONFIRMED:
        _tell_rivals(work, [booking])
        _open_at_once(work, booking, move)


def take_together(work: UnitOfWork, bookings: Sequence[Booking], said: Said) -> None:
    """Begin several asks for one listing of ours, all of them judged, and all that could be in their way held still.

    What `take` does for each, written together: so many statements, however many they are.
    """
    moves = {
        one.id: after(one.tail, None, Action.REQUEST, {Role.BORROWER}, facts=facts_of(one), now=work.now)
        for one in bookings
    }
    asked = {one.id: (span_of(one), one.units) for one in bookings if holds_units(one, moves[one.id].target)}
    made = listings.occupy_together(work, bookings[0].listing_id, asked) if asked else {}
    for one in bookings:
        one.holds_units = one.id in asked
        _enter(work, one, moves[one.id], said)
    work.session.flush()  # what is told refers to these rows
    for one in bookings:
        _tell(work, one, moves[one.id], said, calendar_version=made.get(one.id))
    promised = [one for one in bookings if one.state is State.CONFIRMED]
    contract.begin(work, promised)
    if made:
        call_next(work, bookings[0].listing_id)
    _tell_rivals(work, promised)


def holds_units(booking: Booking, state: State) -> bool:
    """Whether it takes its units in this state."""
    return takes_units(booking.tail, state, request_holds=booking.request_holds, before=booking.holds_units)


def _enter(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """What the booking itself says after the step."""
    if move.changes_state or move.source is None:
        booking.outcome = outcome_of(move, facts_of(booking), work.now, said.outcome)
        booking.state, booking.since, booking.spoke = move.target, work.now, _spoke(move)
        _forget_offers(booking)
    if move.target in CASES and booking.case_opened_at is None:
        booking.case_opened_at = work.now
    if move.target is State.CONFIRMED and booking.tail is Tail.EQUIPMENT and booking.hand_over_code is None:
        booking.hand_over_code = f"{secrets.randbelow(1_000_000):06}"
    if move.source is not None:
        booking.version += 1
    schedule(work, booking)
    work.session.add(booking)


def _open_at_once(work: UnitOfWork, booking: Booking, move: Move) -> None:
    """What needs nobody's yes and is given at once is given in the same request, not by the next sweep."""
    facts = facts_of(booking)
    at_once = deadline(Clock.AT_ONCE, facts)
    if move.source is None and booking.tail is Tail.RECORDED and at_once is not None:
        given = after(
            booking.tail, booking.state, Action.GIVE_ACCESS, {Role.CLOCK}, facts=facts, now=work.now
        )
        take(work, booking, given, Said())


def _spoke(move: Move) -> Role | None:
    """Who has said how it was, where the other may answer; a clock says nothing."""
    told = move.target in {State.REPORTED, State.COMPLETED} and move.role in {Role.BORROWER, Role.PROVIDER}
    return move.role if told else None


def _forget_offers(booking: Booking) -> None:
    """What was offered is settled by a yes or a no, and what is proposed may be overtaken by what happens."""
    if booking.state not in {State.REQUESTED, State.COUNTERED}:
        booking.counter = None
    change = booking.change
    if change and outlived(
        booking.state,
        promised=(booking.starts_at, booking.units),
        proposed=(datetime.fromisoformat(change["starts_at"]), change["units"]),
    ):
        booking.change = None


def schedule(work: UnitOfWork, booking: Booking) -> None:
    """Set when what is not yet a promise lapses, and when the clock looks next."""
    booking.expires_at = lapses_at(booking.tail, booking.state, facts_of(booking))
    booking.due_at = next_look(booking, work.now)


def _account_for(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """What a moderator decides in a case is decided for the instance."""
    if move.role is Role.MODERATOR:
        why = said.note or said.reason or ""
        work.account_for(f"booking.{move.row.action}", about="booking", about_id=booking.id, why=why)


def _tell(
    work: UnitOfWork, booking: Booking, move: Move, said: Said, *, calendar_version: int | None
) -> None:
    _account_for(work, booking, move, said)
    sides = {Role.BORROWER: booking.borrower_id, Role.PROVIDER: booking.provider_id}
    work.session.add(
        BookingEvent(
            id=new_id(),
            booking_id=booking.id,
            version=booking.version,
            calendar_version=calendar_version,
            action=move.row.action,
            role=move.role,
            actor_id=None if move.role is Role.CLOCK else work.actor.id,
            for_id=sides.get(move.role),
            state_before=move.source,
            state_after=move.target,
            reason=said.reason,
            note=said.note,
            terms=_offered_with(booking, move),
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
            together=told_with_group(work, booking, move, said),
        )
    )


def _changes_contract(move: Move) -> bool:
    """Whether what the two have agreed, or what they wrote down about it, is no longer the same."""
    promised = move.target is State.CONFIRMED and move.changes_state
    called_off = move.target is State.CANCELLED and move.changes_state  # of a group the rest goes on
    return promised or called_off or (move.row.effect in _WRITTEN_DOWN and is_answered(move.target))


_WRITTEN_DOWN: Final = frozenset(
    {
        Effect.AGREED_TERMS,
        Effect.RECORD_HAND_OVER,
        Effect.ACKNOWLEDGE,
        Effect.RECORD_RETURN,
        Effect.ACKNOWLEDGE_RETURN,
    }
)


def _offered_with(booking: Booking, move: Move) -> dict[str, Any] | None:
    """The terms that this step put on the table, so that the story tells who offered what."""
    if move.row.effect is Effect.REMEMBER_CHANGE:
        return {name: told for name, told in (booking.change or {}).items() if name != "kept_price"}
    offers = move.row.effect in _OFFERING or move.row.action is Action.OFFER_TURN
    return terms_of(booking).as_json() if offers else None


def _tell_rivals(work: UnitOfWork, promised: Sequence[Booking]) -> None:
    """Tell those whose request held nothing and no longer fits beside these promises (T20)."""
    if not promised:
        return
    touched = listings.family_of(work, promised[0].listing_id)
    for rival in repository.rivals(work.session, promised, touched):
        verdict = listings.judge(
            work, rival.listing_id, span=span_of(rival), units=rival.units, borrower=None, holder_id=rival.id
        )
        if verdict.free_units < rival.units:
            whom = (Role.BORROWER, Role.PROVIDER)
            reminder = Reminder.NO_LONGER_FITS
            work.record(BookingReminded(booking_id=rival.id, reminder=reminder, whom=whom))
            tell_anew(work, rival)


def _keep_calendar(work: UnitOfWork, booking: Booking, move: Move) -> None:
    """Let the calendar say what the new state says (T5)."""
    takes = holds_units(booking, move.target)
    if not takes:
        if booking.holds_units:
            # What was never in use leaves no buffer behind.
            used = booking.units_handed_over > 0 or was_used(move.source, move.target)
            listings.release(work, booking.id, at=work.now if used else None)
    elif move.row.effect is Effect.RECORD_HAND_OVER:
        _occupy(work, booking, Interval(min(work.now, booking.starts_at), booking.ends_at), booking.units_out)
    elif move.row.effect is Effect.RECORD_RETURN:
        listings.reduce(work, booking.id, units=booking.units_out)
    elif move.row.effect is Effect.AGREED_TERMS and booking.units_out:
        _occupy(work, booking, Interval(min(work.now, booking.starts_at), booking.ends_at), booking.units_out)
    elif move.row.effect in {Effect.NEW_TERMS, Effect.AGREED_TERMS} or not booking.holds_units:
        _occupy(work, booking, span_of(booking), booking.units)
    booking.holds_units = takes


def _occupy(work: UnitOfWork, booking: Booking, span: Interval, units: int) -> None:
    listings.occupy(work, booking.listing_id, holder_id=booking.id, span=span, units=units)

"""When somebody wants to be forgotten (domain.md §6): what keeps them, what is called off, what is wiped."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.accounts.events import ErasureAsked, OrganisationDissolved, PersonErased
from app.bookings import repository, together, traces
from app.bookings.events import RemotePersonErased
from app.bookings.problems import ThingsStillOut
from app.bookings.rules.moves import after, allowed_actions
from app.bookings.rules.states import is_case, is_terminal
from app.bookings.rules.words import Action, Role, Side, State
from app.bookings.schemas import Said
from app.bookings.service import contract
from app.bookings.service.carrying import step
from app.bookings.service.values import OF_SOMEBODY_GONE, facts_of
from app.bookings.service.waiting import tell_anew
from app.bookings.tables import Booking
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

_ENDINGS: Final = (Action.WITHDRAW, Action.DECLINE, Action.CANCEL)


def refuse_while_things_are_out(work: UnitOfWork, asked: ErasureAsked) -> None:
    """Nobody leaves with a borrowed drill or in the middle of a case."""
    _free_to_go(work, asked.person_id)


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Call off what has not begun, and wipe the person's words and name from everything; tallies stay."""
    contract.forget_member(work, erased.person_id)  # while it can be told what they asked for and wrote
    traces.forget_words(work.session, erased.person_id, now=work.now)
    _forget_party(work, erased.person_id)
    traces.forget_ids(work.session, erased.person_id)
    together.forget_asker(work.session, erased.person_id)


def refuse_to_dissolve(work: UnitOfWork, dissolved: OrganisationDissolved) -> None:
    """What an organisation lent or borrowed must be back before its last member leaves."""
    _free_to_go(work, dissolved.organisation_id)


def dissolve(work: UnitOfWork, dissolved: OrganisationDissolved) -> None:
    """Call off and anonymise the bookings of an organisation without members."""
    _forget_party(work, dissolved.organisation_id)


def _free_to_go(work: UnitOfWork, party_id: UUID) -> Sequence[Booking]:
    """Everything in which this party is a side, locked, so that nothing is handed over meanwhile."""
    together.lock_series_of(work.session, party_id)  # before their bookings, as everywhere
    together.lock_groups_of(work.session, party_id)
    found = repository.of_party(work.session, party_id)
    if any(booking.units_out > 0 or is_case(booking.state) for booking in found):
        raise ThingsStillOut
    return found


def _forget_party(work: UnitOfWork, party_id: UUID) -> None:
    leaving = _free_to_go(work, party_id)
    contract.forget_party(work, leaving, party_id)
    traces.forget_agreed_words(work.session, {one.id for one in leaving})
    # Calling off locks listings, so all of them at once: of two who leave nobody waits for the other in a circle.
    listings.hold_all_still(work, {one.listing_id for one in leaving if not is_terminal(one.state)})
    for booking in leaving:
        if not is_terminal(booking.state):
            _call_off(work, booking, party_id)
        booking.remote_contact = booking.place_note = booking.condition = None
        booking.counter = booking.change = None
        if booking.borrower_id == party_id:
            booking.borrower_id = booking.purpose = booking.override_reason = None
        if booking.provider_id == party_id:
            booking.provider_id = None
            booking.terms = booking.terms | OF_SOMEBODY_GONE
        work.session.add(booking)
        _let_partner_forget(work, booking)
    for series in together.lock_series_of(work.session, party_id):
        if series.borrower_id == party_id:
            series.borrower_id = series.purpose = None
        if series.provider_id == party_id:
            series.provider_id = None
        work.session.add(series)
    for group in together.lock_groups_of(work.session, party_id):
        group.borrower_id = group.purpose = None
        work.session.add(group)
    work.session.flush()


def _let_partner_forget(work: UnitOfWork, booking: Booking) -> None:
    if booking.partner_id is None:
        return
    if booking.side is Side.REQUESTER:
        work.record(RemotePersonErased(booking_id=booking.id, partner_id=booking.partner_id))
    else:
        tell_anew(work, booking)


def _call_off(work: UnitOfWork, booking: Booking, party_id: UUID) -> None:
    role = Role.BORROWER if booking.borrower_id == party_id else Role.PROVIDER
    facts = facts_of(booking)
    possible = allowed_actions(booking.tail, booking.state, {role}, facts=facts, now=work.now)
    action: Action | None = next((ending for ending in _ENDINGS if ending in possible), None)
    if action is None and booking.state not in {State.WAITLISTED, State.OFFERED}:
        return  # all that is left is for the clock to complete
    if action is None:
        action, role = Action.EXPIRE, Role.CLOCK  # nobody is left to wait for
    move = after(booking.tail, booking.state, action, {role}, facts=facts, now=work.now)
    step(work, booking, move, Said(reason="account_erased"))

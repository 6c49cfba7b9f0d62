"""When somebody wants to be forgotten (domain.md §6): what keeps them, what is called off, what is wiped."""

from uuid import UUID

from app.accounts.events import ErasureAsked, PersonErased
from app.bookings import repository
from app.bookings.problems import ThingsStillOut
from app.bookings.rules.moves import after, allowed_actions
from app.bookings.rules.states import is_terminal
from app.bookings.rules.words import Action, Role, Side
from app.bookings.schemas import Said
from app.bookings.service.acting import ask_partner
from app.bookings.service.stepping import take
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking
from app.kernel.unit_of_work import UnitOfWork

_ENDINGS = (Action.WITHDRAW, Action.DECLINE, Action.CANCEL)


def refuse_while_things_are_out(work: UnitOfWork, asked: ErasureAsked) -> None:
    """Nobody leaves with a borrowed drill or in the middle of a case."""
    if repository.keeps_from_leaving(work.session, asked.person_id):
        raise ThingsStillOut


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Call off what has not begun, and wipe the person's words and name from everything; tallies stay."""
    for booking in repository.of_party(work.session, erased.person_id):
        if not is_terminal(booking.state):
            _call_off(work, booking, erased.person_id)
        booking.purpose = booking.remote_contact = None
        if booking.borrower_id == erased.person_id:
            booking.borrower_id = None
        if booking.provider_id == erased.person_id:
            booking.provider_id = None
        work.session.add(booking)
    work.session.flush()  # what follows is said in SQL, over what was just written
    repository.forget_author(work.session, erased.person_id)


def _call_off(work: UnitOfWork, booking: Booking, person_id: UUID) -> None:
    role = Role.BORROWER if booking.borrower_id == person_id else Role.PROVIDER
    facts = facts_of(booking)
    possible = allowed_actions(booking.tail, booking.state, {role}, facts=facts, now=work.now)
    action = next((ending for ending in _ENDINGS if ending in possible), None)
    if action is None:
        return  # all that is left is for the clock to complete
    move = after(booking.tail, booking.state, action, {role}, facts=facts, now=work.now)
    step = ask_partner if booking.side is Side.REQUESTER else take
    step(work, booking, move, Said(reason="account_erased"))

"""A session of a course is cancelled with all its bookings, in one transaction; everybody who booked is told."""

from typing import Final
from uuid import UUID

from app.bookings import seats
from app.bookings.rules.moves import after
from app.bookings.rules.words import Action, Role, State
from app.bookings.schemas import Said, Step
from app.bookings.service.stepping import take
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking
from app.kernel.problems import FieldError, Invalid, NotAllowed, Overtaken
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import ListingRead

REASON: Final = "session_cancelled"
_ENDINGS: Final = {
    State.REQUESTED: (Action.DECLINE, Role.PROVIDER),
    State.COUNTERED: (Action.DECLINE, Role.PROVIDER),
    State.WAITLISTED: (Action.EXPIRE, Role.CLOCK),
    State.OFFERED: (Action.EXPIRE, Role.CLOCK),
    State.CONFIRMED: (Action.CANCEL, Role.PROVIDER),
}
"""How a booking of a session that does not take place ends; what has been told of attendance stays as it is."""


def cancel_session(
    work: UnitOfWork, listing_id: UUID, session_id: UUID, said: Step, *, seen: int | None = None
) -> ListingRead:
    """Cancel the session and every booking of it, or nothing at all. Cancelled again it stays cancelled.

    Refused with NotFound, NotAllowed, Invalid without a word why, VersionStale, and SessionOver afterwards.
    """
    if not (said.reason or said.note):
        raise Invalid(FieldError("/reason", message("Please tell those who come why.")))
    session = listings.find_session(work, listing_id, session_id)
    if not listings.may_edit(work, listing_id):
        raise NotAllowed
    # Bookings first, then their listing: the order of locks everywhere. Who asked in between is found by looking again;
    # whoever moves such a booking just now waits for the listing, so it is not waited for: all of it begins anew.
    of_it = (work.session, listing_id, session.interval, frozenset(_ENDINGS))
    bookings = list(seats.taken(*of_it, but=(), wait=True))
    listings.cancel_session(work, listing_id, session_id, seen=seen)
    bookings += seats.taken(*of_it, but=[one.id for one in bookings], wait=False)
    if seats.any_taken(*of_it, but=[one.id for one in bookings]):
        raise Overtaken
    for booking in bookings:
        _end(work, booking, Said(reason=said.reason or REASON, note=said.note))
    return listings.read(work, listing_id)


def _end(work: UnitOfWork, booking: Booking, said: Said) -> None:
    action, role = _ENDINGS[booking.state]
    move = after(booking.tail, booking.state, action, {role}, facts=facts_of(booking), now=work.now)
    take(work, booking, move, said)

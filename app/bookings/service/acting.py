"""The one path of every action, whoever takes it."""

from uuid import UUID

from app.bookings import policy, repository
from app.bookings.rules.moves import Move, after
from app.bookings.rules.words import Action, Role, Side
from app.bookings.schemas import BookingRead, Said
from app.bookings.service import views
from app.bookings.service.carrying import step
from app.bookings.service.values import facts_of, parties_of
from app.bookings.tables import Booking
from app.kernel import versions
from app.kernel.actor import Actor
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import DEFAULT_LANGUAGE, message
from app.kernel.unit_of_work import UnitOfWork

NOTHING = Said()


def act(
    work: UnitOfWork,
    booking_id: UUID,
    action: str,
    said: Said = NOTHING,
    *,
    seen: int | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> BookingRead:
    """Take this step for whoever acts; answers the booking after it.

    Refused with NotFound, VersionStale, NotAllowed or StepNotPossible, and with SlotTaken where the calendar says no.
    On a booking that a partner writes, the step is asked of the partner: the state moves when the partner says so.
    """
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    versions.require(seen, booking.version)
    move = after(
        booking.tail,
        booking.state,
        Action(action),
        _roles(work.actor, booking),
        facts=facts_of(booking, returning=said.units),
        now=work.now,
    )
    _require_reason(move, said)
    step(work, booking, move, said)
    return views.read(work, booking, language=language)


def _roles(actor: Actor, booking: Booking) -> frozenset[Role]:
    """As whom somebody acts; where a partner writes, moderators are the partner's."""
    roles = policy.roles_of(actor, parties_of(booking))
    return roles - {Role.MODERATOR} if booking.side is Side.REQUESTER else roles


def _require_reason(move: Move, said: Said) -> None:
    """Providers may always cancel, with a reason (T19): somebody had planned with it."""
    needed = move.row.action is Action.CANCEL and move.role is Role.PROVIDER
    if needed and not (said.reason or said.note):
        raise Invalid(FieldError("/reason", message("Please tell the borrower why.")))

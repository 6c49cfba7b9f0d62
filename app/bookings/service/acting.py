"""The one path of every action, whoever takes it."""

from uuid import UUID

from app.bookings import policy, repository
from app.bookings.events import RemoteActionAsked
from app.bookings.rules.moves import Move, after, is_carried
from app.bookings.rules.words import Action, Exchange, Role, Side
from app.bookings.schemas import BookingRead, Said
from app.bookings.service import views
from app.bookings.service.stepping import take
from app.bookings.service.values import facts_of, parties_of
from app.bookings.tables import Booking
from app.kernel import versions
from app.kernel.problems import FieldError, Invalid, NotYet
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork

NOTHING = Said()


def act(
    work: UnitOfWork, booking_id: UUID, action: str, said: Said = NOTHING, *, seen: int | None = None
) -> BookingRead:
    """Take this step for whoever acts; answers the booking after it.

    Refused with NotFound, VersionStale, NotAllowed, NotYet or StepNotPossible, and with SlotTaken where the
    calendar says no. On a booking that a partner writes, the step is asked of the partner: the state moves
    when the partner says so.
    """
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    versions.require(seen, booking.version)
    roles = policy.roles_of(work.actor, parties_of(booking))
    if not is_carried(Action(action), booking.side, roles):
        raise NotYet(message("“{action}” is not available between two regions yet.", action=action))
    move = after(
        booking.tail,
        booking.state,
        Action(action),
        roles,
        facts=facts_of(booking, returning=said.units),
        now=work.now,
    )
    _require_reason(move, said)
    if booking.side is Side.REQUESTER:
        ask_partner(work, booking, move, said)
    else:
        take(work, booking, move, said)
    return views.read(work, booking)


def _require_reason(move: Move, said: Said) -> None:
    """Providers may always cancel, with a reason (T19): somebody had planned with it."""
    needed = move.row.action is Action.CANCEL and move.role is Role.PROVIDER
    if needed and not (said.reason or said.note):
        raise Invalid(FieldError("/reason", message("Please tell the borrower why.")))


def ask_partner(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Have the partner's instance asked to take this step; until it answers nothing has moved."""
    assert booking.partner_id is not None
    booking.exchange_status = Exchange.SENDING
    booking.version += 1
    work.session.add(booking)
    work.record(
        RemoteActionAsked(
            booking_id=booking.id,
            partner_id=booking.partner_id,
            action=move.row.action,
            reason=said.reason,
            note=said.note,
            units=said.units,
            code=said.code,
        )
    )

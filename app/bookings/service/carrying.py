"""Steps, wherever the booking is written: here they are taken, elsewhere the partner is asked to take them."""

from dataclasses import fields
from typing import Any, Final

from pydantic_core import to_jsonable_python

from app.bookings.events import RemoteActionAsked
from app.bookings.rules.exchange import CONSENTS
from app.bookings.rules.moves import Move
from app.bookings.rules.words import Exchange, Side
from app.bookings.schemas import Said
from app.bookings.service.stepping import take
from app.bookings.tables import Booking
from app.kernel.unit_of_work import UnitOfWork

_STAYS: Final = frozenset({"photo_ids", "deposit", "together", "amount_minor", "attended", "absent"})
"""What only providers say, or what means nothing elsewhere."""


def step(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Take the step that the law allows, or have it asked for; what a partner writes moves when the partner says so."""
    if booking.side is Side.REQUESTER:
        _ask(work, booking, move, said)
    else:
        take(work, booking, move, said)


def _ask(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    assert booking.partner_id is not None
    booking.exchange_status, booking.refusal = Exchange.SENDING, None
    booking.version += 1
    work.session.add(booking)
    work.record(
        RemoteActionAsked(
            booking_id=booking.id,
            partner_id=booking.partner_id,
            action=move.row.action,
            seen=booking.remote_rev if move.row.action in CONSENTS else None,
            said=_carried(said),
        )
    )


def _carried(said: Said) -> dict[str, Any]:
    told = {field.name: getattr(said, field.name) for field in fields(Said) if field.name not in _STAYS}
    return {name: to_jsonable_python(value) for name, value in told.items() if value is not None}

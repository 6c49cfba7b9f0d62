"""Hand-over and return records: how many, in what condition, what became of the deposit, who said so."""

from datetime import timedelta
from typing import Final

from app.bookings import repository
from app.bookings.problems import CodeWrong
from app.bookings.rules.moves import Move
from app.bookings.rules.sealing import SEALED_AFTER
from app.bookings.rules.words import RecordKind, Role
from app.bookings.schemas import Said
from app.bookings.tables import Booking, BookingRecord
from app.kernel.ids import new_id
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

LONGER_AT_MOST: Final = timedelta(days=1)


def record_minutes(_work: UnitOfWork, booking: Booking, _move: Move, said: Said) -> None:
    """Note the real length; without a number it was as long as agreed. A typing error of days is refused."""
    agreed = booking.ends_at - booking.starts_at
    most = (agreed + LONGER_AT_MOST) // timedelta(minutes=1)
    if said.minutes is not None and said.minutes > most:
        raise Invalid(FieldError("/minutes", message("That is more than a day longer than agreed.")))
    booking.minutes = max(1, agreed // timedelta(minutes=1)) if said.minutes is None else said.minutes


def record_hand_over(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    units = _some_of(booking.units, said)
    if said.code is not None:
        if said.code != booking.hand_over_code:
            raise CodeWrong
        booking.acknowledged_at = work.now
    booking.units_handed_over = booking.units_out = units
    _write_record(work, booking, RecordKind.HAND_OVER, move.role, said, units=units)


def record_return(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
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
    if said.photo_ids:
        listings.require_photos_of_booking(work, booking.id, said.photo_ids)
    seals_at = work.now + SEALED_AFTER
    booking.seals_at = min(booking.seals_at or seals_at, seals_at)
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
            seals_at=seals_at,
            acknowledged_at=booking.acknowledged_at if kind is RecordKind.HAND_OVER else None,
        )
    )


def acknowledge(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    booking.acknowledged_at = work.now
    for record in repository.unacknowledged(work.session, booking.id, RecordKind.HAND_OVER):
        record.acknowledged_at = work.now

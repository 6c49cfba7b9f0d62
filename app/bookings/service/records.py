"""Hand-over and return records: how many, in what condition, what became of the deposit, who said so."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from app.bookings import repository
from app.bookings.rules.deposits import Deposited, faults
from app.bookings.rules.moves import Move
from app.bookings.rules.sealing import SEALED_AFTER
from app.bookings.rules.words import RecordKind, Role
from app.bookings.schemas import Deposit, Said
from app.bookings.service.codes import try_code
from app.bookings.tables import Booking, BookingRecord
from app.kernel.ids import new_id
from app.kernel.money import Money
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

LONGER_AT_MOST: Final = timedelta(days=1)
MOST_RECORDS: Final = 100
"""How many records a booking has, corrections included; each makes a version of the contract that holds them all."""


def record_minutes(_work: UnitOfWork, booking: Booking, _move: Move, said: Said) -> None:
    """Note the real length; without a number it was as long as agreed. A typing error of days is refused."""
    agreed = booking.ends_at - booking.starts_at
    most = (agreed + LONGER_AT_MOST) // timedelta(minutes=1)
    if said.minutes is not None and said.minutes > most:
        raise Invalid(FieldError("/minutes", message("That is more than a day longer than agreed.")))
    booking.minutes = max(1, agreed // timedelta(minutes=1)) if said.minutes is None else said.minutes


def record_hand_over(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Note what went out. The borrower's six digits acknowledge it on the spot."""
    acknowledged = try_code(work, booking, said)
    units = _some_of(booking.units, said)
    record = _write_record(work, booking, RecordKind.HAND_OVER, move.role, said, units=units)
    if acknowledged:
        booking.acknowledged_at = record.acknowledged_at = work.now
    booking.units_handed_over = booking.units_out = units


def record_return(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Note what came back. The borrower's six digits acknowledge it on the spot; else they agree or say nothing."""
    acknowledged = try_code(work, booking, said)
    units = _some_of(booking.units_out, said)
    if units < booking.units_out and are_many(work, booking):
        raise Invalid(
            FieldError("/units", message("There are very many records already: note all of the rest."))
        )
    record = _write_record(work, booking, RecordKind.RETURN, move.role, said, units=units)
    if acknowledged:
        record.acknowledged_at = work.now
    booking.units_out -= units


def acknowledge(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    """The borrower has what the record says."""
    booking.acknowledged_at = work.now
    _acknowledge(work, booking, RecordKind.HAND_OVER)


def acknowledge_return(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    """The borrower agrees to what was noted when it came back."""
    _acknowledge(work, booking, RecordKind.RETURN)


def _acknowledge(work: UnitOfWork, booking: Booking, kind: RecordKind) -> None:
    """What is sealed stays as it is; the story of the booking tells of a yes that came later."""
    for record in newest(repository.unacknowledged(work.session, booking.id, kind)):
        record.acknowledged_at = work.now


def newest(records: Sequence[BookingRecord]) -> list[BookingRecord]:
    """Those of the records that none of them corrects."""
    corrected = {record.corrects_id for record in records}
    return [record for record in records if record.id not in corrected]


def are_many(work: UnitOfWork, booking: Booking) -> bool:
    """Whether this booking has as many records as one may; the last return is always written down."""
    return len(repository.records(work.session, booking.id)) >= MOST_RECORDS


def _some_of(most: int, said: Said) -> int:
    """All that there are unless fewer are named; more than there are cannot be meant."""
    units = most if said.units is None else said.units
    if units > most:
        raise Invalid(FieldError("/units", message("There are only {most}.", most=most)))
    return units


def _write_record(
    work: UnitOfWork, booking: Booking, kind: RecordKind, role: Role, said: Said, *, units: int
) -> BookingRecord:
    if said.photo_ids:
        listings.require_photos_of_booking(work, booking.id, said.photo_ids)
    seals_at = work.now + SEALED_AFTER
    booking.seals_at = min(booking.seals_at or seals_at, seals_at)
    record = BookingRecord(
        id=new_id(),
        booking_id=booking.id,
        kind=kind,
        units=units,
        condition=said.condition,
        photo_ids=[str(photo_id) for photo_id in said.photo_ids],
        deposit=deposited(work, booking, kind, said.deposit),
        role=role,
        recorded_by=work.actor.id,
        recorded_at=work.now,
        seals_at=seals_at,
    )
    work.session.add(record)
    return record


def deposited(
    work: UnitOfWork,
    booking: Booking,
    kind: RecordKind,
    said: Deposit | None,
    *,
    instead_of: BookingRecord | None = None,
) -> dict[str, Any] | None:
    """What is stored of the deposit. Refused where it is not the agreed one, more than is left, or kept without why."""
    if said is None:
        return None
    kept = said.kept_minor
    if kept is None:
        kept = said.amount_minor if said.kept_reason else 0
    amount = Money(said.amount_minor, said.currency)
    agreed = (booking.price or {}).get("deposit")
    others = [one for one in newest(repository.records(work.session, booking.id)) if one is not instead_of]
    taken = [
        one.deposit["amount_minor"] for one in others if one.deposit and one.kind is RecordKind.HAND_OVER
    ]
    back = [one.deposit["amount_minor"] for one in others if one.deposit and one.kind is RecordKind.RETURN]
    wrong = faults(
        kind,
        Deposited(amount=amount, kept_minor=kept, kept_reason=said.kept_reason),
        agreed=Money(**agreed) if agreed else None,
        taken=sum(taken) if taken else None,
        given_back=sum(back),
    )
    if wrong:
        raise Invalid(*wrong)
    return said.model_dump() | {"kept_minor": kept}

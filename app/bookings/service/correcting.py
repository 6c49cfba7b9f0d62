"""Within 48 hours whoever wrote a record may correct it: the record stays, a new version stands beside it."""

from uuid import UUID

from app.bookings import policy, repository
from app.bookings.events import BookingMoved
from app.bookings.problems import RecordSealed
from app.bookings.rules.words import RecordKind, Role
from app.bookings.schemas import BookingRead, Correction
from app.bookings.service import contract, views
from app.bookings.service.records import are_many, deposited
from app.bookings.service.values import parties_of
from app.bookings.tables import Booking, BookingEvent, BookingRecord
from app.kernel import versions
from app.kernel.ids import new_id
from app.kernel.problems import NotAllowed, NotFound, NotNow
from app.kernel.text import DEFAULT_LANGUAGE, message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

STEP = "correct-record"


def correct(
    work: UnitOfWork,
    booking_id: UUID,
    record_id: UUID,
    said: Correction,
    *,
    seen: int | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> BookingRead:
    """Write what the record should have said; the other side is asked to acknowledge it anew.

    Refused with NotFound, VersionStale, NotAllowed for the other side, RecordSealed after 48 hours, and NotNow after
    very many. What is corrected is always the newest version.
    """
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    versions.require(seen, booking.version)
    record = _newest_version(work, booking, record_id)
    if record.role not in policy.roles_of(work.actor, parties_of(booking)):
        raise NotAllowed
    if record.digest is not None or work.now >= record.seals_at:
        raise RecordSealed
    if are_many(work, booking):
        raise NotNow(message("There are very many records already. Please write a message instead."))
    if said.photo_ids:
        listings.require_photos_of_booking(work, booking.id, said.photo_ids)
    deposit = deposited(work, booking, record.kind, said.deposit, instead_of=record)
    work.session.add(
        BookingRecord(
            id=new_id(),
            booking_id=booking.id,
            kind=record.kind,
            units=record.units,
            condition=record.condition if said.condition is None else said.condition,
            photo_ids=record.photo_ids
            if said.photo_ids is None
            else [str(photo_id) for photo_id in said.photo_ids],
            deposit=deposit or record.deposit,
            role=record.role,
            recorded_by=work.actor.id,
            recorded_at=work.now,
            version=record.version + 1,
            corrects_id=record.id,
            seals_at=record.seals_at,
        )
    )
    if record.kind is RecordKind.HAND_OVER:
        booking.acknowledged_at = None
    booking.version += 1
    work.session.add(booking)
    _tell(work, booking, record.role)
    contract.add_version(work, booking)
    return views.read(work, booking, language=language)


def _newest_version(work: UnitOfWork, booking: Booking, record_id: UUID) -> BookingRecord:
    by_corrected = {record.corrects_id: record for record in repository.records(work.session, booking.id)}
    found = next((one for one in repository.records(work.session, booking.id) if one.id == record_id), None)
    if found is None:
        raise NotFound
    while found.id in by_corrected:
        found = by_corrected[found.id]
    return found


def _tell(work: UnitOfWork, booking: Booking, role: Role) -> None:
    sides = {Role.BORROWER: booking.borrower_id, Role.PROVIDER: booking.provider_id}
    work.session.add(
        BookingEvent(
            id=new_id(),
            booking_id=booking.id,
            version=booking.version,
            action=STEP,
            role=role,
            actor_id=work.actor.id,
            for_id=sides.get(role),
            state_before=booking.state,
            state_after=booking.state,
            at=work.now,
        )
    )
    work.record(
        BookingMoved(
            booking_id=booking.id,
            listing_id=booking.listing_id,
            action=STEP,
            role=role,
            state_before=booking.state,
            state_after=booking.state,
            side=booking.side,
            partner_id=booking.partner_id,
            version=booking.version,
        )
    )

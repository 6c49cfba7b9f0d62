"""Records are sealed after 48 hours: from then on their digest tells whether anybody has changed them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.bookings import repository
from app.bookings.rules.sealing import digest
from app.bookings.tables import Booking, BookingRecord
from app.kernel.unit_of_work import Reading, UnitOfWork

_SEALED: Final = (
    "id", "booking_id", "kind", "version", "corrects_id", "units", "condition", "photo_ids", "deposit", "role",
    "recorded_at", "acknowledged_at",
)  # fmt: skip
"""What the digest covers: all that was said, and whether the other side had agreed to it by then."""


def seal_due(work: UnitOfWork, booking: Booking) -> None:
    """Seal the records whose time has come. Sealing twice is sealing once."""
    for record in repository.unsealed(work.session, booking.id):
        if record.seals_at <= work.now:
            record.digest = digest_of(record)
            work.session.add(record)
    work.session.flush()
    left = repository.unsealed(work.session, booking.id)
    booking.seals_at = min((record.seals_at for record in left), default=None)


def digest_of(record: BookingRecord) -> str:
    """The digest of the record as it stands."""
    return digest({name: getattr(record, name) for name in _SEALED})


def broken_seals(reading: Reading) -> Sequence[UUID]:
    """Name the records that are not what they were when they were sealed; there should never be one.

    Words of somebody who has left are wiped, as the law of erasure asks; such a record says when.
    """
    sealed = repository.sealed(reading.session)
    return [record.id for record in sealed if record.wiped_at is None and record.digest != digest_of(record)]

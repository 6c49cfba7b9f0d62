"""Versions of a contract: written when a promise is made or changes, kept, and cleared of names that must go."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.bookings import repository
from app.bookings.rules.words import Side
from app.bookings.service.contract.content import content, digest, is_nameless, without
from app.bookings.tables import Booking, BookingContract
from app.kernel.ids import new_id
from app.kernel.unit_of_work import UnitOfWork

KEPT: Final = timedelta(days=365)
"""How long after its end a contract still says who its parties were (domain.md §6)."""
_BATCH: Final = 500


def add_version(work: UnitOfWork, booking: Booking) -> None:
    """Write down what the contract says now, in the transaction of what made it say so.

    Says it the same as before, nothing is written. What a partner writes has its contract there.
    """
    if booking.side is Side.REQUESTER:
        return
    work.session.flush()  # records are read back below
    data = content(work, booking)
    made = digest(data)
    last = repository.last_contract(work.session, booking.id)
    if last is not None and last.digest == made:
        return
    work.session.add(
        BookingContract(
            id=new_id(),
            booking_id=booking.id,
            version=last.version + 1 if last else 1,
            data=data,
            digest=made,
            created_at=work.now,
        )
    )


def forget_party(work: UnitOfWork, bookings: Sequence[Booking], party_id: UUID) -> None:
    """Take out of these bookings' contracts who this party was. The digest of the original stays."""
    sides = {
        booking.id: (booking.provider_id == party_id, booking.borrower_id == party_id) for booking in bookings
    }
    for row in repository.contracts_of(work.session, sides):
        provider, borrower = sides[row.booking_id]
        _anonymise(work, row, provider=provider, borrower=borrower)


def forget_old(work: UnitOfWork) -> None:
    """Take the names out of contracts that ended a year ago."""
    for row in repository.contracts_ended(work.session, before=work.now - KEPT, limit=_BATCH):
        _anonymise(work, row, provider=True, borrower=True)


def _anonymise(work: UnitOfWork, row: BookingContract, *, provider: bool, borrower: bool) -> None:
    row.data = without(row.data, provider=provider, borrower=borrower)
    row.anonymised_at = work.now
    row.nameless = is_nameless(row.data)
    work.session.add(row)

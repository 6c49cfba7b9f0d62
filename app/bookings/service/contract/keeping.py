"""Versions of a contract: written when a promise is made or changes, kept, and cleared of names that must go."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.bookings import repository, together, traces
from app.bookings.rules.calendars import ENDED
from app.bookings.rules.states import is_answered, is_terminal
from app.bookings.rules.words import Side
from app.bookings.service.contract.content import (
    content,
    digest,
    instant,
    is_nameless,
    sides_of,
    without,
    without_asker,
)
from app.bookings.tables import Booking, BookingContract
from app.kernel.database import violates
from app.kernel.ids import new_id
from app.kernel.problems import TryAgain
from app.kernel.unit_of_work import Reading, UnitOfWork

KEPT: Final = timedelta(days=365)
"""How long after its end a contract still says who its parties were (domain.md §6)."""
_BATCH: Final = 1_000
_TRIES: Final = 3
_WRITTEN: Final = "contracts written in this unit of work"
_UNIQUE: Final = ("booking_contract.booking_id", "booking_contract.version")


def add_version(work: UnitOfWork, booking: Booking) -> None:
    """Write down what the contract says now, in the transaction of what made it say so.

    Says it the same as before, nothing is written. What a partner writes has its contract from there.
    """
    if booking.side is Side.REQUESTER:
        return
    work.session.flush()  # what is read below has to be there
    if booking.group_id is None:
        _write(work, booking)  # the booking is locked: nobody else writes its contract
        return
    for _ in range(_TRIES):
        try:
            with work.session.begin_nested():
                _write(work, booking)
        except IntegrityError as error:
            if not violates(error, "uq_booking_contract_booking_id_version", *_UNIQUE):
                raise
        else:
            return
    raise TryAgain


def begin(work: UnitOfWork, bookings: Sequence[Booking]) -> None:
    """Write the first version of each of these, which are new, have the same two sides and stand alone."""
    if not bookings:
        return
    sides = sides_of(work, bookings[0])
    for booking in bookings:
        work.session.add(_version(work, booking.id, content(work, booking.id, [booking], sides), 1))


def holder_of(reading: Reading, booking: Booking) -> UUID:
    """Under which booking the contract is kept: of those of one group with one provider, the first."""
    return _together(reading, booking)[0].id


def newest(reading: Reading, booking: Booking) -> BookingContract | None:
    """The contract as it stands, if there is one."""
    return repository.last_contract(reading.session, holder_of(reading, booking))


def _together(reading: Reading, booking: Booking) -> list[Booking]:
    """Those of its group that stand in one contract. What goes to or comes from a partner stands alone."""
    if booking.group_id is None or booking.side is not Side.LOCAL:
        return [booking]
    others = together.bookings_of_group(reading.session, booking.group_id)
    if booking.provider_id is not None:
        return [one for one in others if one.provider_id == booking.provider_id]
    # Several providers may have gone: whose part this was, only the contracts still tell.
    gone = {one.id for one in others if one.provider_id is None and one.side is Side.LOCAL}
    for row in repository.contracts_of(reading.session, gone):
        parts = {row.booking_id, *(UUID(item["booking_id"]) for item in row.data["items"])}
        if booking.id in parts:
            return [one for one in others if one.id in parts]
    return [booking]


def _write(work: UnitOfWork, booking: Booking) -> None:
    """A new version, unless it says nothing new. One unit of work makes one: parts promised together stand together."""
    found = _together(work, booking)
    holder_id = found[0].id
    promised = [one for one in found if is_answered(one.state) and one.state not in ENDED]
    if not promised:
        return
    data = content(work, holder_id, promised, sides_of(work, promised[0]))
    made = digest(data)
    last = repository.last_contract(work.session, holder_id)
    if last is not None and last.digest == made:
        return
    written: set[UUID] = work.session.info.setdefault(_WRITTEN, set())
    if last is not None and last.id in written:
        last.data, last.digest = data, made
        return
    row = _version(work, holder_id, data, last.version + 1 if last else 1)
    work.session.add(row)
    work.session.flush()  # a rival's version of the same number is met here
    written.add(row.id)


def _version(work: UnitOfWork, holder_id: UUID, data: dict[str, Any], number: int) -> BookingContract:
    return BookingContract(
        id=new_id(),
        booking_id=holder_id,
        version=number,
        data=data,
        digest=digest(data),
        created_at=work.now,
    )


def forget_party(work: UnitOfWork, bookings: Sequence[Booking], party_id: UUID) -> None:
    """Take out of these bookings' contracts who this party was. The digest of the original stays."""
    sides = {
        holder_of(work, booking): (
            booking.provider_id == party_id or booking.side is Side.REQUESTER,
            booking.borrower_id == party_id or booking.side is Side.SUPPLIER,  # whose contact closes with it
        )
        for booking in bookings
    }
    for row in repository.contracts_of(work.session, sides):
        provider, borrower = sides[row.booking_id]
        _anonymise(work, row, provider=provider, borrower=borrower)


def forget_member(work: UnitOfWork, person_id: UUID) -> None:
    """Take out of the contracts of parties for which this person acted that it was them, and what they wrote down."""
    written = traces.records_by(work.session, person_id)
    found = repository.by_ids(work.session, {one.booking_id for one in written})
    asked = traces.asked_by(work.session, person_id)
    records = {(str(one.booking_id), instant(one.recorded_at)) for one in written}
    in_their_name = {holder_of(work, booking) for booking in asked}
    holders = in_their_name | {holder_of(work, booking) for booking in found}
    for row in repository.contracts_of(work.session, holders):
        left = without_asker(row.data, records, asked=row.booking_id in in_their_name)
        if left != row.data:
            row.data, row.anonymised_at = left, work.now
            work.session.add(row)


def forget_far_side(work: UnitOfWork, booking: Booking) -> None:
    """Forget who the one at the partner was, at the moment at which their contact data closes (DFP/1 §2.9)."""
    for row in repository.contracts_of(work.session, [holder_of(work, booking)]):
        _anonymise(work, row, provider=booking.side is Side.REQUESTER, borrower=booking.side is Side.SUPPLIER)


def forget_old(work: UnitOfWork) -> None:
    """Take the names out of contracts that ended a year ago."""
    for row in repository.contracts_ended(work.session, before=work.now - KEPT, limit=_BATCH):
        if not _all_ended(work, row.booking_id):
            continue  # a part of the same contract goes on
        _anonymise(work, row, provider=True, borrower=True)


def _all_ended(work: UnitOfWork, holder_id: UUID) -> bool:
    booking = work.session.get_one(Booking, holder_id)
    return all(is_terminal(one.state) and one.since < work.now - KEPT for one in _together(work, booking))


def _anonymise(work: UnitOfWork, row: BookingContract, *, provider: bool, borrower: bool) -> None:
    row.data = without(row.data, provider=provider, borrower=borrower)
    row.anonymised_at = work.now
    row.nameless = is_nameless(row.data)
    work.session.add(row)


def broken(reading: Reading) -> Sequence[UUID]:
    """Name the versions that are not what they were when they were made; there should never be one.

    Where names had to be taken out the digest is the original's, and `anonymised_at` says when.
    """
    kept = repository.contracts_as_made(reading.session)
    return [row.id for row in kept if digest(row.data) != row.digest]

"""What happens elsewhere in the house and concerns partners; heard at once, in the transaction of the fact."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.accounts.events import PartyRenamed, RecognitionMoved
from app.bookings.events import (
    BookingMoved,
    MessageWritten,
    RemoteActionAsked,
    RemoteBookingAsked,
    RemoteMoreToRead,
    RemotePersonErased,
    ToldAnew,
)
from app.federation.service import borrowing, catching_up, publishing
from app.kernel.events import Event
from app.kernel.unit_of_work import UnitOfWork
from app.listings.events import ListingChanged

_SUPPLIER: Final = "supplier"
_REQUESTER: Final = "requester"


def mark_listing(work: UnitOfWork, changed: ListingChanged) -> None:
    """Publish the listing anew."""
    publishing.mark_dirty(work, publishing.LISTINGS, changed.listing_id)


def mark_provider(work: UnitOfWork, changed: PartyRenamed | RecognitionMoved) -> None:
    """Publish anew what an organisation shares; of a person partners see no name."""
    party_id = changed.party_id if isinstance(changed, PartyRenamed) else changed.organisation_id
    publishing.mark_provider(work, party_id)


def mark_loan(work: UnitOfWork, happened: BookingMoved | MessageWritten | ToldAnew) -> None:
    """Tell the partner whose resident borrows here."""
    if happened.side == _SUPPLIER and happened.partner_id is not None:
        publishing.mark_dirty(work, publishing.requests_of(happened.partner_id), happened.booking_id)


def carry_contact(work: UnitOfWork, moved: BookingMoved) -> None:
    """A promise to a resident of ours: the provider may know whom to expect."""
    if moved.side == _REQUESTER:
        borrowing.carry_contact(work, moved)


def carry_message(work: UnitOfWork, written: MessageWritten) -> None:
    """A resident of ours wrote to a provider elsewhere."""
    if written.side == _REQUESTER:
        borrowing.carry_message(work, written)


AT_ONCE: Final[Mapping[type[Event], Sequence[Callable[[UnitOfWork, Any], None]]]] = {
    ListingChanged: [mark_listing],
    PartyRenamed: [mark_provider],
    RecognitionMoved: [mark_provider],
    BookingMoved: [mark_loan, carry_contact],
    MessageWritten: [mark_loan, carry_message],
    ToldAnew: [mark_loan],
    RemoteBookingAsked: [borrowing.ask_for_booking],
    RemoteActionAsked: [borrowing.ask_for_action],
    RemotePersonErased: [borrowing.carry_erasure],
    RemoteMoreToRead: [catching_up.ask_to_look],
}

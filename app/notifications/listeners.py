"""Facts that somebody is told by mail."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.events import (
    EmailChangeAsked,
    Invited,
    MembershipChanged,
    PasswordChanged,
    PasswordResetAsked,
    RecognitionMoved,
    Registered,
    RegisteredAgain,
    SignInLinkAsked,
)
from app.bookings import service as bookings
from app.bookings.events import BookingMoved, BookingReminded, MessageWritten
from app.kernel.actor import SYSTEM
from app.kernel.events import Event
from app.kernel.unit_of_work import Transactions
from app.notifications import account_letters, booking_letters
from app.notifications.account_letters import RECOGNITION
from app.notifications.booking_letters import BORROWER, PROVIDER
from app.notifications.service import Compose, tell

_TO_THE_PERSON: Final = {
    Registered: "confirm_email",
    RegisteredAgain: "registered_again",
    SignInLinkAsked: "sign_in",
    PasswordResetAsked: "reset_password",
    PasswordChanged: "password_changed",
}
Personal = Registered | RegisteredAgain | SignInLinkAsked | PasswordResetAsked | PasswordChanged


def tell_the_person(transactions: Transactions, event: Personal, event_id: UUID) -> None:
    """What concerns one account alone."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, _TO_THE_PERSON[type(event)], event.person_id)


def tell_both_addresses(transactions: Transactions, event: EmailChangeAsked, event_id: UUID) -> None:
    """The new address is asked, the old one warned."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, "change_email", event.person_id, {"change_id": str(event.change_id)})
        tell(work, event_id, "email_change_told", event.person_id)


def tell_the_invited(transactions: Transactions, event: Invited, event_id: UUID) -> None:
    """Somebody is asked to join."""
    with transactions.writing(SYSTEM) as work:
        tell(work, event_id, "invitation", event.invitation_id)


def tell_the_new_member(transactions: Transactions, event: MembershipChanged, event_id: UUID) -> None:
    """Who was let in by somebody else should know of it."""
    if event.before is None and event.after is not None and event.by != event.person_id:
        with transactions.writing(SYSTEM) as work:
            facts = {"organisation_id": str(event.organisation_id)}
            tell(work, event_id, "joined", event.person_id, facts)


def tell_the_organisation(transactions: Transactions, event: RecognitionMoved, event_id: UUID) -> None:
    """What became of its recognition, to its owners and managers."""
    if event.after not in RECOGNITION:
        return
    facts = {"organisation_id": str(event.organisation_id)}
    with transactions.writing(SYSTEM) as work:
        for reader in accounts.recipients(work, event.organisation_id):
            if reader.person_id is not None:
                tell(work, event_id, f"recognition_{event.after}", reader.person_id, facts)


def tell_the_other_side(transactions: Transactions, event: BookingMoved, event_id: UUID) -> None:
    """A step somebody took, to the side that did not take it; a clock's step to both."""
    at_once = event.action == "request" and event.state_after == "confirmed"
    _tell_sides(transactions, event_id, event.booking_id, "book" if at_once else event.action, but=event.role)


def remind_sides(transactions: Transactions, event: BookingReminded, event_id: UUID) -> None:
    """Nothing moved, but the moment has come to say something."""
    silent = next((side for side in (BORROWER, PROVIDER) if side not in event.whom), "")
    _tell_sides(transactions, event_id, event.booking_id, event.reminder, but=silent)


def tell_of_a_message(transactions: Transactions, event: MessageWritten, event_id: UUID) -> None:
    """One side wrote to the other."""
    _tell_sides(transactions, event_id, event.booking_id, "message", but=event.role)


def _tell_sides(transactions: Transactions, event_id: UUID, booking_id: UUID, step: str, *, but: str) -> None:
    with transactions.writing(SYSTEM) as work:
        booking = bookings.get(work, booking_id)
        for side, party in ((BORROWER, booking.borrower), (PROVIDER, booking.provider)):
            if side == but or party.id is None or (step, side) not in booking_letters.TOLD:
                continue
            for reader in accounts.recipients(work, party.id):
                if reader.person_id is not None:
                    facts = {"booking_id": str(booking_id)}
                    tell(work, event_id, f"booking:{step}:{side}", reader.person_id, facts)


LISTENERS: Final[Mapping[str, Callable[[Transactions, Any, UUID], None]]] = {
    "notifications.person": tell_the_person,
    "notifications.addresses": tell_both_addresses,
    "notifications.invited": tell_the_invited,
    "notifications.member": tell_the_new_member,
    "notifications.organisation": tell_the_organisation,
    "notifications.booking": tell_the_other_side,
    "notifications.reminder": remind_sides,
    "notifications.message": tell_of_a_message,
}
"""The listeners of this room, by the names that stand in jobs."""

HEARD: Final[Mapping[type[Event], Sequence[str]]] = {
    **dict.fromkeys(_TO_THE_PERSON, ("notifications.person",)),
    EmailChangeAsked: ("notifications.addresses",),
    Invited: ("notifications.invited",),
    MembershipChanged: ("notifications.member",),
    RecognitionMoved: ("notifications.organisation",),
    BookingMoved: ("notifications.booking",),
    BookingReminded: ("notifications.reminder",),
    MessageWritten: ("notifications.message",),
}
"""Which facts they hear."""

TOPICS: Final[Mapping[str, Compose]] = {**account_letters.TOPICS, **booking_letters.TOPICS}
"""Who writes the letter on which topic."""

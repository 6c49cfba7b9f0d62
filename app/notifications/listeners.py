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
from app.kernel.actor import SYSTEM
from app.kernel.events import Event
from app.kernel.unit_of_work import Transactions
from app.notifications import account_letters
from app.notifications.account_letters import RECOGNITION
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


LISTENERS: Final[Mapping[str, Callable[[Transactions, Any, UUID], None]]] = {
    "notifications.person": tell_the_person,
    "notifications.addresses": tell_both_addresses,
    "notifications.invited": tell_the_invited,
    "notifications.member": tell_the_new_member,
    "notifications.organisation": tell_the_organisation,
}
"""The listeners of this room, by the names that stand in jobs."""

HEARD: Final[Mapping[type[Event], Sequence[str]]] = {
    **dict.fromkeys(_TO_THE_PERSON, ("notifications.person",)),
    EmailChangeAsked: ("notifications.addresses",),
    Invited: ("notifications.invited",),
    MembershipChanged: ("notifications.member",),
    RecognitionMoved: ("notifications.organisation",),
}
"""Which facts they hear."""

TOPICS: Final[Mapping[str, Compose]] = {**account_letters.TOPICS}
"""Who writes the letter on which topic."""

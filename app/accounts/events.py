"""Facts about people and organisations, for the rooms above. Ids and plain values only; tokens never."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Event):
    """Somebody gave an address that is not confirmed yet, or asked again for the mail that confirms it."""

    name: ClassVar[str] = "accounts.registered"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAgain(Event):
    """Somebody tried to register with the address of an account; only its owner hears of it."""

    name: ClassVar[str] = "accounts.registered_again"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConfirmed(Event):
    """An address was shown to be its person's own."""

    name: ClassVar[str] = "accounts.email_confirmed"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLinkAsked(Event):
    """Somebody wants to sign in by mail."""

    name: ClassVar[str] = "accounts.sign_in_link_asked"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetAsked(Event):
    """Somebody has forgotten the password."""

    name: ClassVar[str] = "accounts.password_reset_asked"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A new password holds, and every other session has ended."""

    name: ClassVar[str] = "accounts.password_changed"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChangeAsked(Event):
    """A person wants another address; the mail to the new one confirms it, the old one is told.

    The new address itself waits with its token, not in the log, which keeps no personal data.
    """

    name: ClassVar[str] = "accounts.email_change_asked"
    person_id: UUID
    change_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """An organisation asks somebody to join."""

    name: ClassVar[str] = "accounts.invited"
    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(Event):
    """A person joined (`before` is None), changed role, or left (`after` is None); `by` whom, if by a person."""

    name: ClassVar[str] = "accounts.membership_changed"
    organisation_id: UUID
    person_id: UUID
    before: str | None
    after: str | None
    by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRenamed(Event):
    """A party shows itself under another name."""

    name: ClassVar[str] = "accounts.party_renamed"
    party_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionMoved(Event):
    """The recognition of an organisation took a step."""

    name: ClassVar[str] = "accounts.recognition_moved"
    organisation_id: UUID
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionExpiring(Event):
    """The recognition of an organisation ends within a month, unless it shows a new proof; told once."""

    name: ClassVar[str] = "accounts.recognition_expiring"
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDissolved(Event):
    """The last member of an organisation erased their account; what it offered should end."""

    name: ClassVar[str] = "accounts.organisation_dissolved"
    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAsked(Event):
    """A person wants to be forgotten. Heard at once by rooms that may refuse, by raising a Problem."""

    name: ClassVar[str] = "accounts.erasure_asked"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """A person was forgotten. Heard at once by rooms that must forget, too."""

    name: ClassVar[str] = "accounts.person_erased"
    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAppointed(Event):
    """A person was entrusted with the instance, or is no longer (`role` is None)."""

    name: ClassVar[str] = "accounts.staff_appointed"
    person_id: UUID
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySuspended(Event):
    """A person or an organisation may neither offer nor borrow until then, or until it is lifted."""

    name: ClassVar[str] = "accounts.party_suspended"
    party_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionLifted(Event):
    """A party may offer and borrow again."""

    name: ClassVar[str] = "accounts.suspension_lifted"
    party_id: UUID

"""What goes in and out over accounts. Here: the values other rooms are given; beside: what is on the wire."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.accounts.rules import PartyKind
from app.api.schemas import Instant


@dataclass(frozen=True, slots=True)
class PartySummary:
    """What everybody may know of a party."""

    id: UUID
    kind: PartyKind
    name: str
    recognised: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What rules look at when a party asks for something.

    `member_of` are the organisations of a person; an organisation counts as a member of itself. `born_on` is the
    person's own, or that of the person who asks in an organisation's name; None where nobody said it.
    """

    party_id: UUID
    kind: PartyKind
    recognised: bool
    suspended: bool
    member_of: frozenset[UUID]
    born_on: date | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a party may neither offer nor borrow, and until when; None: until it is lifted."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """How the two sides of a promise reach each other."""

    name: str
    email: str | None
    phone: str | None

    def one_channel(self) -> "Contact":
        """The name and one way to reach them: as much as another region needs to know."""
        return Contact(self.name, self.email, None if self.email else self.phone)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who reads mails for a party; without `person_id` somebody who has no account yet."""

    person_id: UUID | None
    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """How many there are: people with a confirmed address, organisations, those recognised of them."""

    people: int
    organisations: int
    recognised: int


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session just opened: the only moment in which its token is known."""

    person_id: UUID
    access_token: str
    expires_at: Instant

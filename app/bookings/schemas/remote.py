"""Values exchanged with federation about bookings between two instances; no wire format."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bookings.rules.words import Outcome, RecordKind, Role, State


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteContact:
    """How to reach somebody who lives at a partner; kept from the promise until two weeks after its end."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTerms:
    """What somebody offered with a step."""

    starts_at: datetime
    ends_at: datetime
    units: int
    place_note: str | None = None
    condition: str | None = None
    price: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOffer(RemoteTerms):
    """The same while it waits for an answer: a counter-offer, or a change that is proposed."""

    by: Role
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEvent:
    """One step as the provider's instance tells it."""

    version: int
    action: str
    role: Role
    state_before: State | None
    state_after: State
    reason: str | None = None
    note: str | None = None
    terms: RemoteTerms | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMessage:
    """One message, under the id its author's instance gave it. Without text: its author is gone."""

    id: UUID
    role: Role
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRecord:
    """A hand-over or return record as the provider's instance keeps it; its photos stay there."""

    id: UUID
    kind: RecordKind
    units: int
    condition: str | None = None
    deposit: dict[str, Any] | None = None
    role: Role
    recorded_at: datetime
    acknowledged_at: datetime | None = None
    version: int = 1
    corrects_id: UUID | None = None
    seals_at: datetime
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFacts:
    """What the law looks at beside state and time, so that both sides see the same steps and the same clocks."""

    instant: bool
    answer_hours: int
    cancel_hours: int | None
    turn_hours: int
    release_after_minutes: int | None
    access_at_once: bool
    counters: int
    passes: int
    spoke: Role | None
    acknowledged_at: datetime | None
    access_given_at: datetime | None
    case_opened_at: datetime | None
    minutes: int | None
    attended: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOutlook:
    """What the provider's calendar says just now: it may change although nobody takes a step.

    The place in the queue, until when it could be kept longer, whether it may not be there in time, and whether
    others have been promised what was asked for.
    """

    position: int | None = None
    forecast_at: datetime | None = None
    longer_until: datetime | None = None
    at_risk: bool = False
    too_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteContract:
    """The newest version of the contract, by its number and its digest."""

    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteView:
    """All that the provider's instance says about a booking to the borrower's; `rev` rises with every step.

    `more`: older messages or steps had no room. `provider_gone`: the provider has left, and their words with them.
    """

    remote_id: UUID
    rev: int
    state: State
    outcome: Outcome | None
    since: datetime
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    units: int
    units_handed_over: int = 0
    units_out: int = 0
    expires_at: datetime | None = None
    allowed: tuple[str, ...] = ()
    reason: str | None = None
    place_note: str | None = None
    condition: str | None = None
    price: dict[str, Any] | None = None
    counter: RemoteOffer | None = None
    change: RemoteOffer | None = None
    facts: RemoteFacts | None = None
    outlook: RemoteOutlook | None = None
    contact: RemoteContact | None = None
    access: str | None = None
    hand_over_code: str | None = None
    records: tuple[RemoteRecord, ...] = ()
    contract: RemoteContract | None = None
    events: tuple[RemoteEvent, ...] = ()
    messages: tuple[RemoteMessage, ...] = ()
    more: bool = False
    provider_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePaper:
    """One version of a contract as the provider's instance wrote it down; `data` is what the digest is of.

    `anonymised_at`: since then a name is missing from the data, and the digest is the original's.
    """

    version: int
    digest: str
    data: dict[str, Any]
    created_at: datetime
    anonymised_at: datetime | None = None

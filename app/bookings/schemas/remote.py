"""Values exchanged with federation about bookings between two instances; no wire format."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bookings.rules.words import Outcome, Role, State


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
    """One message, under the id its author's instance gave it."""

    id: UUID
    role: Role
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteView:
    """All that the provider's instance says about a booking to the borrower's; `rev` rises with every change."""

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
    price: dict[str, Any] | None = None
    contact: RemoteContact | None = None
    hand_over_code: str | None = None
    events: tuple[RemoteEvent, ...] = ()
    messages: tuple[RemoteMessage, ...] = ()

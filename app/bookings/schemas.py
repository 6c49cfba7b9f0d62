"""Bookings on the wire, and the values that the rooms above hand in and get."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas import Command, Instant, Line, ListQuery, MoneyRead, ReadModel, Text
from app.bookings.rules.states import Standing
from app.bookings.rules.words import Action, Exchange, Outcome, RecordKind, Role, State

MAX_UNITS = 100_000
Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
Note = Annotated[Text, Field(max_length=2_000)]


class BookingCreate(Command):
    """An ask for a listing and a stretch of time, for oneself or for an organisation one owns or manages."""

    listing_id: UUID
    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    organisation_id: UUID | None = None
    purpose: Annotated[Line, Field(max_length=500)] | None = None
    message: Note | None = Field(default=None, description="The first message to the provider.")


class Step(Command):
    """What is said with an action."""

    reason: Annotated[Line, Field(max_length=100)] | None = Field(
        default=None, description="A short code or word."
    )
    note: Note | None = Field(default=None, description="A sentence for the other side.")


class Deposit(Command):
    """What became of the deposit: taken at the hand-over; returned, or kept with a reason, at the return."""

    amount_minor: Annotated[int, Field(ge=0, le=1_000_000_000)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    kept_reason: Annotated[Line, Field(max_length=500)] | None = None


class HandOver(Step):
    """What changes hands, at the hand-over and at the return. Without units: all of them."""

    units: Units | None = None
    condition: Note | None = None
    photo_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    deposit: Deposit | None = None
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = Field(
        default=None, description="The six digits the borrower sees: their acknowledgement."
    )


class WhatHappened(Step):
    """Why nothing came of it."""

    outcome: Literal[Outcome.DID_NOT_HAPPEN, Outcome.NO_SHOW_BORROWER, Outcome.NO_SHOW_PROVIDER] = (
        Outcome.DID_NOT_HAPPEN
    )


class NewTerms(Step):
    """Other terms than those asked for; what is absent stays."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    units: Units | None = None


class Minutes(Step):
    """The real length."""

    minutes: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that can be said with any action, as the service takes it."""

    reason: str | None = None
    note: str | None = None
    units: int | None = None
    condition: str | None = None
    photo_ids: tuple[UUID, ...] = ()
    deposit: Deposit | None = None
    code: str | None = None
    outcome: Outcome | None = None
    minutes: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def of(cls, step: Step) -> "Said":
        return cls(**dict(step))


class MessageCreate(Command):
    """A message to the other side."""

    text: Annotated[Text, Field(min_length=1, max_length=2_000)]


class MessageRead(ReadModel):
    """One message."""

    id: UUID
    booking_id: UUID
    role: Role = Field(description="Which side wrote it.")
    text: str
    written_at: Instant


class BookedListing(ReadModel):
    """The listing as it was when it was asked for."""

    id: UUID
    title: str
    kind: str
    url: str | None = Field(description="Where the listing lives, if at a partner.")


class PartyRead(ReadModel):
    """One side of a booking, as the other sees it."""

    id: UUID | None = Field(description="Null for somebody who lives at a partner.")
    kind: str
    name: str
    recognised: bool


class ExchangeRead(ReadModel):
    """How far we and the partner agree, for bookings between two instances."""

    status: Exchange
    as_of: Instant | None = Field(description="When the partner was last heard about this.")


class AllowedAction(ReadModel):
    """Something you can do now."""

    action: Action
    href: str
    method: Literal["POST"]


class ContactRead(ReadModel):
    """How to reach the other side, from the promise until two weeks after its end."""

    name: str
    email: str | None
    phone: str | None
    address: str | None = Field(description="Where to go, for the borrower.")


class EventRead(ReadModel):
    """One step of the story."""

    version: int
    action: str
    role: Role
    state_before: State | None
    state_after: State
    reason: str | None
    note: str | None
    at: Instant


class RecordRead(ReadModel):
    """A hand-over or return record."""

    id: UUID
    kind: RecordKind
    units: int
    condition: str | None
    photo_ids: list[str]
    deposit: dict[str, Any] | None
    role: Role
    recorded_at: Instant
    acknowledged_at: Instant | None


class BookingSummary(ReadModel):
    """A booking in a list."""

    id: UUID
    listing: BookedListing
    kind: str
    state: State
    outcome: Outcome | None
    standing: Standing | None = Field(description="Derived: due soon, overdue, or at risk.")
    starts_at: Instant
    ends_at: Instant
    units: int
    units_out: int = Field(description="How many are handed over and not back.")
    borrower: PartyRead
    provider: PartyRead
    purpose: str | None
    price: MoneyRead | None = Field(description="The total; null when free or by arrangement, see `pricing`.")
    pricing: str = Field(description="free, by_arrangement or tariff.")
    tariff: str | None = Field(description="regular or reduced.")
    deposit: MoneyRead | None = Field(description="For all units; no part of the price.")
    expires_at: Instant | None = Field(description="When the request lapses unanswered.")
    exchange: ExchangeRead | None
    allowed_actions: list[AllowedAction]
    version: int
    created_at: Instant


class BookingRead(BookingSummary):
    """A booking with everything its two sides may see."""

    contact: ContactRead | None
    hand_over_code: str | None = Field(
        description="Six digits for the borrower to show; null for the provider."
    )
    terms: str | None = Field(description="The provider's terms as they were at the request.")
    events: list[EventRead]
    records: list[RecordRead]


class BookingsExport(ReadModel):
    """Everything about somebody's bookings, to take along."""

    bookings: list[BookingRead]
    messages: list[MessageRead] = Field(description="What this person wrote.")


class BookingQuery(ListQuery):
    """Which of one's bookings, newest first."""

    role: Literal["borrower", "provider"] | None = None
    state: State | None = None


class StateRead(ReadModel):
    """One state of a lifecycle."""

    state: State
    terminal: bool
    promised: bool
    units: str = Field(description="What the state means for the calendar.")


class MoveRead(ReadModel):
    """One row of the table: in one of these states, one of these roles may do this."""

    model_config = ConfigDict(serialize_by_alias=True)

    action: Action
    from_: list[State] = Field(alias="from", description="Empty: it begins a booking.")
    to: State | None = Field(description="Null: the state stays.")
    who: list[Role]
    guard: str | None
    clock: str | None
    effect: str | None
    outcomes: list[Outcome]
    served: bool = Field(description="Planned moves answer 409 not-yet.")


class ReminderRead(ReadModel):
    """What is said in time, without moving anything."""

    reminder: str
    states: list[State]
    whom: list[Role]


class LifecycleRead(ReadModel):
    """The law for one kind of listing."""

    kind: str
    form: str | None = Field(description="For know-how: one_to_one, group or recorded.")
    states: list[StateRead]
    moves: list[MoveRead]
    reminders: list[ReminderRead]
    mermaid: str = Field(description="The same as a Mermaid state diagram.")


class LifecyclesRead(ReadModel):
    """The lifecycle of bookings, as data."""

    terminal: list[State]
    outcomes: list[Outcome]
    lifecycles: list[LifecycleRead]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteContact:
    """How to reach somebody who lives at a partner; kept from the promise until two weeks after its end."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: str | None = None


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

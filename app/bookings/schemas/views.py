"""Bookings as people read them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas import Instant, MoneyRead, ReadModel
from app.bookings.rules.states import Standing
from app.bookings.rules.words import Action, Exchange, Outcome, RecordKind, Role, State
from app.bookings.schemas.groups import GroupRead
from app.bookings.schemas.papers import CalendarFeedRead, ContractExport
from app.bookings.schemas.parties import BookedListing, PartyRead
from app.bookings.schemas.quotes import WayOut
from app.bookings.schemas.series import SeriesRead
from app.listings.schemas import PhotoRead


class MessageRead(ReadModel):
    """One message."""

    id: UUID
    booking_id: UUID
    role: Role = Field(description="Which side wrote it.")
    text: str
    written_at: Instant


class RefusalRead(ReadModel):
    """What the partner would not do, and why."""

    action: str
    code: str = Field(description="Why, as a code.")
    detail: str = Field(description="Why, in the partner's words; may be empty.")
    at: Instant


class ExchangeRead(ReadModel):
    """How far we and the partner agree, for bookings between two instances."""

    status: Exchange
    as_of: Instant | None = Field(description="When the partner was last heard about this.")
    refused: RefusalRead | None = Field(
        description="The last step that the partner refused, until the next one is asked for; null without one."
    )


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


class TermsRead(ReadModel):
    """What somebody offered: everything as it would be then."""

    starts_at: Instant
    ends_at: Instant
    units: int
    place_note: str | None
    condition: str | None = Field(description="Under what condition, in words.")
    price: MoneyRead | None = Field(
        description="The total it would come to; null when free or by arrangement."
    )


class ChangeRead(ReadModel):
    """A change of the promise that one side has proposed and the other can accept."""

    by: Role = Field(description="Which side proposed it.")
    starts_at: Instant
    ends_at: Instant
    units: int
    place_note: str | None
    price: MoneyRead | None = Field(
        description="The total it would come to; null when free or by arrangement."
    )
    since: Instant
    lapses_at: Instant


class CounterRead(ChangeRead):
    """The counter-offer that is on the table: the booking's own time, units and price are these already."""

    by: Role = Field(description="Which side offered it.")
    condition: str | None = Field(description="Under what condition, in words.")


class QueueRead(ReadModel):
    """A place in the queue."""

    position: int = Field(
        description="1 for whoever is next; counted among those who wait for the same time."
    )
    forecast_at: Instant | None = Field(
        description="When it is likely to be free, from how long loans of this listing really took; null if unknown."
    )


class EventRead(ReadModel):
    """One step of the story."""

    version: int
    action: str
    role: Role
    state_before: State | None
    state_after: State
    reason: str | None
    note: str | None
    terms: TermsRead | None = Field(description="What was offered with this step, if anything was.")
    at: Instant


class AnswerRead(ReadModel):
    """An answer in one tap: send `body` to `href`."""

    answer: Literal["brought_back", "need_longer", "problem"]
    action: Action
    href: str
    method: Literal["POST"]
    body: dict[str, Any]


class CaseRead(ReadModel):
    """Something to be settled, and what happens if nobody does."""

    since: Instant
    agreed_by: Role | None = Field(
        description="The side that has said that it is settled; the other may agree."
    )
    moderator_at: Instant = Field(description="When a moderator is called.")
    settles_at: Instant = Field(description="When it is settled by the clock.")


class ReportRead(ReadModel):
    """How long it really took, as one side said."""

    minutes: int
    by: Role
    at: Instant
    agrees_at: Instant | None = Field(
        description="When silence agrees, unless the other side agrees or differs before; null once it is over."
    )


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
    version: int = Field(description="Rises with every correction.")
    corrects_id: UUID | None = Field(description="The record that this one corrects.")
    seals_at: Instant = Field(description="Until then its author may add a correction; afterwards it stays.")
    digest: str | None = Field(description="SHA-256 of the sealed record; null until it is sealed.")


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
    want_id: UUID | None = Field(description="The want that it answers; null for an ask.")
    purpose: str | None
    series_id: UUID | None = Field(description="The series it is a date of; see `GET /series/{id}`.")
    group_id: UUID | None = Field(description="The group it is a part of; see `GET /booking-groups/{id}`.")
    price: MoneyRead | None = Field(
        description="The total; null when free or while nothing is arranged, see `pricing`."
    )
    net: MoneyRead | None
    vat_permille: int | None
    vat: MoneyRead | None
    total: MoneyRead | None
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
    access: str | None = Field(
        description="How to get in, as the provider says: for the borrower of a room from 24 hours before to 2 hours"
        " after, of a recording once access was given; always for the provider."
    )
    terms: str | None = Field(description="The provider's terms as they were at the request.")
    answers: list[AnswerRead] = Field(
        description="For the borrower of what is due soon or overdue: what they may want to say."
    )
    ways_out: list[WayOut] = Field(
        description="For the borrower of what may not be there in time (`standing`: at_risk): what else there is."
    )
    case: CaseRead | None = Field(description="While something is to be settled.")
    attended: int | None = Field(
        description="Of the seats in a session, how many were taken; null until told."
    )
    report: ReportRead | None = Field(description="For an hour of time or know-how: how long it took.")
    place_note: str | None
    condition: str | None = Field(description="The condition that was agreed on, in words.")
    counter: CounterRead | None = Field(description="The counter-offer on the table; null without one.")
    queue: QueueRead | None = Field(description="The place in the queue; null for whoever is in none.")
    change: ChangeRead | None = Field(description="The proposed change; null without one.")
    events: list[EventRead]
    records: list[RecordRead]
    series: SeriesRead | None = Field(
        description="All dates of the series that it is a date of, for its two sides; else null."
    )
    photos: list[PhotoRead] = Field(description="What the two sides photographed; records name them by id.")


class BookingsExport(ReadModel):
    """Everything about somebody's bookings, to take along."""

    bookings: list[BookingRead]
    series: list[SeriesRead] = Field(description="What was asked for on several dates at once.")
    groups: list[GroupRead] = Field(description="Where several listings were asked for at once.")
    messages: list[MessageRead] = Field(description="What this person wrote.")
    contracts: list[ContractExport] = Field(description="Every version of this person's contracts.")
    calendar_feeds: list[CalendarFeedRead] = Field(description="Which calendars are read in their name.")

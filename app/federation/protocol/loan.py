"""A loan across regions on the wire (federation.md, "Loans, binding"; §2.9 with the states of domain.md §5).

The requester names the request (`rid`) and sends commands; the supplier alone writes its state and publishes
it in a feed that only this partner reads.
"""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.federation.protocol.values import (
    Count,
    Currency,
    Flag,
    Instant,
    ItemId,
    Line,
    Paragraph,
    Sha256,
    Slug,
    Text,
    Units,
    Wire,
)


class RequestedListing(Wire):
    """Which listing, in the revision the borrower saw."""

    id: ItemId
    rev: Count | None = None


class Borrower(Wire):
    """For whom, as far as the home instance says: a pseudonym of its own for each partner, and its word.

    `assurance` is none, email, member or id_checked, `kind` person or organisation; another word is worth the first.
    """

    ref: Line
    assurance: Slug = "none"
    vouched: Flag = False
    kind: Slug = "person"
    recognised: Flag = False


class Money(Wire):
    """An amount in minor units."""

    amount_minor: Count
    currency: Currency


class Agreed(Wire):
    """What the borrower read and said yes to by asking: the total, the deposit, and SHA-256 over the terms.

    White space in the terms is one space. What the supplier would promise on other terms it refuses.
    """

    total: Money | None = None
    deposit: Money | None = None
    terms: Sha256


class RequestCreate(Wire):
    """`PUT /requests/{rid}`."""

    listing: RequestedListing
    starts_at: Instant
    ends_at: Instant
    units: Annotated[Units, Field(ge=1)]
    borrower: Borrower
    agreed: Agreed | None = None
    purpose: Annotated[str, Field(max_length=500)] | None = None
    message: Paragraph | None = None
    queue: Flag = False
    """Wait for it: nothing is free then, and the answer is a place in the line."""


class Contact(Wire):
    """How to reach each other, only from the promise until two weeks after its end."""

    name: Line
    email: Line | None = None
    phone: Line | None = None
    address: Paragraph | None = None


class Command(Wire):
    """`POST /requests/{rid}/commands`; `cmd` is an action's name in the lifecycle, `message`, `contact` or
    `erase-person`. With `if_rev` it is refused when the loan has moved on since that revision was read.
    """

    cmd_id: UUID
    cmd: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,63}$")]
    if_rev: Count | None = None
    reason: Annotated[str, Field(max_length=100)] | None = None
    note: Paragraph | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    units: Annotated[Units, Field(ge=1)] | None = None
    place_note: Annotated[str, Field(max_length=500)] | None = None
    condition: Paragraph | None = None
    minutes: Annotated[Units, Field(ge=1, le=1_000_000)] | None = None
    outcome: Slug | None = None
    code: Line | None = None
    text: Paragraph | None = None
    contact: Contact | None = None


class ToldDeposit(Money):
    """What became of the deposit."""

    kept_minor: Count = 0
    kept_reason: Annotated[str, Field(max_length=500)] | None = None


class ToldTerms(Wire):
    """What somebody offered with a step."""

    starts_at: Instant
    ends_at: Instant
    units: Annotated[Units, Field(ge=1)]
    place_note: Annotated[str, Field(max_length=500)] | None = None
    condition: Paragraph | None = None
    price: Money | None = None


class ToldOffer(ToldTerms):
    """The same while it waits for an answer: a counter-offer, or a change that is proposed."""

    by: Slug
    since: Instant


class ToldRecord(Wire):
    """A hand-over or return record; its photos stay where they were taken."""

    id: UUID
    kind: Slug
    units: Units
    condition: Paragraph | None = None
    deposit: ToldDeposit | None = None
    role: Slug
    recorded_at: Instant
    acknowledged_at: Instant | None = None
    version: Annotated[Units, Field(ge=1)] = 1
    corrects_id: UUID | None = None
    seals_at: Instant
    digest: Sha256 | None = None


class ToldFacts(Wire):
    """What the lifecycle's guards and clocks look at beside state and time, as the booking has frozen it."""

    instant: Flag = False
    answer_hours: Units
    cancel_hours: Units | None = None
    turn_hours: Units
    release_after_minutes: Units | None = None
    access_at_once: Flag = False
    counters: Units = 0
    passes: Units = 0
    spoke: Slug | None = None
    acknowledged_at: Instant | None = None
    access_given_at: Instant | None = None
    case_opened_at: Instant | None = None
    minutes: Units | None = None
    attended: Units | None = None


class ToldOutlook(Wire):
    """What the calendar says just now; it may change under the same `rev`.

    The place in the line, until when it could be kept longer, whether it may not be there in time, and whether
    others were promised what was asked for.
    """

    position: Units | None = None
    forecast_at: Instant | None = None
    longer_until: Instant | None = None
    at_risk: Flag = False
    too_late: Flag = False


class ToldContract(Wire):
    """The newest version of the contract; all of them are at `GET /requests/{rid}/contracts`."""

    version: Annotated[Units, Field(ge=1)]
    digest: Sha256


class ToldEvent(Wire):
    """One step of the story, as the supplier tells it."""

    version: Annotated[Units, Field(ge=1)]
    action: Annotated[str, Field(pattern=r"^[a-z][a-z_-]{0,39}$")]
    role: Slug
    state_before: Slug | None = None
    state_after: Slug
    reason: Annotated[str, Field(max_length=100)] | None = None
    note: Paragraph | None = None
    terms: ToldTerms | None = None
    at: Instant


class ToldMessage(Wire):
    """One message, under the id its author's instance gave it; without text once its author has left."""

    id: UUID
    role: Slug
    text: Paragraph
    written_at: Instant


class ToldPrice(Wire):
    """What it costs, as it was promised; `vat` is null where no tax is shown."""

    pricing: Slug = "by_arrangement"
    tariff: Line | None = None
    billing_unit: Slug | None = None
    unit_price: Money | None = None
    count: Count | None = None
    net: Money | None = None
    vat_permille: Count | None = None
    vat: Money | None = None
    total: Money | None = None
    deposit: Money | None = None


class RequestState(Wire):
    """All that the supplier says about a request; `allowed` are the borrower's commands in this state.

    `rev` rises with every step. `more`: older events or messages had no room here, and `GET /requests/{rid}` has them.
    `provider_gone`: whoever lent it has left, and what they wrote is to be forgotten.
    """

    rid: UUID
    rev: Count
    state: Slug
    outcome: Slug | None = None
    since: Instant
    listing_id: ItemId
    starts_at: Instant
    ends_at: Instant
    units: Annotated[Units, Field(ge=1)]
    units_handed_over: Units = 0
    units_out: Units = 0
    expires_at: Instant | None = None
    allowed: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    reason: Line | None = None
    place_note: Annotated[str, Field(max_length=500)] | None = None
    condition: Paragraph | None = None
    price: ToldPrice | None = None
    counter: ToldOffer | None = None
    change: ToldOffer | None = None
    facts: ToldFacts | None = None
    outlook: ToldOutlook | None = None
    contact: Contact | None = None
    access: Text | None = None
    hand_over_code: Annotated[str, Field(max_length=6)] | None = None
    records: Annotated[tuple[ToldRecord, ...], Field(max_length=100)] = ()
    contract: ToldContract | None = None
    events: Annotated[tuple[ToldEvent, ...], Field(max_length=500)] = ()
    messages: Annotated[tuple[ToldMessage, ...], Field(max_length=50)] = ()
    more: Flag = False
    provider_gone: Flag = False

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("it ends before it begins")
        if self.units_out > self.units_handed_over:
            raise ValueError("more is out than was handed over")
        if len({event.version for event in self.events}) < len(self.events):
            raise ValueError("two steps have one number")
        known = {record.id for record in self.records}
        if len(known) < len(self.records):
            raise ValueError("two records have one id")
        for record in self.records:
            if record.corrects_id is not None and record.corrects_id not in known:
                raise ValueError("a record corrects one that is not there")
        return self


class CommandResult(Wire):
    """What became of a command, and the state after it."""

    result: Literal["applied", "refused"]
    code: Line | None = None
    detail: Paragraph | None = None
    state: RequestState


class Paper(Wire):
    """One version of a contract. `digest` is SHA-256 over `data` as canonical JSON: sorted keys, no spaces, UTF-8.

    Once `anonymised_at` is set a name is missing from `data`, and the digest is the original's.
    """

    version: Annotated[Units, Field(ge=1)]
    digest: Sha256
    data: dict[str, Any]
    created_at: Instant
    anonymised_at: Instant | None = None


class Papers(Wire):
    """`GET /requests/{rid}/contracts`: every version, the oldest first."""

    versions: Annotated[tuple[Paper, ...], Field(max_length=200)] = ()

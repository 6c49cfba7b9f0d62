"""A loan across regions on the wire (federation.md, "Loans, binding"; §2.9 with the states of domain.md §5).

The requester names the request (`rid`) and sends commands; the supplier alone writes its state and publishes
it in a feed that only this partner reads.
"""

from typing import Annotated, Literal, Self
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
    Slug,
    Units,
    Wire,
)


class RequestedListing(Wire):
    """Which listing, in the revision the borrower saw."""

    id: ItemId
    rev: Count | None = None


class Borrower(Wire):
    """For whom, as far as the home instance says: a pseudonym of its own for each partner, and its word."""

    ref: Line
    assurance: Literal["none", "email", "member", "id_checked"] = "none"
    vouched: Flag = False
    kind: Literal["person", "organisation"] = "person"
    recognised: Flag = False


class RequestCreate(Wire):
    """`PUT /requests/{rid}`."""

    listing: RequestedListing
    starts_at: Instant
    ends_at: Instant
    units: Annotated[Units, Field(ge=1)]
    borrower: Borrower
    message: Paragraph | None = None


class Contact(Wire):
    """How to reach each other, only from the promise until two weeks after its end."""

    name: Line
    email: Line | None = None
    phone: Line | None = None
    address: Paragraph | None = None


class Command(Wire):
    """`POST /requests/{rid}/commands`; `cmd` is an action's name in the lifecycle, `message` or `contact`."""

    cmd_id: UUID
    cmd: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,63}$")]
    reason: Line | None = None
    note: Paragraph | None = None
    units: Annotated[Units, Field(ge=1)] | None = None
    code: Line | None = None
    text: Paragraph | None = None
    contact: Contact | None = None


class Money(Wire):
    """An amount in minor units."""

    amount_minor: Count
    currency: Currency


class ToldTerms(Wire):
    """What somebody offered with a step."""

    starts_at: Instant
    ends_at: Instant
    units: Annotated[Units, Field(ge=1)]
    place_note: Annotated[str, Field(max_length=500)] | None = None
    condition: Paragraph | None = None
    price: Money | None = None


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
    """One message, under the id its author's instance gave it."""

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
    """All that the supplier says about a request; `allowed` are the borrower's commands in this state."""

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
    price: ToldPrice | None = None
    contact: Contact | None = None
    hand_over_code: Annotated[str, Field(max_length=6)] | None = None
    events: Annotated[tuple[ToldEvent, ...], Field(max_length=500)] = ()
    messages: Annotated[tuple[ToldMessage, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("it ends before it begins")
        if self.units_out > self.units_handed_over:
            raise ValueError("more is out than was handed over")
        if len({event.version for event in self.events}) < len(self.events):
            raise ValueError("two steps have one number")
        return self


class CommandResult(Wire):
    """What became of a command, and the state after it."""

    result: Literal["applied", "refused"]
    code: Line | None = None
    detail: Paragraph | None = None
    state: RequestState

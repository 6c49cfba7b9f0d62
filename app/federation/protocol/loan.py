"""A loan across regions on the wire (federation.md, "Loans, binding"; §2.9 with the states of domain.md §5).

The requester names the request (`rid`) and sends commands; the supplier alone writes its state and publishes
it in a feed that only this partner reads.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.federation.protocol.values import (
    Count,
    Flag,
    Instant,
    ItemId,
    Line,
    Paragraph,
    Positive,
    Slug,
    WebAddress,
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
    units: Positive
    borrower: Borrower
    message: Paragraph | None = None


class Contact(Wire):
    """How to reach each other, only between the promise and the return: a name and one channel."""

    name: Line
    channel: Literal["email", "phone"]
    value: Line


class Command(Wire):
    """`POST /requests/{rid}/commands`; `cmd` is the action's name in the lifecycle."""

    cmd_id: UUID
    cmd: Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,63}$")]
    if_rev: Count | None = None
    reason: Line | None = None
    note: Paragraph | None = None
    units: Positive | None = None
    text: Paragraph | None = None
    contact: Contact | None = None


class RequestState(Wire):
    """All that the supplier says about a request; `allowed` are the borrower's commands in this state."""

    rid: UUID
    rev: Count
    state: Slug
    outcome: Slug | None = None
    since: Instant
    listing: RequestedListing
    starts_at: Instant
    ends_at: Instant
    units: Positive
    expires_at: Instant | None = None
    allowed: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    reason: Paragraph | None = None
    contact: Contact | None = None
    price: dict[str, Any] | None = None
    url: WebAddress | None = None


class CommandResult(Wire):
    """What became of a command, and the state after it."""

    result: Literal["applied", "refused"]
    code: Line | None = None
    detail: Paragraph | None = None
    state: RequestState

"""Partners as staff see them, and as rooms above hand them around."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas import Command, Instant, ReadModel
from app.federation.freshness import Freshness
from app.federation.protocol.v1 import Kind
from app.federation.reading import ReadingMode
from app.federation.trust import Alarm, Grant, PartnerState


class ExchangeAlarm(StrEnum):
    """What people should look into."""

    REMOVALS_HELD = "removals_held"
    OVER_QUOTA = "over_quota"
    CHURN = "churn"
    DIFFERS = "differs"


class QuarantinedRead(ReadModel):
    """An entry of theirs that was put aside; it is tried again when they change it."""

    id: str = Field(description="Their id of it.")
    what: str | None = Field(description="What it calls itself, where that could be read.")
    why: str = Field(description="What is wrong with it.")
    since: Instant | None


class PartnerExchangeRead(ReadModel):
    """How the reading of one of a partner's feeds goes."""

    kind: Kind = Field(
        description="listing: their catalogue. request: what became of our residents' requests."
    )
    mode: ReadingMode = Field(description="tail: only what is new is read. walk: everything is read again.")
    read_at: Instant | None = Field(description="When we last held everything they publish.")
    lag_seconds: int | None = Field(description="How long ago that was.")
    backlog: int = Field(description="At most so many entries of theirs are still to be read.")
    failures: int = Field(description="Failed attempts in a row.")
    failing_since: Instant | None = Field(description="When the first of those was.")
    next_try_at: Instant
    last_error: str | None
    held_since: Instant | None = Field(
        description="Since when a suspiciously large deletion waits for a look."
    )
    held_until: Instant | None = Field(description="When it is carried out unless somebody steps in.")
    held_removals: int = Field(description="How many entries that concerns.")
    entries: int = Field(description="How many of their things we know.")
    quarantined: int = Field(description="How many of them were put aside instead of shown.")
    quarantine: list[QuarantinedRead] = Field(description="The first fifty of those, the newest first.")
    alarms: list[ExchangeAlarm] = Field(description="What people should look into.")


class PartnerRead(ReadModel):
    """A partner and the state of the exchange."""

    id: UUID
    instance: str = Field(description="The fingerprint of its first key: the same wherever it lives.")
    name: str
    base: str = Field(description="Where it speaks DFP/1.")
    state: PartnerState
    their_state: str | None = Field(description="The state as they see it; null until they were asked.")
    alarm: Alarm | None = Field(description="Why it was suspended until people have talked.")
    grants: list[str] = Field(description="What we let it do.")
    granted: list[str] = Field(description="What it lets us do.")
    freshness: Freshness
    paired_at: Instant
    copies_until: Instant | None = Field(
        description="When the copies we hold have to be gone; null while they may stay."
    )
    erasures_unconfirmed: int = Field(
        description="Erased listings of ours that it has not signed yet to have read of."
    )
    exchanges: list[PartnerExchangeRead]


class PartnersRead(ReadModel):
    """All partners, by name."""

    items: list[PartnerRead]


class InviteRead(ReadModel):
    """An invite to send to another operator, by a way you trust. It is shown once."""

    invite: str
    expires_at: Instant


Grants = Annotated[list[Grant], Field(max_length=len(Grant))]


class InviteCreate(Command):
    """How long the invite holds, and what whoever answers it may do."""

    hours: Annotated[int, Field(ge=1, le=168)] = 72
    grants: Grants = Field(
        default=list(Grant),
        description="listing.read: read what is offered here. request.create: ask for it for their residents.",
    )
    review: bool = Field(
        default=False, description="Exchange nothing before you have confirmed who answered."
    )


class PartnerCreate(Command):
    """An invite of another region, and what each may do at the other."""

    invite: Annotated[str, Field(min_length=1, max_length=4096)]
    grants: Grants = Field(default=list(Grant), description="What they may do here.")
    wants: Grants = Field(default=list(Grant), description="What we ask to do there; they may grant less.")


class GrantsChange(Command):
    """What a partner may do here from now on."""

    grants: Grants = Field(description="All that it may do; what is not named it may not.")


class PartnerMove(Command):
    """The new address of a partner whose old one is lost."""

    base: Annotated[str, Field(min_length=8, max_length=2000)] = Field(
        description="`https://new.example` is enough."
    )


class OwnKeyRead(ReadModel):
    """One of our keys that partners know."""

    kid: str = Field(description="Its name.")
    in_use: bool = Field(description="Whether requests are signed with it now.")
    valid_from: Instant
    valid_until: Instant


class OwnKeysRead(ReadModel):
    """Who this instance is to others."""

    instance: str = Field(description="The fingerprint of its first key: the same wherever it lives.")
    base: str = Field(description="Where it speaks DFP/1.")
    version: int = Field(description="Number of the newest key document.")
    control: list[str] = Field(description="The key that signs key documents.")
    keys: list[OwnKeyRead] = Field(description="The keys that may sign requests, one of them in use.")
    revoked: list[str] = Field(description="Keys that nobody believes any more.")


class KeyRevoke(Command):
    """Which key is not to be believed any more."""

    kid: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Its name, as listed.")]


class ErasureRead(ReadModel):
    """Something of ours that a partner has to forget."""

    listing_id: str = Field(description="The listing that was erased.")
    erased_at: Instant = Field(description="When partners were told.")
    confirmed_at: Instant | None = Field(
        description="When it signed a request that shows it has read of the erasure."
    )
    alarms: int = Field(description="How often the staff was told that no receipt has come.")


class ErasuresRead(ReadModel):
    """The ledger of erasures for one partner: first what is open, then the newest."""

    items: list[ErasureRead]
    unconfirmed: int = Field(description="How many are open.")


class RecipientRead(ReadModel):
    """A region that reads our catalogue."""

    name: str
    url: str = Field(description="Its page.")
    up_to_date: bool = Field(
        description="Whether it has read this state of the listing; of one no longer shared: whether it is gone there."
    )
    read_at: Instant = Field(description="When it last signed how far it has read.")


class CopyRead(ReadModel):
    """One of your listings that other regions were shown."""

    listing_id: UUID = Field(description="The listing.")
    shared: bool = Field(description="Whether other regions may show it now.")
    changed_at: Instant = Field(description="When what they may see last changed.")
    recipients: list[RecipientRead] = Field(description="The regions that read the catalogue it stood in.")


class CopiesRead(ReadModel):
    """Where your listings have gone."""

    items: list[CopyRead]

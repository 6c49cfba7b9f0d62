"""Tables of the federation: who we are, who our partners are, what we publish, what we read, what we asked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.federation.cursor import EMPTY_DIGEST
from app.federation.protocol.v1 import PURGE_HOURS, EntryState, Kind
from app.federation.reading import ReadingMode
from app.federation.trust import PartnerState
from app.kernel.columns import JsonColumn, Row, text_enum

_REFUSED = text("refused IS NOT NULL")


class AskStatus(StrEnum):
    """What became of something we asked a partner for."""

    PENDING = "pending"
    ANSWERED = "answered"
    GIVEN_UP = "given_up"


class OwnKeyDocument(SQLModel, table=True):
    """One document of our own key chain, as signed. The keys themselves are secrets of the instance."""

    __tablename__ = "own_key_document"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    payload: str = Field(sa_type=Text)
    kid: str = Field(max_length=64)
    sig: str = Field(max_length=200)


class PartnerInvite(Row, table=True):
    """An invite we gave out: the hash of its secret, and who used it."""

    __tablename__ = "partner_invite"

    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime
    expires_at: datetime
    used_by: str | None = Field(default=None, max_length=40)
    grants: list[str] = Field(sa_type=JsonColumn)
    """What whoever answers may do here."""
    review: bool = False
    """Whether we look at who answered before anything is exchanged."""


class Partner(Row, table=True):
    """Another instance: who it is, whether we trust it, and the key documents we pinned."""

    __tablename__ = "partner"

    instance: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=200)
    base: str = Field(max_length=2000)
    state: PartnerState = Field(sa_type=text_enum(PartnerState))
    grants: list[str] = Field(sa_type=JsonColumn)
    """What we let them do."""
    granted: list[str] = Field(sa_type=JsonColumn)
    """What they let us do."""
    documents: list[dict[str, str]] = Field(sa_type=JsonColumn)
    keys_asked_at: datetime
    paired_at: datetime
    changed_at: datetime
    notified_at: datetime | None = None
    copies_until: datetime | None = None
    """When the copies we hold have to be gone; None while they may stay."""
    purge_hours: int = PURGE_HOURS
    """Within how many hours each promised to purge the other's copies after the end."""
    their_state: str | None = Field(default=None, max_length=20)
    """Where the partnership stands as they see it, when we last asked."""
    probe_at: datetime | None = None
    probed_at: datetime | None = None
    unreached_since: datetime | None = None
    """Since when it has not answered us; None while it does."""
    heard_at: datetime | None = None
    """When it, unreached by us, last spoke to us."""
    alarm: str | None = Field(default=None, max_length=40)
    """What a person has to look at; None when nothing."""


class PartnerFeed(SQLModel, table=True):
    """How far we have read one feed of a partner, and how it goes."""

    __tablename__ = "partner_feed"

    partner_id: UUID = Field(foreign_key="partner.id", primary_key=True)
    kind: Kind = Field(sa_type=text_enum(Kind), primary_key=True)
    cursor: str = Field(default="", max_length=256)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    mode: ReadingMode = Field(sa_type=text_enum(ReadingMode))
    walk: int = 1
    epoch_seen: str = Field(default="", max_length=200)
    head_seen: int = Field(default=0, sa_type=BigInteger)
    head_told: int = Field(default=0, sa_type=BigInteger)
    """The last number of theirs, as told by the last page: what lies between it and `last_seq` is still to come."""
    etag: str | None = Field(default=None, max_length=200)
    """Of the last page, where it was the end: asked for with it, nothing new costs next to nothing."""
    regressions: int = 0
    active: int = 0
    """How many active entries we hold."""
    mismatches: int = 0
    """How often within a day of the first we held something else than the partner published."""
    mismatched_since: datetime | None = None
    compared_at: datetime | None = None
    held_since: datetime | None = None
    """When a walk would have deleted suspiciously much, and did not."""
    held_removals: int = 0
    changes: list[int] = Field(default_factory=list, sa_type=JsonColumn)
    """How many entries changed on each of the last days, today's last."""
    changes_on: date | None = None
    churning_since: datetime | None = None
    over_quota_since: datetime | None = None
    read_at: datetime | None = None
    """When we last held all that the partner publishes."""
    tried_at: datetime | None = None
    failures: int = 0
    errors: int = 0
    """Of the failures in a row, those in which the protocol was broken."""
    failing_since: datetime | None = None
    next_try_at: datetime
    last_error: str | None = Field(default=None, max_length=500)


class MirrorEntry(SQLModel, table=True):
    """What we know of one entry of a partner's feed; the thing itself lives in its own room."""

    __tablename__ = "mirror_entry"
    __table_args__ = (
        Index("ix_mirror_entry_refused", "partner_id", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
    )

    partner_id: UUID = Field(foreign_key="partner.id", primary_key=True)
    kind: Kind = Field(sa_type=text_enum(Kind), primary_key=True)
    item_id: str = Field(max_length=64, primary_key=True)
    revision: int = Field(sa_type=BigInteger)
    state: EntryState = Field(sa_type=text_enum(EntryState))
    walk: int
    fingerprint: str | None = Field(default=None, max_length=64)
    """Of its data, to tell a change from a repetition."""
    refused: str | None = Field(default=None, max_length=500)
    """Why the entry was put aside instead of shown."""
    refused_what: str | None = Field(default=None, max_length=200)
    """What it calls itself, for the people who look into it."""
    refused_since: datetime | None = None


class Feed(SQLModel, table=True):
    """One feed we publish: `listing` for all partners, `request:<partner>` for each. Locked while numbers are given."""

    __tablename__ = "feed"

    name: str = Field(primary_key=True, max_length=60)
    epoch: str = Field(max_length=64)
    head: int = Field(default=0, sa_type=BigInteger)
    floor: int = Field(default=0, sa_type=BigInteger)
    count: int = 0
    digest: str = Field(default=EMPTY_DIGEST, max_length=64)
    purged_at: datetime | None = None


class FeedEntry(SQLModel, table=True):
    """One thing in a feed, as last published: one entry per id, moved to the end by every change."""

    __tablename__ = "feed_entry"
    __table_args__ = (UniqueConstraint("feed", "seq"), Index(None, "feed", "listed_at"))

    feed: str = Field(foreign_key="feed.name", primary_key=True, max_length=60)
    item_id: str = Field(primary_key=True, max_length=64)
    seq: int = Field(sa_type=BigInteger)
    revision: int = Field(sa_type=BigInteger)
    state: EntryState = Field(sa_type=text_enum(EntryState))
    reason: str | None = Field(default=None, max_length=20)
    at: datetime
    fingerprint: str = Field(max_length=64)
    body: str | None = Field(default=None, sa_type=Text)
    """The data as JSON, rendered once; None for a tombstone."""
    category: str | None = Field(default=None, max_length=60)
    lat: float | None = None
    lon: float | None = None
    listed_at: datetime | None = None
    """What of a listing readers may choose by, beside its body; empty for a tombstone and for loans."""


class FeedDirty(SQLModel, table=True):
    """Something that may have to be published anew, written in the transaction of its change."""

    __tablename__ = "feed_dirty"
    __table_args__ = ({"sqlite_autoincrement": True},)

    n: int | None = Field(default=None, primary_key=True)
    feed: str = Field(max_length=60)
    item_id: UUID


class Asked(Row, table=True):
    """Something a resident of ours asks of a partner's listing: the request itself, or a command about it.

    `id` is the command's id on the wire; of one request at most one is under way at a time.
    """

    __tablename__ = "partner_ask"
    __table_args__ = (Index("ix_partner_ask_waiting", "status", "next_try_at"),)

    partner_id: UUID = Field(foreign_key="partner.id", index=True)
    booking_id: UUID = Field(index=True)
    action: str = Field(max_length=64)
    body: dict[str, Any] = Field(sa_type=JsonColumn)
    status: AskStatus = Field(sa_type=text_enum(AskStatus))
    created_at: datetime
    next_try_at: datetime
    attempts: int = 0
    last_error: str | None = Field(default=None, max_length=500)


class Answered(SQLModel, table=True):
    """A request or command of a partner that we have carried out, so that its repetition is not."""

    __tablename__ = "partner_answer"
    __table_args__ = (Index("ix_partner_answer_created", "partner_id", "created_at"),)

    partner_id: UUID = Field(foreign_key="partner.id", primary_key=True)
    command_id: UUID = Field(primary_key=True)
    """The request's id for its creation, the command's id otherwise."""
    request_id: UUID
    booking_id: UUID | None = None
    fingerprint: str = Field(max_length=64)
    result: str = Field(default="", max_length=20)
    code: str | None = Field(default=None, max_length=64)
    detail: str | None = Field(default=None, max_length=2000)
    created_at: datetime


class FeedReceipt(SQLModel, table=True):
    """How far a partner has taken our catalogue: it signs a cursor only after keeping what came before it."""

    __tablename__ = "feed_receipt"

    partner_id: UUID = Field(foreign_key="partner.id", primary_key=True)
    epoch: str = Field(max_length=64)
    seq: int = Field(sa_type=BigInteger)
    at: datetime


class ErasureReceipt(SQLModel, table=True):
    """That a partner has to forget something of ours, and when it signed that it read so (GDPR, Art. 19)."""

    __tablename__ = "erasure_receipt"
    __table_args__ = (Index("ix_erasure_receipt_open", "confirmed_at", "erased_at"),)

    item_id: str = Field(max_length=64, primary_key=True)
    partner_id: UUID = Field(foreign_key="partner.id", primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    """The number of the tombstone."""
    erased_at: datetime
    confirmed_at: datetime | None = None
    alarms: int = 0
    """How often people were told that no receipt has come."""

"""Listings, our own and those of partners, and the two tables of their calendar."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    Index,
    Integer,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

from app.kernel.columns import JsonColumn, Row, text_enum
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import BookingMode, Kind, Purpose, Reach
from app.listings.rules.lifecycle import CloseReason, State


class Origin(SQLModel, table=True):
    """A partner whose listings are mirrored here; while not `shown` none of them is visible."""

    __tablename__ = "origin"

    id: UUID = Field(primary_key=True)
    instance: str = Field(max_length=200, unique=True)
    name: str = Field(max_length=200)
    url: str = Field(max_length=500)
    fresh_at: datetime
    shown: bool


class Listing(Row, table=True):
    """An offer or a want. Ours has a provider; a mirrored one has an origin, and its provider only as it was told.

    `tree_id` is the whole that is a part of nothing, `closures_around` and `busy_around` are what closes its relatives
    (T17).
    `conflicts_told` are those whose promises were in conflict when somebody last looked; null where none was.
    `review_note` is what the staff found amiss; such a listing is reviewed before it appears again.
    `appeared_at` is when the public came to see it, or saw it again after it had been away.
    `version` moves with edits, `calendar_version` with bookings, closures and the number of units. What is exact about
    the place is private; `lat` and `lon` are the public point.
    """

    __tablename__ = "listing"
    __table_args__ = (
        UniqueConstraint("origin_id", "origin_listing_id"),
        CheckConstraint("units >= 1 AND min_units >= 1 AND min_units <= units", "units"),
        CheckConstraint("(provider_id IS NULL) = (origin_id IS NOT NULL)", "ours_or_theirs"),
        CheckConstraint("(wanted_starts_at IS NULL) = (wanted_ends_at IS NULL)", "wanted_span"),
        CheckConstraint("wanted_ends_at > wanted_starts_at", "wanted_forward"),
        CheckConstraint("(deposit_minor IS NULL) = (deposit_currency IS NULL)", "deposit"),
        Index(None, "state", "created_at", "id"),
        Index(None, "lat", "lon"),
    )

    purpose: Purpose = Field(sa_type=text_enum(Purpose))
    kind: Kind = Field(sa_type=text_enum(Kind))
    state: State = Field(sa_type=text_enum(State))
    close_reason: CloseReason | None = Field(default=None, sa_type=text_enum(CloseReason))

    provider_id: UUID | None = Field(default=None, foreign_key="party.id", index=True)
    origin_id: UUID | None = Field(default=None, foreign_key="origin.id")
    origin_listing_id: str | None = Field(default=None, max_length=100)
    origin_url: str | None = Field(default=None, max_length=500)
    provider_there: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    external_ref: str | None = Field(default=None, max_length=200, unique=True)

    title: str = Field(max_length=120)
    description: str = Field(sa_type=Text)
    language: str = Field(max_length=8)
    category: str | None = Field(default=None, max_length=60, index=True)
    tags: list[str] = Field(sa_type=JsonColumn)
    units: int
    min_units: int

    street: str | None = Field(default=None, max_length=120)
    postal_code: str | None = Field(default=None, max_length=20)
    exact_lat: float | None = None
    exact_lon: float | None = None
    show_exact: bool = False
    district: str | None = Field(default=None, max_length=80)
    locality: str | None = Field(default=None, max_length=80)
    lat: float | None = None
    lon: float | None = None
    precision_m: int | None = None
    zone: str = Field(max_length=60)
    subdivision: str | None = Field(default=None, max_length=6)

    booking_mode: BookingMode = Field(sa_type=text_enum(BookingMode))
    request_holds: bool
    audience: Audience = Field(sa_type=text_enum(Audience))
    audience_id: UUID | None = None
    tariffs: list[dict[str, Any]] | None = Field(sa_type=JsonColumn)
    price_minor: int | None = Field(index=True)
    deposit_minor: int | None = None
    deposit_currency: str | None = Field(default=None, max_length=3)
    vat_permille: int | None = None
    limits: dict[str, Any] = Field(sa_type=JsonColumn)
    hours: dict[str, Any] = Field(sa_type=JsonColumn)
    closures: list[dict[str, Any]] = Field(sa_type=JsonColumn)
    terms: str = Field(sa_type=Text)
    contract_text: str = Field(default="", sa_type=Text)
    cancellation_hours: int | None = None
    answer_hours: int
    queue_turn_hours: int
    overdue_margin_hours: int
    min_age: int | None = None
    quota: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    part_of: UUID | None = Field(
        default=None, index=True
    )  # no foreign key: SQLite cannot add one to a full table
    tree_id: UUID | None = Field(default=None, index=True)
    closures_around: list[dict[str, Any]] | None = Field(default=None, sa_type=JsonColumn)
    busy_around: list[list[int]] | None = Field(default=None, sa_type=JsonColumn)
    conflicts_told: list[str] | None = Field(default=None, sa_type=JsonColumn)
    federation: Reach = Field(sa_type=text_enum(Reach))
    details: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)

    wanted_starts_at: datetime | None = None
    wanted_ends_at: datetime | None = None
    filled_units: int | None = None

    external_busy: list[list[int]] = Field(default_factory=list, sa_type=JsonColumn)

    expires_at: datetime | None = Field(default=None, index=True)
    reminded_at: datetime | None = None
    appeared_at: datetime | None = None
    version: int = 1
    calendar_version: int = 1
    review_note: str | None = Field(default=None, max_length=1_000)
    created_at: datetime
    updated_at: datetime


class Occupancy(SQLModel, table=True):
    """Units of a listing promised to a holder (a booking), with the buffers frozen when they were promised.

    `busy_until` is the end plus the longer buffer: `[starts_at, busy_until)` is what the segments are made of.
    In a tree (T17) the holder has a `derived` row for each relative of what was promised, which takes all of it.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        CheckConstraint("units >= 1", "units"),
        CheckConstraint("ends_at > starts_at AND busy_until >= ends_at", "forward"),
        Index(None, "listing_id", "busy_until"),
    )

    holder_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True, foreign_key="listing.id")
    derived: bool = False
    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    buffer_before_minutes: int
    buffer_after_minutes: int
    units: int


class UseSegment(SQLModel, table=True):
    """For each listing the minimal stretches of constant use, kept in the transaction that changes an occupancy."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at AND used >= 1", "use"),
        Index(None, "listing_id", "ends_at"),
    )

    listing_id: UUID = Field(primary_key=True, foreign_key="listing.id")
    starts_at: datetime = Field(primary_key=True)
    ends_at: datetime
    used: int


class Photo(Row, table=True):
    """A photo of a listing, or of what changes hands in a booking; its files are named by its id (`outbound.files`).

    `digest` is that of the bytes that were sent: the same picture sent twice is there once. `large_digest` is that of
    the large file, by which a partner knows that its copy is whole.
    """

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("(listing_id IS NULL) <> (booking_id IS NULL)", "of_one_thing"),
        UniqueConstraint("listing_id", "digest"),
        UniqueConstraint("booking_id", "digest"),
    )

    listing_id: UUID | None = Field(default=None, foreign_key="listing.id", ondelete="CASCADE")
    booking_id: UUID | None = None
    sent_by: UUID | None = Field(default=None, index=True)
    position: int
    alt: str = Field(max_length=300)
    digest: str = Field(max_length=64)
    large_digest: str | None = Field(default=None, max_length=64)
    width: int
    height: int
    created_at: datetime
    picture_id: UUID | None = Field(default=None, index=True)
    """Of a partner's listing: the files are those of this picture, which others may show, too."""


class PartnerPicture(Row, table=True):
    """A picture of a partner, kept once; its files are named by its id. Locked while who shows it is counted."""

    __tablename__ = "partner_picture"

    digest: str = Field(max_length=64, unique=True)
    width: int
    height: int
    created_at: datetime


class WantedPicture(Row, table=True):
    """A picture of a partner's listing that is still to be fetched; no `due_at`: it could not be had."""

    __tablename__ = "wanted_picture"
    __table_args__ = (
        UniqueConstraint("listing_id", "mark"),
        Index("ix_wanted_picture_due", "origin_id", "due_at"),
    )

    listing_id: UUID = Field(foreign_key="listing.id", ondelete="CASCADE")
    origin_id: UUID
    url: str = Field(max_length=2_000)
    mark: str = Field(max_length=64)
    sha256: str | None = Field(default=None, max_length=64)
    position: int
    alt: str = Field(max_length=300)
    due_at: datetime | None
    tries: int = 0
    refused: str | None = Field(default=None, max_length=200)


class ExternalCalendar(Row, table=True):
    """A calendar kept elsewhere that says when a listing is not to be had; read again every hour.

    `busy` is what was read last, in seconds since 1970, and counts until something newer was read. `etag` and
    `last_modified` are the other side's, `read_at` is when the whole of it was read.
    """

    __tablename__ = "external_calendar"
    __table_args__ = (UniqueConstraint("listing_id", "url"),)

    listing_id: UUID = Field(foreign_key="listing.id", ondelete="CASCADE")
    url: str = Field(max_length=1_000)
    busy: list[list[int]] = Field(sa_type=JsonColumn)
    etag: str | None = Field(default=None, max_length=300)
    last_modified: str | None = Field(default=None, max_length=100)
    read_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str | None = Field(default=None, max_length=40)
    failing_since: datetime | None = None
    due_at: datetime = Field(index=True)
    created_at: datetime


class Lexemes(TypeDecorator[str]):
    """Words with blanks around them: text on SQLite, where an FTS5 table beside it is kept by triggers; a tsvector on
    PostgreSQL, with the squares of the grid among its lexemes.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name != "postgresql":
            return value
        return " ".join(f"'{word}'" for word in value.split())

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or dialect.name != "postgresql" else value.replace("'", "")


_Number = BigInteger().with_variant(Integer(), "sqlite")  # the rowid, which is an INTEGER there
_Term = String(40, collation="C").with_variant(String(40), "sqlite")  # in the order of bytes on both
_ASKED = """
    created_at listing_id kind purpose category language audience audience_id provider_id origin_id units price_minor
    reduced_minor
"""
# The newest, with what conditions ask for: where few fulfil them a whole region is looked through, and to fetch each
# row for that takes twenty times as long.


class SearchEntry(SQLModel, table=True):
    """What search looks at of a published listing; written by `indexing.index` in the transaction of every change.

    `number` is the cell of the place (`kernel.cells`) and 27 bits more, so that rows, and the postings of every word,
    lie in the order of places. `x`, `y` and `z` are the place on the unit sphere, `digest` tells whether words changed.
    The index of words is made by the migrations: FTS5 with triggers, or GIN.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        Index("ix_search_entry_newest", *_ASKED.split()),
        Index(None, "category", "number"),
    )

    number: int = Field(primary_key=True, sa_type=_Number, sa_column_kwargs={"autoincrement": False})
    listing_id: UUID = Field(foreign_key="listing.id", ondelete="CASCADE", unique=True)
    created_at: datetime
    x: float | None
    y: float | None
    z: float | None
    kind: str = Field(max_length=40)
    purpose: str = Field(max_length=40)
    category: str | None = Field(max_length=60)
    language: str = Field(max_length=8)
    audience: str = Field(max_length=40)
    audience_id: UUID | None
    provider_id: UUID | None
    origin_id: UUID | None
    federation: str = Field(max_length=40)
    units: int
    price_minor: int | None
    reduced_minor: int | None
    digest: int = Field(sa_type=BigInteger)
    words: str = Field(sa_type=Lexemes)


class SearchSpelling(SQLModel, table=True):
    """A word of titles, tags and categories, under itself and under each way to leave out one letter (SymSpell)."""

    __tablename__ = "search_spelling"

    key: str = Field(primary_key=True, max_length=40)
    shown: str = Field(primary_key=True, max_length=40)


class SearchTerm(SQLModel, table=True):
    """A word of the index, to find those that begin alike: their postings are read as far as needed, those of a
    beginning all at once.
    """

    __tablename__ = "search_term"
    __table_args__ = ({"sqlite_with_rowid": False},)

    term: str = Field(primary_key=True, sa_type=_Term)


class SearchState(SQLModel, table=True):
    """Which version of the analyser has made the whole index; no row before the first time."""

    __tablename__ = "search_state"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class SavedSearch(Row, table=True):
    """A search that somebody keeps: `query` is what they said, the columns below what every listing that fits must be.

    Told is what `appeared_at` or after `since`. Nobody is alerted once the time sought (`until`) is over.
    """

    __tablename__ = "saved_search"
    __table_args__ = (Index("ix_saved_search_candidates", "alert", "kind", "category"),)

    person_id: UUID = Field(foreign_key="party.id", index=True)
    name: str = Field(max_length=80)
    query: dict[str, Any] = Field(sa_type=JsonColumn)
    alert: bool
    since: datetime
    kind: Kind | None = Field(default=None, sa_type=text_enum(Kind))
    purpose: Purpose | None = Field(default=None, sa_type=text_enum(Purpose))
    category: str | None = Field(default=None, max_length=60)
    units: int
    south: float | None = None
    west: float | None = None
    north: float | None = None
    east: float | None = None
    until: datetime | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime


class Find(SQLModel, table=True):
    """A listing found for somebody: once, whatever happens. `finder_id` is a saved search, a want, or for wants that
    somebody's offers fit the party that offers. No `told_at`: it is still to be told.
    """

    __tablename__ = "search_find"

    finder_id: UUID = Field(primary_key=True)
    listing_id: UUID = Field(primary_key=True, foreign_key="listing.id", ondelete="CASCADE", index=True)
    found_at: datetime
    told_at: datetime | None = None

"""Bookings and what belongs to them. Events, messages and records are only ever added."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.bookings.rules.groups import Mode
from app.bookings.rules.series import Answer
from app.bookings.rules.words import Exchange, Outcome, RecordKind, Role, Side, State, Tail
from app.kernel.columns import JsonColumn, Row, text_enum

_DUE = text("due_at IS NOT NULL")
_WAITING = text("state = 'waitlisted'")


class Booking(Row, table=True):
    """One ask and what became of it.

    `since` is when it came into its state. `terms` and `price` are the listing's as they were at the request.
    `due_at` is when the clock looks at it next, `told_until` how far its reminders have been told. `counter` is what
    was offered last before the promise, `change` what is proposed after it; `want_id` the want that it answers.
    Of what a partner writes, `outlook` is what its calendar says and `refusal` what it refused last.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="span"),
        CheckConstraint("units >= 1", name="units"),
        CheckConstraint("units_out BETWEEN 0 AND units_handed_over", name="units_out"),
        CheckConstraint("(partner_id IS NULL) = (side = 'local')", name="partner"),
        UniqueConstraint("partner_id", "remote_id"),
        Index("ix_booking_borrower_id_id", "borrower_id", "id"),
        Index("ix_booking_provider_id_id", "provider_id", "id"),
        Index("ix_booking_due_at", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index(
            "ix_booking_waiting", "listing_id", "created_at", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
    )

    listing_id: UUID = Field(foreign_key="listing.id", index=True)
    tail: Tail = Field(sa_type=text_enum(Tail))
    kind: str = Field(max_length=20)
    state: State = Field(sa_type=text_enum(State))
    outcome: Outcome | None = Field(default=None, sa_type=text_enum(Outcome))
    since: datetime
    starts_at: datetime
    ends_at: datetime
    units: int
    borrower_id: UUID | None = Field(default=None, foreign_key="party.id")
    requested_by: UUID | None = None
    provider_id: UUID | None = Field(default=None, foreign_key="party.id")
    purpose: str | None = Field(default=None, max_length=500)
    series_id: UUID | None = Field(default=None, index=True)
    override_reason: str | None = Field(default=None, max_length=500)
    group_id: UUID | None = Field(default=None, index=True)

    terms: dict[str, Any] = Field(sa_type=JsonColumn)
    price: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    instant: bool
    request_holds: bool
    answer_hours: int
    cancel_hours: int | None = None
    overdue_margin_hours: int = 24
    release_after_minutes: int | None = None
    access_at_once: bool = False
    turn_hours: int = 48

    counters: int = 0
    counter: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    change: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    place_note: str | None = Field(default=None, max_length=500)
    condition: str | None = Field(default=None, max_length=2_000)
    passes: int = 0
    passed_at_version: int | None = None
    want_id: UUID | None = Field(default=None, foreign_key="listing.id", index=True)

    holds_units: bool = False
    units_handed_over: int = 0
    units_out: int = 0
    hand_over_code: str | None = Field(default=None, max_length=6)
    acknowledged_at: datetime | None = None
    wrong_codes: int = 0
    codes_refused_until: datetime | None = None
    minutes: int | None = None
    attended: int | None = None
    access_given_at: datetime | None = None
    seals_at: datetime | None = None
    spoke: Role | None = Field(default=None, sa_type=text_enum(Role, "spoke"))
    case_opened_at: datetime | None = None

    side: Side = Field(default=Side.LOCAL, sa_type=text_enum(Side))
    partner_id: UUID | None = Field(default=None, index=True)
    remote_id: UUID | None = None
    remote_name: str | None = Field(default=None, max_length=200)
    remote_ref: str | None = Field(default=None, max_length=200)
    remote_rev: int | None = Field(default=None, sa_type=BigInteger)
    remote_contact: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    exchange_status: Exchange | None = Field(default=None, sa_type=text_enum(Exchange))
    exchange_as_of: datetime | None = None
    outlook: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    refusal: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)

    expires_at: datetime | None = None
    due_at: datetime | None = None
    told_until: datetime
    version: int = 1
    created_at: datetime


class BookingEvent(Row, table=True):
    """One step: who took it and for whom, when, from where to where, why. `version` is the booking's after it.

    `calendar_version` is that of the listing's calendar after it; null where the step left the calendar alone.
    `terms` is what was offered with it, where something was.
    """

    __tablename__ = "booking_event"
    __table_args__ = (UniqueConstraint("booking_id", "version"),)

    booking_id: UUID = Field(foreign_key="booking.id")
    version: int
    calendar_version: int | None = None
    action: str = Field(max_length=40)
    role: Role = Field(sa_type=text_enum(Role))
    actor_id: UUID | None = None
    for_id: UUID | None = None
    state_before: State | None = Field(default=None, sa_type=text_enum(State, "state_before"))
    state_after: State = Field(sa_type=text_enum(State, "state_after"))
    reason: str | None = Field(default=None, max_length=100)
    note: str | None = Field(default=None, max_length=2_000)
    terms: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    at: datetime


class BookingMessage(Row, table=True):
    """One message of the conversation; it survives every ending. `remote_id` is its id where it was written."""

    __tablename__ = "booking_message"
    __table_args__ = (
        Index("ix_booking_message_booking_id_id", "booking_id", "id"),
        UniqueConstraint("booking_id", "remote_id"),
    )

    booking_id: UUID = Field(foreign_key="booking.id")
    remote_id: UUID | None = None
    role: Role = Field(sa_type=text_enum(Role))
    author_id: UUID | None = None
    text: str = Field(max_length=2_000)
    written_at: datetime


class BookingRecord(Row, table=True):
    """A hand-over or a return: how many, in what condition, what became of the deposit, who said so."""

    __tablename__ = "booking_record"

    booking_id: UUID = Field(foreign_key="booking.id", index=True)
    kind: RecordKind = Field(sa_type=text_enum(RecordKind))
    units: int
    condition: str | None = Field(default=None, max_length=2_000)
    photo_ids: list[str] = Field(sa_type=JsonColumn)
    deposit: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    role: Role = Field(sa_type=text_enum(Role))
    recorded_by: UUID | None = None
    recorded_at: datetime
    acknowledged_at: datetime | None = None
    version: int = 1
    corrects_id: UUID | None = Field(default=None, foreign_key="booking_record.id")
    seals_at: datetime
    digest: str | None = Field(default=None, max_length=64)
    wiped_at: datetime | None = None


class BookingContract(Row, table=True):
    """The contract of a promise as it stood once; never changed, but for a name that must be forgotten.

    `digest` is SHA-256 over `data` as it was made; it stays when personal data is taken out, at `anonymised_at`.
    `nameless` says that nothing is left to take out.
    """

    __tablename__ = "booking_contract"
    __table_args__ = (UniqueConstraint("booking_id", "version"),)

    booking_id: UUID = Field(foreign_key="booking.id")
    version: int
    data: dict[str, Any] = Field(sa_type=JsonColumn)
    digest: str = Field(max_length=64)
    created_at: datetime
    anonymised_at: datetime | None = None
    nameless: bool = False


class BookingSeries(Row, table=True):
    """What was asked for on several dates at once: the first time, the rule, and how far it was followed (T15)."""

    __tablename__ = "booking_series"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="span"),)

    listing_id: UUID = Field(foreign_key="listing.id")
    borrower_id: UUID | None = Field(default=None, foreign_key="party.id", index=True)
    requested_by: UUID | None = Field(default=None, index=True)
    provider_id: UUID | None = Field(default=None, foreign_key="party.id", index=True)
    purpose: str | None = Field(default=None, max_length=500)
    starts_at: datetime
    ends_at: datetime
    units: int
    recurrence: str = Field(max_length=200)
    except_on: list[str] = Field(sa_type=JsonColumn)
    zone: str = Field(max_length=60)
    until: date
    open_ended: bool
    created_at: datetime


class SeriesDate(Row, table=True):
    """One date of a series. Without a booking it failed, for these reasons, when it was tried last."""

    __tablename__ = "series_date"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="span"),
        UniqueConstraint("series_id", "date"),
    )

    series_id: UUID = Field(foreign_key="booking_series.id")
    date: date
    starts_at: datetime
    ends_at: datetime
    answer: Answer = Field(sa_type=text_enum(Answer))
    reasons: list[dict[str, Any]] = Field(sa_type=JsonColumn)
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id", index=True)
    tried_at: datetime


class CalendarFeed(Row, table=True):
    """A calendar that a person's programs read: theirs, an organisation's of theirs, or one listing's of theirs.

    Whoever knows the token reads it; only its digest is kept. What it shows is decided anew at every read.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (CheckConstraint("organisation_id IS NULL OR listing_id IS NULL", name="of_one"),)

    person_id: UUID = Field(foreign_key="person.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    listing_id: UUID | None = Field(default=None, foreign_key="listing.id", ondelete="CASCADE")
    digest: str = Field(max_length=64, unique=True)
    created_at: datetime


class BookingGroup(Row, table=True):
    """Several listings asked for in one ask (T16); each provider answers for their part."""

    __tablename__ = "booking_group"

    borrower_id: UUID | None = Field(default=None, foreign_key="party.id", index=True)
    requested_by: UUID | None = Field(default=None, index=True)
    purpose: str | None = Field(default=None, max_length=500)
    mode: Mode = Field(sa_type=text_enum(Mode))
    created_at: datetime


class GroupItem(Row, table=True):
    """One part of a group. Without a booking it could not be had, for these reasons."""

    __tablename__ = "group_item"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="span"),
        UniqueConstraint("group_id", "position"),
    )

    group_id: UUID = Field(foreign_key="booking_group.id")
    position: int
    listing_id: UUID
    starts_at: datetime
    ends_at: datetime
    units: int
    answer: Answer = Field(sa_type=text_enum(Answer))
    reasons: list[dict[str, Any]] = Field(sa_type=JsonColumn)
    booking_id: UUID | None = Field(default=None, foreign_key="booking.id", index=True)

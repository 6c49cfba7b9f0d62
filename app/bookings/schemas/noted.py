"""A booking as letters about it need it; no wire format."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Noted:
    """What a letter may say of a booking: the public names of both sides, no address, nothing that somebody wrote.

    `strikes_at` is when it moves by itself unless somebody moves it before, `proposed` the other time of an amendment
    that waits for an answer, `minutes` what one side has reported.
    """

    id: UUID
    listing_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    units: int
    borrower_id: UUID | None
    provider_id: UUID | None
    borrower: str
    provider: str
    strikes_at: datetime | None
    promised: bool
    proposed: tuple[datetime, datetime] | None
    minutes: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message, by whom and in which booking; the author is None where a partner's resident wrote it."""

    id: UUID
    booking_id: UUID
    author_id: UUID | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingNumbers:
    """What became of the promises that ended in a month, and how many people and organisations took a step in it."""

    kept: int
    called_off: int
    unreported: int
    broken: int
    people: int
    organisations: int

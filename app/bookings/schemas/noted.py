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

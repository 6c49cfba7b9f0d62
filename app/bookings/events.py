"""Facts about bookings, for the rooms above. Ids and plain values only; who needs more asks the service."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoved(Event):
    """Somebody, or a clock, took a step. `source` is None for the first step; `version` is the new one."""

    name: ClassVar[str] = "booking.moved"

    booking_id: UUID
    listing_id: UUID
    action: str
    role: str
    source: str | None
    target: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingReminded(Event):
    """The moment has come to tell these sides something; nothing moved."""

    name: ClassVar[str] = "booking.reminded"

    booking_id: UUID
    reminder: str
    whom: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMessageWritten(Event):
    """One side wrote to the other."""

    name: ClassVar[str] = "booking.message_written"

    booking_id: UUID
    message_id: UUID
    role: str

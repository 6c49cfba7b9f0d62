"""Facts about bookings, for the rooms above. Ids and plain values only; who needs more asks the service."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event, unlogged


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoved(Event):
    """Somebody, or a clock, took a step; `state_before` is None for the first. The state may have stayed the same.

    `side` and `partner_id` tell whether a partner must hear of it (`supplier`) or told us (`requester`).
    """

    name: ClassVar[str] = "booking.moved"

    booking_id: UUID
    listing_id: UUID
    action: str
    role: str
    state_before: str | None
    state_after: str
    side: str
    partner_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingReminded(Event):
    """The moment has come to tell these roles something; nothing moved."""

    name: ClassVar[str] = "booking.reminded"

    booking_id: UUID
    reminder: str
    whom: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWritten(Event):
    """One side wrote to the other."""

    name: ClassVar[str] = "booking.message_written"

    booking_id: UUID
    message_id: UUID
    role: str
    side: str
    partner_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LessToTell(Event):
    """Without any step, a partner may see less of a booking than before: contact data has closed, or somebody left."""

    name: ClassVar[str] = "booking.less_to_tell"

    booking_id: UUID
    side: str
    partner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBookingAsked(Event):
    """One of our residents asks for a partner's listing; the partner must be asked."""

    name: ClassVar[str] = "booking.remote_asked"

    booking_id: UUID
    partner_id: UUID
    listing_id_there: str
    starts_at: datetime
    ends_at: datetime
    units: int
    message: str | None = unlogged()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActionAsked(Event):
    """One of our residents acts on a partner's booking; the state moves when the partner says so."""

    name: ClassVar[str] = "booking.remote_action_asked"

    booking_id: UUID
    partner_id: UUID
    action: str
    units: int | None
    reason: str | None = unlogged()
    note: str | None = unlogged()
    code: str | None = unlogged()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActionRefused(Event):
    """The partner refused what one of our residents asked; nothing changed."""

    name: ClassVar[str] = "booking.remote_action_refused"

    booking_id: UUID
    partner_id: UUID
    code: str

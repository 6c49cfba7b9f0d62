"""Facts about bookings, for the rooms above. Ids and plain values only; who needs more asks the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from app.kernel.events import Event, unlogged


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoved(Event):
    """Somebody, or a clock, took a step; `state_before` is None for the first. The state may have stayed the same.

    `side` and `partner_id` tell whether a partner must hear of it (`supplier`) or told us (`requester`).
    `together` names the series or group that was moved by the same call: it gets one letter, from its own fact
    (`SeriesAsked`, `SeriesAnswered`), and this step none of its own.
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
    together: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAsked(Event):
    """Somebody asked for several dates at once, or tried `again` those that had failed; some were had.

    For the provider, as one letter instead of one per date: how many dates count already (`confirmed`), how many
    wait for an answer (`requested`), how many could not be had (`failed`). `booking_id` is the first that was had.
    """

    name: ClassVar[str] = "booking.series_asked"

    series_id: UUID
    listing_id: UUID
    booking_id: UUID
    confirmed: int
    requested: int
    failed: int
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAnswered(Event):
    """One side (`role`) moved several dates of a series with one call, or a clock let several lapse at a time.

    For the other side, or both, as one letter: `action` is accept, decline, cancel or expire; `moved` dates followed,
    `kept` did not. `booking_id` is the first of those that followed.
    """

    name: ClassVar[str] = "booking.series_answered"

    series_id: UUID
    listing_id: UUID
    booking_id: UUID
    action: str
    role: str
    moved: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsked(Event):
    """Somebody asked for several listings at once; one fact, and one letter, for each provider.

    `booking_id` is the first of the provider's parts, of which `confirmed` count already and `requested` wait.
    """

    name: ClassVar[str] = "booking.group_asked"

    group_id: UUID
    provider_id: UUID
    booking_id: UUID
    confirmed: int
    requested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswered(Event):
    """One side (`role`) moved all its parts of a group with one call; one fact for each party on the other side.

    `action` is accept, decline or withdraw; `moved` parts of that party's followed, `booking_id` the first of them;
    `left` parts of the group, of all providers, are still asked for or promised.
    """

    name: ClassVar[str] = "booking.group_answered"

    group_id: UUID
    booking_id: UUID
    whom: UUID
    action: str
    role: str
    moved: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBroken(Event):
    """A part of what somebody wanted all or nothing of will not come; `left` other parts stand all the same.

    For the borrower, who may take the rest back with `POST /booking-groups/{id}/withdraw`. Where the provider
    said no (`action` decline or cancel) it is told instead of that step, which has `together` set.
    """

    name: ClassVar[str] = "booking.group_broken"

    group_id: UUID
    booking_id: UUID
    action: str
    left: int


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
class ToldAnew(Event):
    """Without any step, a partner sees something else of a booking: the calendar moved, somebody left."""

    name: ClassVar[str] = "booking.told_anew"

    booking_id: UUID
    side: str
    partner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBookingAsked(Event):
    """One of our residents asks for a partner's listing; the partner must be asked. `agreed` is what they read."""

    name: ClassVar[str] = "booking.remote_asked"

    booking_id: UUID
    partner_id: UUID
    listing_id_there: str
    starts_at: datetime
    ends_at: datetime
    units: int
    queue: bool = False
    agreed: Mapping[str, Any] = unlogged()
    purpose: str | None = unlogged()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActionAsked(Event):
    """One of our residents acts on a partner's booking; the state moves when the partner says so.

    `said` is what they say with it. `seen` is the revision that they say yes or no to, where they do.
    """

    name: ClassVar[str] = "booking.remote_action_asked"

    booking_id: UUID
    partner_id: UUID
    action: str
    seen: int | None
    said: Mapping[str, Any] = unlogged()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteActionRefused(Event):
    """The partner refused what one of our residents asked; nothing changed."""

    name: ClassVar[str] = "booking.remote_action_refused"

    booking_id: UUID
    partner_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteUnanswered(Event):
    """The partner has not answered for days, or no longer knows what it knew: people have to talk."""

    name: ClassVar[str] = "booking.remote_unanswered"

    booking_id: UUID
    partner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMoreToRead(Event):
    """The partner holds more of a booking than it has told: a contract, or words for which there was no room."""

    name: ClassVar[str] = "booking.remote_more_to_read"

    booking_id: UUID
    partner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePersonErased(Event):
    """One of our residents has left: the partner must forget who asked, and what they wrote."""

    name: ClassVar[str] = "booking.remote_person_erased"

    booking_id: UUID
    partner_id: UUID

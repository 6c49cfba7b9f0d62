"""Values given to the rooms above; no wire format."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.listings.rules.kinds import BookingMode, Form, Kind, Purpose, Quota, Reach
from app.listings.rules.lifecycle import State
from app.listings.rules.price import Tariff


@dataclass(frozen=True, slots=True)
class Terms:
    """What a booking freezes of a listing. Ours has a provider, a mirrored one an origin.

    `access_notes` and `access` are private: for the parties of a promise, in their time.
    """

    listing_id: UUID
    version: int
    title: str
    units: int
    kind: Kind
    form: Form | None
    purpose: Purpose
    state: State
    provider_id: UUID | None
    origin_id: UUID | None
    origin_listing_id: str | None
    origin_name: str | None
    origin_url: str | None
    federation: Reach
    booking_mode: BookingMode
    request_holds: bool
    answer_hours: int
    cancellation_hours: int | None
    overdue_margin_hours: int
    queue_turn_hours: int
    min_age: int | None
    quota: Quota | None
    asks_per_week: int | None
    part_of: UUID | None
    horizon_days: int
    release_after_minutes: int | None
    access_notes: str | None
    access: str | None
    access_at_once: bool
    zone: ZoneInfo
    buffer_before_minutes: int
    buffer_after_minutes: int
    tariffs: tuple[Tariff, ...] | None
    deposit: Money | None
    vat_permille: int | None
    text: str
    contract_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What somebody is looking for, for those who might have it."""

    id: UUID
    owner_id: UUID | None
    origin_id: UUID | None
    is_open: bool
    missing_units: int


@dataclass(frozen=True, slots=True)
class ExactPlace:
    """Where it really is: for the two parties of a promise, nobody else."""

    street: str | None
    postal_code: str | None
    locality: str | None
    district: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class ListingSummary:
    """A listing in a line; `origin` is the partner's name for a mirrored one."""

    id: UUID
    title: str
    kind: Kind
    provider_id: UUID | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class OtherTerms:
    """What of the same listing would do instead: another time, fewer units; None where nothing would."""

    next_free: Interval | None
    fewer_units: int | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another listing that would do; `origin` is the partner's name for a mirrored one."""

    id: UUID
    title: str
    distance_km: float | None
    origin: str | None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The nearest of our own listings that would do, and the nearest at a partner."""

    similar: Alternative | None
    at_partner: Alternative | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingNumbers:
    """How much is shown at this moment, and per month how many wants were met and how many were not."""

    offers: dict[Kind, int]
    wants: int
    wants_met: list[int]
    wants_unmet: list[int]

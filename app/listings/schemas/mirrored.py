"""A partner's listing as it tells it: the public listing object, read leniently, kept strictly bounded."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.accounts.service import PartyKind
from app.api.schemas import Instant, Line
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import BookingMode, Kind, Purpose, Reach
from app.listings.schemas.parts import (
    MAX_UNITS,
    Cancellation,
    KnowHow,
    LanguageTag,
    Lat,
    Limits,
    Lon,
    LongText,
    Money,
    Permille,
    Space,
    Tag,
    Tariffs,
    Time,
    Units,
)


class _Lenient(BaseModel):
    """Validated with `extra="ignore"`, all the way down: what a newer partner says beyond this is passed over."""

    model_config = ConfigDict(frozen=True)


class MirroredPlace(_Lenient):
    """The public place as the partner shows it."""

    district: Annotated[Line, Field(max_length=80)] | None = None
    locality: Annotated[Line, Field(max_length=80)] | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    precision_m: int | None = Field(default=None, ge=0, le=100_000)


class MirroredProvider(_Lenient):
    """Who offers it, as the partner tells it."""

    kind: PartyKind
    name: Annotated[Line, Field(max_length=120)]
    recognised: bool = False


class MirroredPhoto(_Lenient):
    """A picture at the partner; its server gives it to ours."""

    url: Annotated[str, Field(max_length=2_000)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    alt: Annotated[Line, AfterValidator(lambda text: text[:300])] = ""


class MirroredWanted(_Lenient):
    """When something is needed there."""

    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    filled_units: int = Field(default=0, ge=0, le=MAX_UNITS)


class MirroredListing(_Lenient):
    """What must hold of a partner's listing to be shown here. A category we do not know is kept as it is."""

    purpose: Purpose
    kind: Kind
    title: Annotated[Line, Field(min_length=1, max_length=120)]
    description: LongText = ""
    language: LanguageTag = "de"
    category: Annotated[Line, Field(max_length=60)] | None = None
    tags: list[Tag] = Field(default=[], max_length=30)
    state: Literal["published", "paused"] = "published"
    units: Units = 1
    min_units: Units = 1
    place: MirroredPlace = MirroredPlace()
    photos: list[MirroredPhoto] = Field(default=[], max_length=10)
    booking_mode: BookingMode = BookingMode.ON_REQUEST
    request_holds: bool = True
    audience: Audience = Audience.EVERYONE
    audience_organisation_id: UUID | None = None
    tariffs: Tariffs | None = []
    deposit: Money | None = None
    vat_permille: Permille | None = None
    limits: Limits | None = None
    hours: dict[str, Any] | None = None
    """Looked at by themselves, as `HoursRead`."""
    terms: LongText = ""
    cancellation: Cancellation = Cancellation()
    answer_hours: int = Field(default=144, ge=1, le=1_440)
    federation: Reach = Reach.LISTED
    space: Space | None = None
    know_how: KnowHow | None = None
    time: Time | None = None
    wanted: MirroredWanted | None = None
    provider: MirroredProvider
    url: Annotated[str, Field(max_length=500)] | None = None
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None = None

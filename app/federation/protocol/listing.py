"""A listing on the wire: the public listing object of the API, with `url` and `expires_at`, without people.

Read leniently: unknown members are dropped, an unknown kind or state refuses the one entry. Text is plain.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.federation.protocol.values import (
    Count,
    Currency,
    Flag,
    Instant,
    Language,
    Latitude,
    Line,
    Longitude,
    Paragraph,
    Positive,
    Sha256,
    Slug,
    Text,
    WebAddress,
    Wire,
)


class Place(Wire):
    """The public point: displaced for private addresses, and never more exact than `precision_m` metres."""

    district: Line | None = None
    locality: Line | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    precision_m: Count | None = None


class Photo(Wire):
    url: WebAddress
    sha256: Sha256 | None = None
    width: Count | None = None
    height: Count | None = None
    alt: Paragraph | None = None


class Tariff(Wire):
    tariff: Slug
    billing_unit: Slug
    amount_minor: Count
    currency: Currency


class Deposit(Wire):
    amount_minor: Count
    currency: Currency


class DurationLimits(Wire):
    min_minutes: Positive
    max_minutes: Positive
    step_minutes: Positive
    lead_minutes: Count
    horizon_days: Positive
    buffer_before_minutes: Count
    buffer_after_minutes: Count


class Cancellation(Wire):
    """How many hours before the start a booking may be cancelled in time; null: until the start."""

    hours_before: Count | None = None


class Provider(Wire):
    """Who offers it; a private person is always "Privat"."""

    kind: Literal["person", "organisation"]
    name: Line
    recognised: Flag = False


class Space(Wire):
    capacity: Count | None = None
    area_m2: Count | None = None
    furnishings: Annotated[tuple[Line, ...], Field(max_length=50)] = ()


class Session(Wire):
    starts_at: Instant
    ends_at: Instant


class KnowHow(Wire):
    topics: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    level: Line | None = None
    form: Line | None = None
    sessions: Annotated[tuple[Session, ...], Field(max_length=60)] = ()


class Time(Wire):
    tasks: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    asks_per_week: Count | None = None


class Wanted(Wire):
    starts_at: Instant
    ends_at: Instant
    units: Positive = 1
    filled_units: Count = 0


class ListingData(Wire):
    """`data` of an entry of kind `listing`."""

    purpose: Literal["offer", "want"]
    kind: Literal["equipment", "space", "know_how", "time"]
    title: Annotated[Line, Field(min_length=1)]
    description: Text = ""
    language: Language = "de"
    category: Slug | None = None
    tags: Annotated[tuple[Annotated[str, Field(max_length=50)], ...], Field(max_length=30)] = ()
    units: Positive = 1
    min_units: Positive = 1
    place: Place = Place()
    photos: Annotated[tuple[Photo, ...], Field(max_length=10)] = ()
    booking_mode: Literal["instant", "on_request"] = "on_request"
    request_holds: Flag = True
    audience: Slug = "everyone"
    tariffs: Annotated[list[Tariff], Field(max_length=10)] | None = None
    deposit: Deposit | None = None
    vat_permille: Annotated[Count, Field(le=1_000)] | None = None
    limits: DurationLimits | None = None
    state: Literal["published", "paused"]
    provider: Provider
    federation: Literal["listed", "bookable"] = "listed"
    terms: Text = ""
    hours: dict[str, Any] | None = None
    cancellation: Cancellation = Cancellation()
    answer_hours: Annotated[int, Field(strict=True, ge=1, le=1440)] = 144
    space: Space | None = None
    know_how: KnowHow | None = None
    time: Time | None = None
    wanted: Wanted | None = None
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None = None
    url: WebAddress

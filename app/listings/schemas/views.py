"""How listings are seen and searched."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.accounts.service import PartyKind
from app.api.schemas import Instant, ListQuery, MoneyRead
from app.kernel.personal import Personal
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import BookingMode, Kind, Purpose, Reach
from app.listings.rules.lifecycle import CloseReason, State
from app.listings.schemas.calendar import ClosureRead, HoursRead
from app.listings.schemas.parts import (
    MAX_MINOR,
    MAX_UNITS,
    Cancellation,
    KnowHow,
    Limits,
    Quota,
    Space,
    Tariff,
    Time,
)
from app.listings.schemas.words import ListingView


class CategoryRead(ListingView):
    """A node of the category tree that all instances share."""

    slug: str
    label: str
    kinds: list[Kind]
    children: list["CategoryRead"]


class CategoriesRead(ListingView):
    """The tops of the category tree, in the order residents see; what is below stands in each."""

    items: list[CategoryRead]


class PlaceRead(ListingView):
    """The public place: a point that may be off by `precision_m` metres; null where there is none."""

    district: str | None
    locality: str | None
    lat: float | None
    lon: float | None
    precision_m: int | None
    subdivision: str | None


class PhotoRead(ListingView):
    """A picture with its alternative text; WebP, never larger than 1600 pixels, without any metadata."""

    id: UUID | None = Field(description="Null for a photo that lives at a partner.")
    url: str
    thumbnail_url: str = Field(description="The same, at most 400 pixels.")
    alt: str
    width: int | None
    height: int | None


class ProviderRead(ListingView):
    """Who offers or needs it."""

    kind: PartyKind
    name: str
    recognised: bool


class OriginRead(ListingView):
    """The instance it comes from; `fresh_at` says when we last heard of it, null for our own."""

    instance: str
    name: str = Field(description="What that instance calls itself.")
    url: str
    fresh_at: Instant | None


class WantedRead(ListingView):
    """When something is needed, how many, and how many have been found."""

    starts_at: Instant
    ends_at: Instant
    units: int
    filled_units: int


class WithheldRead(ListingView):
    """A passage that partners do not get to read, because it tells how to reach somebody or where they live."""

    pointer: str = Field(description="Where it stands.", examples=["/description"])
    kind: Personal = Field(description="What it looks like.")
    text: str = Field(description="The passage.")


class ListingRead(ListingView):
    """A listing as its public sees it."""

    id: UUID
    purpose: Purpose
    kind: Kind
    title: str
    description: str
    language: str
    category: str | None
    tags: list[str]
    units: int
    min_units: int
    place: PlaceRead
    photos: list[PhotoRead]
    booking_mode: BookingMode
    request_holds: bool
    audience: Audience
    audience_organisation_id: UUID | None
    tariffs: list[Tariff] | None = Field(description="Empty: free of charge. null: by arrangement.")
    deposit: MoneyRead | None = Field(description="Per unit; not part of the price.")
    vat_permille: int | None
    limits: Limits
    terms: str
    contract_text: str
    hours: HoursRead
    closures: list[ClosureRead]
    cancellation: Cancellation
    answer_hours: int
    queue_turn_hours: int
    overdue_margin_hours: int
    min_age: int | None
    quota: Quota | None
    part_of: UUID | None
    federation: Reach
    space: Space | None
    know_how: KnowHow | None
    time: Time | None
    wanted: WantedRead | None
    state: State
    close_reason: CloseReason | None
    origin: OriginRead
    provider: ProviderRead
    version: int
    created_at: Instant
    updated_at: Instant
    expires_at: Instant | None
    review_note: str | None = Field(
        description="For its provider: what the staff of the instance found amiss. Null: nothing."
    )
    withheld: list[WithheldRead] = Field(
        description="For its provider: what partners do not get to read of it. Else, and mostly, empty."
    )


class ListingFound(ListingRead):
    """A listing in a list; `distance_km` from `near`, null without one."""

    distance_km: float | None
    snippet: list["SnippetPart"] | None = Field(
        description="With `q`: the passage of the description in which the words stand, in parts; else null."
    )


class SnippetPart(ListingView):
    """A piece of plain text; no HTML, nothing in it has a meaning."""

    text: str = Field(description="As it stands in the description.")
    found: bool = Field(description="Whether it is one of the words sought.")


class FacetCount(ListingView):
    """How many listings have this value."""

    value: str = Field(description="The kind, or the slug of the category.")
    count: int = Field(description="How many were found.")


class Facets(ListingView):
    """How many of each kind and category fulfil the conditions, hours aside; the most frequent first."""

    kinds: list[FacetCount] = Field(description="By kind.")
    categories: list[FacetCount] = Field(description="By category, without those below it.")
    capped: bool = Field(description="Whether there are more than were counted.")


class FoundPage(ListingView):
    """One page of what was found."""

    items: list[ListingFound]
    next: str | None = Field(description="Pass as `after` to read on; null on the last page. Opaque.")
    suggestion: str | None = Field(
        description="Where nothing was found: other words for `q` that would find something; else null."
    )
    facets: Facets | None = Field(description="With `facets=true`: how many there are of what; else null.")


class ReviewQuery(ListQuery):
    """A page of those that wait."""


class Sort(StrEnum):
    """In which order. `available`: what is free now comes first."""

    RELEVANCE = "relevance"
    DISTANCE = "distance"
    NEWEST = "newest"
    AVAILABLE = "available"


class ForWhom(StrEnum):
    """Whom a listing is for; `me`: whatever the asker, or an organisation they belong to, may have."""

    EVERYONE = "everyone"
    RECOGNISED_ORGANISATIONS = "recognised_organisations"
    ORGANISATIONS = "organisations"
    MEMBERS_OF = "members_of"
    ME = "me"


def _point(value: str) -> str:
    lat, lon = (float(part) for part in value.split(","))
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # noqa: PLR2004 - degrees
        raise ValueError("A latitude lies between -90 and 90, a longitude between -180 and 180.")
    return value


_DEGREES = r"-?[0-9]{1,3}(\.[0-9]{1,10})?"


class ListingQuery(ListQuery):
    """What is sought. All conditions must hold."""

    q: str | None = Field(default=None, max_length=200, description="Words; all must occur.")
    kind: Kind | None = Field(default=None, description="Only this kind.")
    purpose: Purpose | None = Field(default=None, description="Only offers, or only wants.")
    category: str | None = Field(
        default=None, max_length=60, description="A slug; includes what is below it."
    )
    near: Annotated[str, Field(pattern=f"^{_DEGREES},{_DEGREES}$"), AfterValidator(_point)] | None = Field(
        default=None,
        description="Latitude,longitude.",
        examples=["51.34,12.37"],
    )
    radius_km: float | None = Field(default=None, ge=0.1, le=1_000, description="Around `near`.")
    free_from: Instant | None = Field(default=None, description="With `free_until`: could be had then.")
    free_until: Instant | None = Field(default=None, description="With `free_from`.")
    units: int = Field(default=1, ge=1, le=MAX_UNITS, description="At least so many.")
    max_price: int | None = Field(
        default=None,
        ge=0,
        le=MAX_MINOR,
        description="Highest regular price of a billing unit, in minor units.",
    )
    free_of_charge: bool | None = Field(default=None, description="Only what is free, or only what is not.")
    audience: ForWhom | None = Field(
        default=None, description="Only what is for these; `me`: what I may have."
    )
    origin: str | None = Field(
        default=None, max_length=200, description="`ours`, `partners`, or the name of one partner's instance."
    )
    language: str | None = Field(default=None, max_length=8, description="Only what is written in it.")
    mine: bool = Field(default=False, description="Only one's own and one's organisations', in any state.")
    state: State | None = Field(default=None, description="With `mine`.")
    facets: bool = Field(default=False, description="Also count how many there are of what.")
    sort: Sort | None = Field(
        default=None, description="By default relevance with `q`, distance with `near`, else newest."
    )

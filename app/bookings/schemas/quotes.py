"""Quotes on the wire: could I have it then, what would it cost, and what else could I have."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas import Instant, MoneyRead, ReadModel, ReasonRead
from app.bookings.rules.ways import Way
from app.bookings.schemas.commands import InANameCommand, Units
from app.listings.schemas import Tariff


class QuoteAsk(InANameCommand):
    """Could I have it then, and what would it cost?"""

    starts_at: Instant
    ends_at: Instant
    units: Units = 1


class FreeWindow(ReadModel):
    """A time that would do."""

    starts_at: Instant
    ends_at: Instant


class WayOutListing(ReadModel):
    """Another listing that would do."""

    id: UUID
    title: str
    distance_km: float | None = Field(description="From the listing asked for; null where one has no point.")
    origin: str | None = Field(description="The partner it comes from; null for our own.")


class WayOut(ReadModel):
    """Something one could do instead; `href` and `method` are the call that does it with these values."""

    way: Way
    starts_at: Instant
    ends_at: Instant
    units: int
    listing: WayOutListing | None = Field(description="Another listing; null where it is this one, or none.")
    href: str
    method: Literal["POST"]


class QuoteRead(ReadModel):
    """The same judgement a request gets. `price` is null when free or by arrangement; `pricing` says which."""

    bookable: bool
    free_units: int
    pricing: str = Field(description="free, by_arrangement or tariff.")
    price: MoneyRead | None = Field(description="The whole price, without the deposit.")
    net: MoneyRead | None
    vat_permille: int | None
    vat: MoneyRead | None
    total: MoneyRead | None
    tariff: Tariff | None
    billing_count: int = Field(description="How many billing units the time comes to.")
    deposit: MoneyRead | None = Field(description="For all units; not part of the price.")
    reasons: list[ReasonRead]
    next_free: FreeWindow | None = Field(
        description="The same clock times on the next day that would do, within 60 days; null: there is none."
    )
    ways_out: list[WayOut] = Field(
        description="What one could do instead, at most three; empty when bookable."
    )

"""Quotes on the wire: could I have it then, what would it cost, and what else could I have."""

from uuid import UUID

from pydantic import Field

from app.api.schemas import Command, Instant, MoneyRead, ReadModel, ReasonRead
from app.bookings.schemas.commands import Units
from app.listings.schemas import Tariff


class QuoteAsk(Command):
    """Could I have it then, and what would it cost?"""

    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    organisation_id: UUID | None = Field(
        default=None, description="Ask in the name of an organisation you own or manage."
    )


class FreeWindow(ReadModel):
    """A time that would do."""

    starts_at: Instant
    ends_at: Instant


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

"""What fits each other, on the wire."""

from uuid import UUID

from pydantic import Field

from app.api.schemas import Page, ReasonRead
from app.listings.schemas.views import ListingFound
from app.listings.schemas.words import ListingView


class MatchRead(ListingView):
    """Something that fits, and why."""

    listing: ListingFound = Field(
        description="The offer, or seen from an offer the want; `distance_km` is that between the two."
    )
    units: int = Field(description="How many of the missing units it could be.")
    share: float = Field(description="The same as a share of what is missing: 1 is all of it.")
    reasons: list[ReasonRead] = Field(
        description="Why it fits: `category`, `words`, `near`, `free_units` (of a partner's `units`), `bookable`."
    )


class TogetherRead(ListingView):
    """The fewest of the best that fill a want together, or all where they do not."""

    listing_ids: list[UUID] = Field(description="The best first.")
    units: int = Field(description="How many of the missing units they come to.")


class MatchesRead(Page[MatchRead]):
    """Offers that fit a want, the best first."""

    missing_units: int = Field(description="How many are still to be found.")
    together: TogetherRead = Field(description="Which of all that fit would fill it together.")

"""What happens to listings and may be told to others."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingChanged(Event):
    """What the public sees of one of our listings has changed, or it came, or it went.

    Both versions are those after the change.
    """

    name: ClassVar[str] = "listing.changed"

    listing_id: UUID
    version: int | None = None
    calendar_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingExpiring(Event):
    """One of our listings expires soon unless its provider renews it."""

    name: ClassVar[str] = "listing.expiring"

    listing_id: UUID
    provider_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingExpired(Event):
    """One of our listings has expired."""

    name: ClassVar[str] = "listing.expired"

    listing_id: UUID
    provider_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSubmitted(Event):
    """One of our listings waits for the staff, who look before the public does."""

    name: ClassVar[str] = "listing.submitted"

    listing_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReviewed(Event):
    """The staff looked at one of our listings: it was `approved`, or `rejected` with a note that stands at it."""

    name: ClassVar[str] = "listing.reviewed"

    listing_id: UUID
    provider_id: UUID
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesInConflict(Event):
    """More is promised of one of our listings than there is, since its units were fewer, closed, or late (T4, T5, T11).

    `holder_ids` are those who hold units then and were not in conflict when somebody last looked.
    """

    name: ClassVar[str] = "listing.promises_in_conflict"

    listing_id: UUID
    provider_id: UUID
    holder_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswered(Event):
    """Something new fits a saved search: `count` listings, of which these are the newest."""

    name: ClassVar[str] = "search.answered"

    search_id: UUID
    person_id: UUID
    count: int
    listing_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantAnswerable(Event):
    """New offers fit one of our wants: `count` of them, of which these are the newest."""

    name: ClassVar[str] = "want.answerable"

    want_id: UUID
    owner_id: UUID
    count: int
    listing_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersSought(Event):
    """Somebody looks for what this party offers: `count` new wants, of which these are the newest."""

    name: ClassVar[str] = "offers.sought"

    provider_id: UUID
    count: int
    listing_ids: tuple[UUID, ...]

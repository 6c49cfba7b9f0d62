"""Listings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from app.api.endpoints import PublicReading, Reading, Router, Work, cacheable, located
from app.api.languages import Language
from app.api.openapi import problems
from app.api.schemas import Instant
from app.api.versions import IfMatch, IfMatchOptional
from app.kernel.problems import NotAllowed, VersionNeeded, VersionStale
from app.listings import categories, service
from app.listings.problems import ClosureConflicts, ListingNotReady, SessionPromised, TooManyClosures
from app.listings.schemas import (
    CalendarRead,
    CategoriesRead,
    ClosureCreate,
    ClosureRead,
    ClosuresRead,
    ConflictsRead,
    FoundPage,
    HoursBody,
    ListingClose,
    ListingCreate,
    ListingEdit,
    ListingHours,
    ListingQuery,
    ListingRead,
    ListingReject,
)

router = Router(prefix="/api/v1/listings", tags=["listings"])
category_router = Router(prefix="/api/v1/categories", tags=["categories"])

_EDITED = problems(VersionNeeded, VersionStale)
_MOVED = problems(ListingNotReady, VersionStale)
ListingId = Annotated[UUID, Path(description="The listing.")]


@category_router.get("", summary="The category tree", openapi_extra=cacheable(300))
def read(_reading: PublicReading, language: Language) -> CategoriesRead:
    """The tree that all instances share, with labels in the language asked for."""
    return CategoriesRead.model_validate({"items": categories.tree(language)})


@router.get("", summary="Search listings", openapi_extra=cacheable(10))
def search(reading: PublicReading, query: Annotated[ListingQuery, Query()]) -> FoundPage:
    """Offers and wants for which all conditions hold, ours and those of partners, each with its origin.

    By relevance, words in the title come before words elsewhere, partners heard lately before others, then the nearest
    to `near` or else the newest. Words find their other forms and what begins or, in titles, ends with them.
    """
    return service.search(reading, query)


@router.post("", status_code=201, summary="Make a listing")
@located("/api/v1/listings/{id}")
def create(work: Work, body: ListingCreate) -> ListingRead:
    """A draft, for oneself or for an organisation one manages. It appears when it is published."""
    return service.create(work, body)


@router.get("/{listing_id}", summary="Look at a listing", openapi_extra=cacheable(10))
def get(reading: PublicReading, listing_id: ListingId) -> ListingRead:
    """One listing. Its exact place and its provider's contact data stay private until there is a promise."""
    return service.read(reading, listing_id)


@router.patch(
    "/{listing_id}",
    summary="Edit a listing",
    responses=problems(VersionNeeded, VersionStale, SessionPromised),
)
def edit(work: Work, listing_id: ListingId, body: ListingEdit, seen: IfMatch) -> ListingRead:
    """A merge patch: absent stays, null removes. Bookings made before keep what was promised."""
    return service.edit(work, listing_id, body, seen=seen)


@router.delete(
    "/{listing_id}",
    status_code=204,
    summary="Remove a listing",
    responses=problems(VersionNeeded, VersionStale, ListingNotReady),
)
def discard(work: Work, listing_id: ListingId, seen: IfMatch) -> None:
    """A draft disappears; what was ever published is closed as withdrawn."""
    service.discard(work, listing_id, seen=seen)


@router.post("/{listing_id}/publish", summary="Publish", responses=_MOVED)
def publish(work: Work, listing_id: ListingId, seen: IfMatchOptional) -> ListingRead:
    """Let the public see it, also again after a pause. Where listings are reviewed first, a draft goes to staff."""
    return service.publish(work, listing_id, seen=seen)


@router.post("/{listing_id}/approve", summary="Approve", responses=_MOVED)
def approve(work: Work, listing_id: ListingId, seen: IfMatchOptional) -> ListingRead:
    """Staff let a reviewed listing appear."""
    return service.approve(work, listing_id, seen=seen)


@router.post("/{listing_id}/reject", summary="Give back", responses=_MOVED)
def reject(work: Work, listing_id: ListingId, body: ListingReject, seen: IfMatchOptional) -> ListingRead:
    """Staff give a listing in review back to its provider, saying what is amiss. It is a draft again."""
    return service.reject(work, listing_id, note=body.note, seen=seen)


@router.post("/{listing_id}/pause", summary="Pause", responses=_MOVED)
def pause(work: Work, listing_id: ListingId, seen: IfMatchOptional) -> ListingRead:
    """Take no new requests for now. Publish ends the pause."""
    return service.pause(work, listing_id, seen=seen)


@router.post("/{listing_id}/renew", summary="Renew", responses=_MOVED)
def renew(work: Work, listing_id: ListingId, seen: IfMatchOptional) -> ListingRead:
    """Another full term from today, also after it has expired."""
    return service.renew(work, listing_id, seen=seen)


@router.post("/{listing_id}/close", summary="Close", responses=_MOVED)
def close(work: Work, listing_id: ListingId, body: ListingClose, seen: IfMatchOptional) -> ListingRead:
    """End it for good. Bookings already promised stand."""
    return service.close(work, listing_id, reason=body.reason, seen=seen)


@router.get("/{listing_id}/hours", summary="Look at the hours", openapi_extra=cacheable(10))
def read_hours(reading: PublicReading, listing_id: ListingId) -> ListingHours:
    """Hand-over hours of equipment, opening hours of the rest, in local time."""
    return service.hours(reading, listing_id)


@router.put("/{listing_id}/hours", summary="Set the hours", responses=_EDITED)
def set_hours(work: Work, listing_id: ListingId, body: HoursBody, seen: IfMatch) -> ListingHours:
    """Replace all hours."""
    return service.set_hours(work, listing_id, body, seen=seen)


@router.get("/{listing_id}/closures", summary="Look at the closures", openapi_extra=cacheable(10))
def read_closures(reading: PublicReading, listing_id: ListingId) -> ClosuresRead:
    """When some or all units are unavailable."""
    return service.closures(reading, listing_id)


@router.post(
    "/{listing_id}/closures",
    status_code=201,
    summary="Close for a while",
    responses=problems(ClosureConflicts, TooManyClosures),
)
@located("/api/v1/listings/{listing_id}/closures")
def close_for(work: Work, listing_id: ListingId, body: ClosureCreate) -> ClosureRead:
    """Once or recurring. Over bookings it answers 409 with their list unless `acknowledge_conflicts` is set."""
    return service.close_for(work, listing_id, body)


@router.delete("/{listing_id}/closures/{closure_id}", status_code=204, summary="Open again")
def open_again(
    work: Work, listing_id: ListingId, closure_id: Annotated[UUID, Path(description="The closure.")]
) -> None:
    """Take a closure away."""
    service.open_again(work, listing_id, closure_id)


@router.get("/{listing_id}/calendar", summary="Look at the calendar")
def calendar(
    reading: PublicReading,
    listing_id: ListingId,
    starts_at: Annotated[Instant, Query(alias="from", description="From when.")],
    ends_at: Annotated[Instant, Query(alias="to", description="Until when; at most 400 days later.")],
) -> CalendarRead:
    """How many units are free, and whether the hours allow it, as the fewest steps."""
    return service.calendar(reading, listing_id, starts_at, ends_at)


@router.get("/{listing_id}/conflicts", summary="Look for conflicts", responses=problems(NotAllowed))
def conflicts(reading: Reading, listing_id: ListingId) -> ConflictsRead:
    """Where more is promised than there is: after fewer units, a late return or a closure. For the provider."""
    return service.conflicts(reading, listing_id)

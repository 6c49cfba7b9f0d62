"""Calendars kept elsewhere, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.api.endpoints import Reading, Router, Work, located
from app.api.languages import Language
from app.api.openapi import problems
from app.kernel.problems import NotAllowed, NotNow
from app.listings import service
from app.listings.schemas import ExternalCalendarCreate, ExternalCalendarRead, ExternalCalendarsRead

router = Router(prefix="/api/v1/listings", tags=["listings"])

ListingId = Annotated[UUID, Path(description="The listing.")]


@router.get(
    "/{listing_id}/external-calendars",
    summary="List external calendars",
    responses=problems(NotAllowed),
)
def external_calendars(reading: Reading, listing_id: ListingId, language: Language) -> ExternalCalendarsRead:
    """Calendars kept elsewhere that close this listing, and how reading them goes. For the provider."""
    return service.external_calendars(reading, listing_id, language=language)


@router.post(
    "/{listing_id}/external-calendars",
    status_code=201,
    summary="Read an external calendar",
    responses=problems(NotNow),
)
@located("/api/v1/listings/{listing_id}/external-calendars")
def add_external_calendar(
    work: Work, listing_id: ListingId, body: ExternalCalendarCreate, language: Language
) -> ExternalCalendarRead:
    """From now on, every hour: what it says is busy closes all units. Promises made before stay, as conflicts."""
    return service.add_external_calendar(work, listing_id, body, language=language)


@router.delete("/{listing_id}/external-calendars/{calendar_id}", status_code=204, summary="Read it no more")
def remove_external_calendar(
    work: Work, listing_id: ListingId, calendar_id: Annotated[UUID, Path(description="The calendar.")]
) -> None:
    """What it closed is open again."""
    service.remove_external_calendar(work, listing_id, calendar_id)

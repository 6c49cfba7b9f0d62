"""Contracts and calendars over HTTP."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Path, Query, Response

from app.api.documents import file_answer
from app.api.endpoints import NOT_REPLAYABLE, OwnDesk, PublicDesk, Reading, Router, Work, located
from app.api.languages import Language
from app.api.openapi import problems
from app.bookings import service
from app.bookings.problems import NoContractYet
from app.bookings.schemas import (
    CalendarFeedCreate,
    CalendarFeedMade,
    CalendarFeedsRead,
    ContractQuery,
    ContractsRead,
)
from app.kernel.documents import Document
from app.kernel.problems import NotAllowed, NotFound, NotNow

router = Router(prefix="/api/v1/bookings", tags=["bookings"])
feeds = Router(prefix="/api/v1/me/calendar-feeds", tags=["calendars"])
calendars = Router(prefix="/api/v1/calendars", tags=["calendars"])

_CALENDAR: Final[dict[int | str, Any]] = {200: file_answer("text/calendar", "The calendar (RFC 5545).")}


@router.get(
    "/{booking_id}/contracts",
    summary="List the versions of the contract",
    responses=problems(NotAllowed, NoContractYet),
)
def contracts(reading: Reading, booking_id: UUID) -> ContractsRead:
    """Each promise, change and record makes a new version; the old ones stay. For the two parties."""
    return service.contract_versions(reading, booking_id)


@router.get(
    "/{booking_id}/contract.pdf",
    summary="The contract on paper",
    response_class=Response,
    responses={
        **problems(NotAllowed, NoContractYet),
        200: file_answer("application/pdf", "The contract, accessible (PDF/UA-1)."),
    },
)
def contract(desk: OwnDesk, booking_id: UUID, query: Annotated[ContractQuery, Query()]) -> Document:
    """For the two parties, from the promise on. When nothing is paid a *Leihvertrag*, else a *Mietvertrag*."""
    language = query.language or desk.language
    return service.contract_paper(desk, booking_id, version=query.version, language=language)


@router.get(
    "/{booking_id}/calendar.ics",
    summary="The booking for a calendar",
    response_class=Response,
    responses=_CALENDAR,
)
def calendar(reading: Reading, booking_id: UUID, language: Language) -> Document:
    """One entry that keeps its UID: opened again after a change it moves, after a cancellation it is cancelled."""
    return service.calendar_of(reading, booking_id, language=language)


@feeds.get("", summary="My calendar feeds")
def page(reading: Reading) -> CalendarFeedsRead:
    """Which calendars can be read in my name, without their addresses."""
    return service.calendar_feeds(reading)


@feeds.post(
    "",
    status_code=201,
    summary="Make a calendar feed",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(NotNow, NotFound),
)
@located("/api/v1/me/calendar-feeds")
def make(work: Work, ask: CalendarFeedCreate) -> CalendarFeedMade:
    """An address for calendar programs, told this once: of mine, of an organisation's, or of a listing's bookings."""
    return service.make_calendar_feed(work, ask)


@feeds.delete("/{feed_id}", status_code=204, summary="Revoke a calendar feed")
def revoke(work: Work, feed_id: Annotated[UUID, Path(description="The feed.")]) -> None:
    """From then on its address answers 404."""
    service.revoke_calendar_feed(work, feed_id)


@calendars.get("/{token}.ics", summary="Read a calendar feed", response_class=Response, responses=_CALENDAR)
def read(
    desk: PublicDesk,
    token: Annotated[str, Path(max_length=100, description="The secret part of the feed's address.")],
) -> Document:
    """What happens from 90 days ago to 400 ahead; what was called off stays for 60 days, as cancelled."""
    return service.read_calendar_feed(desk, token)

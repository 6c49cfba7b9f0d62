"""Wants over HTTP: who has something answers with an offer, and the one who is looking says yes."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from app.api.endpoints import Reading, Router, Work, located
from app.api.openapi import problems
from app.api.schemas import ListQuery, Page
from app.bookings import service
from app.bookings.problems import NotBookable, WantNotOpen
from app.bookings.schemas import BookingRead, BookingSummary, OfferCreate
from app.kernel.problems import NotAllowed, NotFound, NotYet
from app.listings.problems import SlotTaken

router = Router(prefix="/api/v1/wants", tags=["bookings"])
WantId = Annotated[UUID, Path(description="The want.")]


@router.post(
    "/{want_id}/offers",
    status_code=201,
    summary="Answer a want",
    responses=problems(NotFound, NotAllowed, WantNotOpen, NotBookable, SlotTaken, NotYet),
)
@located("/api/v1/bookings/{id}")
def offer(work: Work, want_id: WantId, ask: OfferCreate) -> BookingRead:
    """Offer something of yours to somebody who is looking for it: a booking in `countered`, theirs to accept.

    Several offers may fill one want. Once everything is found it closes as `fulfilled_here`.
    """
    return service.offer(work, want_id, ask)


@router.get("/{want_id}/offers", summary="List the offers for a want", responses=problems(NotFound))
def offers(reading: Reading, want_id: WantId, query: Annotated[ListQuery, Query()]) -> Page[BookingSummary]:
    """All offers for whoever is looking, and for everybody else their own; newest first."""
    return Page[BookingSummary].model_validate(service.offers(reading, want_id, query))

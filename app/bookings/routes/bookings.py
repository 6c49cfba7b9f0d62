"""Bookings over HTTP. Every action that the lifecycle gives to a person has an endpoint of its name."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Path, Query

from app.api.endpoints import (
    NOT_REPLAYABLE,
    PublicReading,
    Reading,
    Router,
    Work,
    cacheable,
    located,
)
from app.api.languages import Language
from app.api.openapi import problems
from app.api.schemas import ListQuery, Page
from app.api.versions import IfMatchOptional
from app.bookings import service
from app.bookings.problems import (
    AlreadyWaiting,
    CodeWrong,
    NotBookable,
    NothingToWaitFor,
    RecognitionLapsed,
    RecordSealed,
    StepNotPossible,
)
from app.bookings.rules import drawing
from app.bookings.rules.words import Action
from app.bookings.schemas import (
    Attendance,
    BookingCreate,
    BookingQuery,
    BookingRead,
    BookingSummary,
    Correction,
    HandOver,
    LifecyclesRead,
    MessageCreate,
    MessageRead,
    Minutes,
    NewTerms,
    QueueJoin,
    QuoteAsk,
    QuoteRead,
    Said,
    Settlement,
    Step,
    WhatHappened,
)
from app.kernel.problems import NotFound, NotNow, TooMany, VersionStale
from app.listings.problems import SessionOver, SlotTaken
from app.listings.schemas import ListingRead

router = Router(prefix="/api/v1/bookings", tags=["bookings"])
meta = Router(prefix="/api/v1/meta", tags=["meta"])
on_listings = Router(prefix="/api/v1/listings", tags=["listings"])
ListingId = Annotated[UUID, Path(description="The listing.")]


@on_listings.post("/{listing_id}/quote", summary="Ask for a quote", openapi_extra=NOT_REPLAYABLE)
def quote(reading: PublicReading, listing_id: ListingId, body: QuoteAsk, language: Language) -> QuoteRead:
    """Could I have it then, what would it cost, why not, what else: what a request would hear. Nothing is stored."""
    return service.quote(reading, listing_id, body, language=language)


@on_listings.post(
    "/{listing_id}/sessions/{session_id}/cancel",
    summary="Cancel a session",
    responses=problems(SessionOver, VersionStale),
)
def cancel_session(
    work: Work,
    listing_id: ListingId,
    session_id: Annotated[UUID, Path(description="The session of the course.")],
    said: Step,
    seen: IfMatchOptional,
) -> ListingRead:
    """It does not take place: all its bookings are cancelled, too, and everybody who booked is told why."""
    return service.cancel_session(work, listing_id, session_id, said, seen=seen)


@on_listings.post(
    "/{listing_id}/queue",
    status_code=201,
    summary="Join the queue",
    responses=problems(NotBookable, NothingToWaitFor, AlreadyWaiting),
)
@located("/api/v1/bookings/{id}")
def join_queue(work: Work, listing_id: ListingId, ask: QueueJoin) -> BookingRead:
    """Wait for a time that others have, first come, first served; when it becomes free, a turn is offered.

    The answer is a booking in `waitlisted`, with the place in `queue`. While it is free, 409: just ask for it.
    """
    return service.join_queue(work, listing_id, ask)


@router.post(
    "",
    status_code=201,
    summary="Ask for a listing",
    responses=problems(NotBookable, SlotTaken, NotFound),
)
@located("/api/v1/bookings/{id}")
def request(work: Work, ask: BookingCreate, language: Language) -> BookingRead:
    """Ask for a stretch of time: promised at once where the listing says so, else the provider answers.

    With `recurrence` it is asked for on every date of the rule, and each date is answered by itself in
    `series.dates`; the answer is the first booking. Only when no date at all can be had, 409 tells them all.
    """
    return service.request(work, ask, language=language)


@router.get("", summary="List your bookings")
def page(reading: Reading, query: Annotated[BookingQuery, Query()]) -> Page[BookingSummary]:
    """Your own bookings and those of your organisations, newest first."""
    return Page[BookingSummary].model_validate(service.page(reading, query))


@router.get("/{booking_id}", summary="Read a booking")
def get(reading: Reading, booking_id: UUID, language: Language) -> BookingRead:
    """State, what you can do now, the story so far and, once promised, how to reach each other."""
    return service.get(reading, booking_id, language=language)


@router.get("/{booking_id}/messages", summary="Read the conversation")
def messages(reading: Reading, booking_id: UUID, query: Annotated[ListQuery, Query()]) -> Page[MessageRead]:
    """What the two sides wrote, oldest first."""
    return Page[MessageRead].model_validate(service.page_of_messages(reading, booking_id, query))


@router.post("/{booking_id}/messages", status_code=201, summary="Write a message")
@located("/api/v1/bookings/{booking_id}/messages")
def write(work: Work, booking_id: UUID, said: MessageCreate) -> MessageRead:
    """Say something to the other side; possible in every state, the last included."""
    return service.write_message(work, booking_id, said.text)


@router.post(
    "/{booking_id}/records/{record_id}/corrections",
    summary="Correct a record",
    responses=problems(RecordSealed, NotNow, VersionStale),
)
def correct_record(
    work: Work,
    booking_id: UUID,
    record_id: Annotated[UUID, Path(description="The record.")],
    said: Correction,
    *,
    seen: IfMatchOptional,
    language: Language,
) -> BookingRead:
    """Within 48 hours, by the side that wrote it: the record stays, a new version stands beside it."""
    return service.correct_record(work, booking_id, record_id, said, seen=seen, language=language)


@meta.get("/lifecycles", summary="The lifecycle of bookings, as data", openapi_extra=cacheable(300))
def lifecycles(reading: PublicReading) -> LifecyclesRead:  # noqa: ARG001 - nothing is read, everybody may
    """States, moves, guards and clocks per kind, each also as a Mermaid diagram."""
    return LifecyclesRead.model_validate(service.lifecycles())


ACTIONS: Final[dict[str, tuple[str, type[Step]]]] = {
    "accept": ("Say yes to a request", Step),
    "decline": ("Say no to a request", Step),
    "withdraw": ("Take a request back", Step),
    "cancel": ("Cancel a promise", Step),
    "did-not-happen": ("Say that nothing came of it", WhatHappened),
    "raise-case": ("Say that something is wrong", Step),
    "settle": ("Agree that a case is settled", Settlement),
    "add-account": ("Tell your side of it", Step),
    "make-ready": ("Say that it is ready to be picked up", Step),
    "hand-over": ("Hand it over; for the borrower: say that you have it", HandOver),
    "not-collected": ("Say that nobody picked it up", Step),
    "report-return": ("Say that you brought it back", Step),
    "take-back": ("Take it back, wholly or in part", HandOver),
    "complete": ("Agree that all is well", Step),
    "mark-lost": ("Say that it is lost", Step),
    "counter": ("Offer other terms", NewTerms),
    "accept-counter": ("Say yes to other terms", Step),
    "take": ("Take the turn in the queue", Step),
    "pass": ("Pass the turn in the queue", Step),
    "propose-change": ("Propose a change of a promise", NewTerms),
    "accept-change": ("Say yes to a change", Step),
    "decline-change": ("Say no to a change", Step),
    "withdraw-change": ("Take back a change that you proposed", Step),
    "check-in": ("Come in", Step),
    "release": ("Free it, nobody came", Step),
    "check-out": ("Leave", Step),
    "start": ("Begin", Step),
    "report": ("Say how long it took", Minutes),
    "agree": ("Agree with what was said", Step),
    "differ": ("Differ from what was said", Step),
    "record-attendance": ("Say who was there", Attendance),
    "give-access": ("Give access", Step),
}
"""The endpoint of each action: its summary and its body."""


def _endpoint(action: str, body: type[Step]) -> Callable[..., Any]:
    nothing = body()

    def act(
        work: Work, booking_id: UUID, seen: IfMatchOptional, language: Language, said: Step = nothing
    ) -> BookingRead:
        return service.act(work, booking_id, action, Said.of(said), seen=seen, language=language)

    act.__annotations__["said"] = body
    act.__name__ = action.replace("-", "_")
    act.__doc__ = drawing.as_text(Action(action))
    return act


for name, (summary, body) in ACTIONS.items():
    router.add_api_route(
        f"/{{booking_id}}/{name}",
        _endpoint(name, body),
        methods=["POST"],
        summary=summary,
        responses=problems(
            StepNotPossible,
            NotBookable,
            SlotTaken,
            RecognitionLapsed,
            CodeWrong,
            TooMany,
            VersionStale,
        ),
    )

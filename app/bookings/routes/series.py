"""Series over HTTP: what was asked for on several dates at once. It begins with `POST /bookings` and a rule."""

from uuid import UUID

from app.api.endpoints import Reading, Router, Work
from app.api.languages import Language
from app.api.openapi import problems
from app.bookings import service
from app.bookings.problems import NotBookable, StepNotPossible
from app.bookings.schemas import SeriesCancel, SeriesRead, Step

router = Router(prefix="/api/v1/series", tags=["series"])
_NOTHING = Step()
_ALL = SeriesCancel()


@router.get("/{series_id}", summary="Read a series")
def get(reading: Reading, series_id: UUID, language: Language) -> SeriesRead:
    """Every date, and what became of it: its booking, or the reasons why it failed."""
    return service.read_series(reading, series_id, language=language)


@router.post(
    "/{series_id}/retry",
    summary="Try again the dates that failed",
    responses=problems(NotBookable, StepNotPossible),
)
def retry(work: Work, series_id: UUID, language: Language) -> SeriesRead:
    """Ask once more for the dates without a booking, on the present terms of the listing; the answer is per date."""
    return service.retry_series(work, series_id, language=language)


@router.post(
    "/{series_id}/cancel", summary="Call off a series, or the rest of it", responses=problems(StepNotPossible)
)
def cancel(work: Work, series_id: UUID, language: Language, body: SeriesCancel = _ALL) -> SeriesRead:
    """Take back, decline or cancel what still can be, from a date on or all; the rest stays, with the reasons."""
    return service.cancel_series(work, series_id, body, language=language)


@router.post("/{series_id}/accept", summary="Say yes to a series", responses=problems(StepNotPossible))
def accept(work: Work, series_id: UUID, language: Language, body: Step = _NOTHING) -> SeriesRead:
    """Promise every date that waits for an answer and can still be kept; the others say why not."""
    return service.accept_series(work, series_id, body, language=language)


@router.post("/{series_id}/decline", summary="Say no to a series", responses=problems(StepNotPossible))
def decline(work: Work, series_id: UUID, language: Language, body: Step = _NOTHING) -> SeriesRead:
    """Decline every date that waits for an answer; what was promised stays."""
    return service.decline_series(work, series_id, body, language=language)

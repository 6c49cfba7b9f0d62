"""Groups over HTTP: several listings in one ask."""

from uuid import UUID

from app.api.endpoints import Reading, Router, Work, located
from app.api.languages import Language
from app.api.openapi import problems
from app.bookings import service
from app.bookings.problems import NotBookable, StepNotPossible
from app.bookings.schemas import GroupCreate, GroupRead, Step
from app.kernel.problems import NotFound

router = Router(prefix="/api/v1/booking-groups", tags=["booking-groups"])
_NOTHING = Step()


@router.post(
    "", status_code=201, summary="Ask for several listings", responses=problems(NotBookable, NotFound)
)
@located("/api/v1/booking-groups/{id}")
def request(work: Work, ask: GroupCreate, language: Language) -> GroupRead:
    """Ask for several listings at once: all or nothing, or whatever of it can be had. Every part is a booking.

    All or nothing is about the ask: where one part cannot be had, nothing is stored, and `items` says which. Each
    provider answers for their part; one who says no later does not undo the others, but you are told.
    """
    return service.request_group(work, ask, language=language)


@router.get("/{group_id}", summary="Read a group")
def get(reading: Reading, group_id: UUID, language: Language) -> GroupRead:
    """Every part and what became of it; for a provider their own parts."""
    return service.read_group(reading, group_id, language=language)


@router.post("/{group_id}/withdraw", summary="Take a group back", responses=problems(StepNotPossible))
def withdraw(work: Work, group_id: UUID, language: Language, body: Step = _NOTHING) -> GroupRead:
    """Take back or cancel every part that still can be; the rest stays, with the reasons."""
    return service.withdraw_group(work, group_id, body, language=language)


@router.post("/{group_id}/accept", summary="Say yes to your parts", responses=problems(StepNotPossible))
def accept(work: Work, group_id: UUID, language: Language, body: Step = _NOTHING) -> GroupRead:
    """Promise every part of yours that waits for an answer and can still be kept; the others say why not."""
    return service.accept_group(work, group_id, body, language=language)


@router.post("/{group_id}/decline", summary="Say no to your parts", responses=problems(StepNotPossible))
def decline(work: Work, group_id: UUID, language: Language, body: Step = _NOTHING) -> GroupRead:
    """Decline every part of yours that waits for an answer; what was promised stays."""
    return service.decline_group(work, group_id, body, language=language)

"""What waits for the staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.endpoints import Reading, Router, Work
from app.api.openapi import problems
from app.api.schemas import Page
from app.kernel.problems import NotAllowed
from app.listings import service as listings
from app.listings.problems import ListingNotReady
from app.listings.schemas import ListingRead, ReviewQuery
from app.moderation import service
from app.moderation.problems import CaseOfYourOwn, DecisionNotPossible
from app.moderation.schemas import CasesQuery, DecisionCreate, FiledReportInFull

router = Router(prefix="/api/v1/moderation", tags=["moderation"])


@router.get("/reports", summary="All reports", responses=problems(NotAllowed))
def browse(query: Annotated[CasesQuery, Query()], reading: Reading) -> Page[FiledReportInFull]:
    """For staff: what was reported, the latest first."""
    return Page.model_validate(service.cases(reading, query))


@router.get("/reports/{report_id}", summary="One report in full", responses=problems(NotAllowed))
def read(report_id: UUID, reading: Reading) -> FiledReportInFull:
    """For staff: what was said, what it showed then, what was decided, and what can be decided now."""
    return service.case(reading, report_id)


@router.post(
    "/reports/{report_id}/decide",
    summary="Decide on a report",
    responses=problems(CaseOfYourOwn, DecisionNotPossible, ListingNotReady),
)
def decide(report_id: UUID, decision: DecisionCreate, work: Work) -> FiledReportInFull:
    """Whom it concerns is told the reasons, whoever reported it what came of it. Nobody judges a case of their own,
    and an objection is judged by somebody else than before. Promises already made stand.
    """
    return service.decide(work, report_id, decision)


@router.get("/listings", summary="Listings that wait for review", responses=problems(NotAllowed))
def in_review(query: Annotated[ReviewQuery, Query()], reading: Reading) -> Page[ListingRead]:
    """For staff: new ones where the instance looks first, and those that were taken from view."""
    return Page.model_validate(listings.in_review(reading, query))

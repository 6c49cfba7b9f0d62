"""Saying that something is wrong, for everybody who is signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.endpoints import Reading, Router, Work, located
from app.api.openapi import problems
from app.api.schemas import Page
from app.kernel.problems import NotAllowed, NotFound, TooMany
from app.moderation import service
from app.moderation.problems import AlreadyReported, ObjectionNotPossible
from app.moderation.schemas import FiledReportRead, Objection, ReportCreate, ReportsQuery

router = Router(prefix="/api/v1/reports", tags=["reports"])


@router.get("", summary="Your reports")
def browse(query: Annotated[ReportsQuery, Query()], reading: Reading) -> Page[FiledReportRead]:
    """What you have reported and what became of it; or what was decided about you and what is yours."""
    return Page.model_validate(service.reports_of_mine(reading, query))


@router.post(
    "", status_code=201, summary="Report something", responses=problems(NotFound, AlreadyReported, TooMany)
)
@located("/api/v1/reports/{id}")
def make(said: ReportCreate, work: Work) -> FiledReportRead:
    """Say what is wrong with a listing, a person, an organisation or a message. Only the staff learns who did."""
    return service.report(work, said)


@router.get("/{report_id}", summary="One report")
def read(report_id: UUID, reading: Reading) -> FiledReportRead:
    """For who made it, and once it is decided for whom it concerns. Neither learns about the other."""
    return service.report_of_mine(reading, report_id)


@router.post(
    "/{report_id}/object",
    summary="Object to a decision",
    responses=problems(NotAllowed, ObjectionNotPossible),
)
def object_to(report_id: UUID, objection: Objection, work: Work) -> FiledReportRead:
    """Within half a year, once: whom a measure hits, or who reported what was dismissed. Somebody else decides."""
    return service.object_to(work, report_id, objection)

"""Looking after an instance: what its staff did, and the numbers that matter."""

from typing import Annotated

from fastapi import Query

from app.api.endpoints import Reading, Router
from app.api.openapi import problems
from app.api.schemas import Page
from app.kernel.problems import NotAllowed
from app.moderation import service
from app.moderation.schemas import AuditEntryRead, AuditQuery, NumbersQuery, NumbersRead

router = Router(prefix="/api/v1/admin", tags=["admin"])


@router.get("/audit", summary="What the staff did", responses=problems(NotAllowed))
def audit(query: Annotated[AuditQuery, Query()], reading: Reading) -> Page[AuditEntryRead]:
    """For staff: who did what, about what, when and why, the latest first. Each entry is sealed with the one before."""
    return Page.model_validate(service.accounted_for(reading, query))


@router.get("/numbers", summary="Numbers of the region", responses=problems(NotAllowed))
def numbers(query: Annotated[NumbersQuery, Query()], reading: Reading) -> NumbersRead:
    """For staff: promises kept and broken, wants met and unmet, what is shared and how many take part."""
    return service.numbers(reading, query)

"""This instance, for everybody who asks."""

from app.accounts import service
from app.accounts.schemas.instance import InstanceEdit, InstanceRead
from app.api.endpoints import PublicReading, Router, Work, cacheable
from app.api.openapi import problems
from app.api.versions import IfMatch
from app.kernel.problems import VersionNeeded, VersionStale

router = Router(prefix="/api/v1/instance", tags=["instance"])


@router.get("", summary="What instance is this?", openapi_extra=cacheable(60))
def read(reading: PublicReading) -> InstanceRead:
    """Name, region, languages, who runs it, how it does things; imprint, privacy, contact and house rules."""
    return service.instance(reading)


@router.patch("", summary="Edit the texts of the instance", responses=problems(VersionNeeded, VersionStale))
def edit(change: InstanceEdit, seen: IfMatch, work: Work) -> InstanceRead:
    """Admins write imprint, privacy, contact and house rules, in Markdown. Absent stays, null takes a text away."""
    return service.edit_instance(work, change, seen=seen)

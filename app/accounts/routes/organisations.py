"""Organisations and their members."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.accounts import service
from app.accounts.problems import AlreadyMember, LastOwner
from app.accounts.schemas.organisations import (
    MemberAdding,
    MemberEdit,
    MemberRead,
    MembersQuery,
    OrganisationEdit,
    OrganisationFounding,
    OrganisationRead,
    OrganisationsQuery,
)
from app.api.endpoints import PublicReading, Reading, Router, Work, located
from app.api.openapi import problems
from app.api.schemas import Page
from app.api.versions import IfMatch
from app.kernel.problems import NotAllowed, TooMany, VersionNeeded, VersionStale

router = Router(prefix="/api/v1/organisations", tags=["organisations"])


@router.get("", summary="Organisations", responses=problems(NotAllowed))
def search(query: Annotated[OrganisationsQuery, Query()], reading: PublicReading) -> Page[OrganisationRead]:
    """All organisations, or your own. Staff may look for those in a state of recognition."""
    return Page.model_validate(service.organisations(reading, query))


@router.post("", status_code=201, summary="Found an organisation")
@located("/api/v1/organisations/{id}")
def create(founding: OrganisationFounding, work: Work) -> OrganisationRead:
    """You become its owner."""
    return service.create_organisation(work, founding)


@router.get("/{organisation_id}", summary="One organisation")
def read(organisation_id: UUID, reading: PublicReading) -> OrganisationRead:
    """What everybody may see; members see how it is reached as well."""
    return service.organisation(reading, organisation_id)


@router.patch(
    "/{organisation_id}", summary="Edit an organisation", responses=problems(VersionStale, VersionNeeded)
)
def edit(organisation_id: UUID, change: OrganisationEdit, seen: IfMatch, work: Work) -> OrganisationRead:
    """For owners and managers. Change what you send; the rest stays."""
    return service.edit_organisation(work, organisation_id, change, seen=seen)


@router.get("/{organisation_id}/members", summary="Its members", responses=problems(NotAllowed))
def members(
    organisation_id: UUID, query: Annotated[MembersQuery, Query()], reading: Reading
) -> Page[MemberRead]:
    """For members and staff."""
    return Page.model_validate(service.members(reading, organisation_id, query))


@router.post(
    "/{organisation_id}/members",
    status_code=201,
    summary="Add or invite a member",
    responses=problems(AlreadyMember, TooMany),
)
@located("/api/v1/organisations/{organisation_id}/members")
def add_member(organisation_id: UUID, wanted: MemberAdding, work: Work) -> MemberRead:
    """By `person_id` or by `email`: whoever reads the mail joins with its token. An admin lets in at once."""
    return service.add_member(work, organisation_id, wanted)


@router.patch(
    "/{organisation_id}/members/{person_id}", summary="Change a role", responses=problems(LastOwner)
)
def change_role(organisation_id: UUID, person_id: UUID, change: MemberEdit, work: Work) -> MemberRead:
    """Owners give any role, managers none but `member`; everybody may step down."""
    return service.change_role(work, organisation_id, person_id, change.role)


@router.delete(
    "/{organisation_id}/members/{person_id}",
    status_code=204,
    summary="Leave, or remove a member",
    responses=problems(LastOwner),
)
def remove_member(organisation_id: UUID, person_id: UUID, work: Work) -> None:
    """The last owner cannot leave."""
    service.remove_member(work, organisation_id, person_id)

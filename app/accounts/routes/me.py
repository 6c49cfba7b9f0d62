"""The signed-in person's own page."""

from collections.abc import Callable, Mapping
from uuid import UUID

from app.accounts import service
from app.accounts.problems import AlreadyMember, CredentialsWrong, LastOwner, TokenSpent
from app.accounts.schemas.organisations import Joining
from app.accounts.schemas.people import (
    MAIL_SENT,
    EmailChange,
    MailSent,
    MeEdit,
    MembershipRead,
    MeRead,
    PasswordChange,
    StaffRoleClaim,
)
from app.api.endpoints import NOT_REPLAYABLE, OwnDesk, Reading, Router, Work, located
from app.api.openapi import problems
from app.kernel import unit_of_work
from app.kernel.problems import NotNow, TooMany

router = Router(prefix="/api/v1/me", tags=["me"])


@router.get("", summary="Who am I?")
def read(reading: Reading) -> MeRead:
    """The signed-in person, with everything that only they may see."""
    return service.me(reading)


@router.patch("", summary="Change my page")
def edit(change: MeEdit, work: Work) -> MeRead:
    """Change what you send; the rest stays."""
    return service.edit_me(work, change)


@router.delete("", status_code=204, summary="Erase my account", responses=problems(LastOwner, NotNow))
def erase(work: Work) -> None:
    """Be forgotten. Refused while something is handed over, a case is open, or you are an organisation's last owner."""
    service.erase(work)


@router.post(
    "/password",
    status_code=204,
    summary="Change my password",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(CredentialsWrong, TooMany),
)
def change_password(change: PasswordChange, desk: OwnDesk) -> None:
    """Needs the present password. Ends all other sessions. Who has none yet sets one by a reset link."""
    service.change_password(desk, change)


@router.post(
    "/email",
    status_code=202,
    summary="Change my e-mail address",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(CredentialsWrong, TooMany),
)
def change_email(change: EmailChange, desk: OwnDesk) -> MailSent:
    """Needs the present password. The new address counts once confirmed; the old one is told."""
    service.change_email(desk, change)
    return MAIL_SENT


@router.post(
    "/organisations",
    status_code=201,
    summary="Accept an invitation",
    responses=problems(TokenSpent, AlreadyMember),
)
@located("/api/v1/organisations/{organisation_id}")
def join(invitation: Joining, work: Work) -> MembershipRead:
    """Become a member by the token of an invitation."""
    return service.join(work, invitation.token)


@router.post(
    "/staff-role",
    summary="Become the first admin",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(TokenSpent),
)
def claim_staff_role(claim: StaffRoleClaim, work: Work) -> MeRead:
    """Show the one-time token that the operator printed with `depot admin token`."""
    return service.claim_staff_role(work, claim.token)


def export_router(sections: Mapping[str, Callable[[unit_of_work.Reading, UUID], object]]) -> Router:
    """The export: this room's own knowledge, and a section of every room that has something to add."""
    exporting = Router(prefix="/api/v1/me", tags=["me"])

    @exporting.get("/export", summary="Take everything with me")
    def export(reading: Reading) -> dict[str, object]:
        """Everything this instance knows about you, as JSON: `account`, and a section for each kind of thing."""
        account = service.export(reading)
        others = {name: section(reading, account.person.id) for name, section in sections.items()}
        return {"account": account, **others}

    return exporting

"""Coming to have an account, and getting back into it."""

from app.accounts import service
from app.accounts.problems import TokenSpent
from app.accounts.schemas.people import (
    MAIL_SENT,
    EmailConfirmation,
    MailSent,
    PasswordReset,
    PasswordResetStep,
    Registration,
)
from app.api.endpoints import NOT_REPLAYABLE, PublicDesk, PublicWork, Router
from app.api.openapi import problems
from app.kernel.problems import TooMany

router = Router(prefix="/api/v1/accounts", tags=["accounts"])


@router.post(
    "", status_code=202, summary="Register", openapi_extra=NOT_REPLAYABLE, responses=problems(TooMany)
)
def register(wanted: Registration, desk: PublicDesk) -> MailSent:
    """Ask for an account. The answer is always the same: a mail says how to go on.

    If the address has an account already, its owner is told so by that mail, and nothing changes.
    """
    service.register(desk, wanted)
    return MAIL_SENT


@router.post(
    "/verify",
    status_code=204,
    summary="Confirm an e-mail address",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(TokenSpent),
)
def verify(confirmation: EmailConfirmation, work: PublicWork) -> None:
    """Show the token of the mail: the address is yours. From now on you can sign in."""
    service.confirm(work, confirmation.token)


@router.post(
    "/password-reset",
    summary="Set a new password by mail",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(TokenSpent, TooMany),
)
def password_reset(step: PasswordReset, desk: PublicDesk) -> PasswordResetStep:
    """First give the address: a mail brings a token, good for 30 minutes. Then give token and new password.

    The new password ends every session. Whether an address has an account is not said.
    """
    return service.reset_password(desk, step)

"""Signing in and out."""

from fastapi import Response

from app.accounts import service
from app.accounts.problems import CredentialsWrong, EmailUnconfirmed, TokenSpent
from app.accounts.schemas import OpenedSession
from app.accounts.schemas.people import MAIL_SENT, AddressGiven, MailSent, SessionRead, SignIn
from app.api import cookies
from app.api.endpoints import NOT_REPLAYABLE, PublicDesk, Router, Work
from app.api.openapi import problems
from app.kernel.problems import TooMany

router = Router(prefix="/api/v1/sessions", tags=["sessions"])


@router.post(
    "",
    status_code=201,
    summary="Sign in",
    response_model=SessionRead,
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(CredentialsWrong, EmailUnconfirmed, TokenSpent, TooMany),
)
def create(how: SignIn, desk: PublicDesk) -> Response:
    """Sign in by e-mail address and password, or by the token of a sign-in mail. Browsers get a cookie as well."""
    return _signed_in(service.sign_in(desk, how), secure=desk.settings.is_https)


@router.post(
    "/email-link",
    status_code=202,
    summary="Have a sign-in link sent",
    openapi_extra=NOT_REPLAYABLE,
    responses=problems(TooMany),
)
def email_link(to: AddressGiven, desk: PublicDesk) -> MailSent:
    """For people without a password. The link works once, for ten minutes. The answer is always the same."""
    service.ask_for_link(desk, email=to.email, purpose=service.Purpose.SIGN_IN)
    return MAIL_SENT


@router.delete("/current", status_code=204, summary="Sign out")
def end(work: Work) -> Response:
    """End this session, at once and everywhere it is used."""
    service.sign_out(work)
    return _signed_out()


@router.delete("", status_code=204, summary="Sign out everywhere")
def end_all(work: Work) -> Response:
    """End all your sessions, this one included."""
    service.sign_out_everywhere(work)
    return _signed_out()


def _signed_in(opened: OpenedSession, *, secure: bool) -> Response:
    session = SessionRead(
        access_token=opened.access_token,
        token_type="bearer",  # noqa: S106 - a word, no secret
        expires_at=opened.expires_at,
    )
    answer = Response(session.model_dump_json(), status_code=201, media_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Location"] = "/api/v1/sessions/current"
    cookies.keep(answer, opened.access_token, until=opened.expires_at, secure=secure)
    return answer


def _signed_out() -> Response:
    answer = Response(status_code=204)
    cookies.drop(answer)
    return answer

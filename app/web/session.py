"""What a browser shows us, and how we know that a form came from one of our own pages."""

import hashlib
import hmac
from typing import Final

from fastapi import Request, Response

from app.api import cookies
from app.kernel.problems import NotAllowed
from app.kernel.text import LANGUAGES, message

LANGUAGE_COOKIE: Final = "depot_language"
_A_YEAR: Final = 365 * 24 * 3600


def token_of(request: Request) -> str | None:
    """The session's token, if the browser has one."""
    return request.cookies.get(cookies.COOKIE) or None


def csrf_token(session_token: str | None) -> str:
    """What every form of this session carries: only our own pages can know it. Empty for visitors."""
    if session_token is None:
        return ""
    return hmac.new(session_token.encode(), b"pages", hashlib.sha256).hexdigest()[:32]


def require_own_page(request: Request, given: str, ours: str) -> None:
    """Raise NotAllowed unless a form came from one of our pages and carries what only it can know."""
    expected = csrf_token(token_of(request)).encode()
    if not cookies.is_ours(request, {ours}) or not hmac.compare_digest(
        expected, given.encode("utf-8", "replace")
    ):
        raise NotAllowed(message("This form is too old or was not ours. Please load the page again."))


def language_of(request: Request) -> str:
    """The language chosen on our pages, else the one the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    language: str = request.state.language
    return chosen if chosen in LANGUAGES else language


def keep_language(answer: Response, language: str, *, secure: bool) -> None:
    """Remember the chosen language in this browser."""
    answer.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_A_YEAR, secure=secure, httponly=True, samesite="lax"
    )


def close_in(answer: Response) -> None:
    """Take the session away from the browser, and what the phone kept to show without a line."""
    cookies.drop(answer)
    answer.headers["Clear-Site-Data"] = '"storage"'

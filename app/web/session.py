"""What a browser shows us, and how we know that a form came from one of our own pages."""

import hashlib
import hmac
from typing import Final

from fastapi import Request, Response

from app.accounts.schemas import OpenedSession
from app.api.calls import COOKIE
from app.kernel.problems import NotAllowed
from app.kernel.text import LANGUAGES, message

LANGUAGE_COOKIE: Final = "depot_language"
CSRF_FIELD: Final = "csrf"
_A_YEAR: Final = 365 * 24 * 3600


def token_of(request: Request) -> str | None:
    """The session's token, if the browser has one."""
    return request.cookies.get(COOKIE) or None


def csrf_token(session_token: str | None) -> str:
    """What every form of this session carries: only our own pages can know it. Empty for visitors."""
    if session_token is None:
        return ""
    return hmac.new(session_token.encode(), b"pages", hashlib.sha256).hexdigest()[:32]


def require_own_page(request: Request, given: str, ours: str) -> None:
    """Raise NotAllowed unless a form came from one of our pages (ASVS 3.5.1).

    `Sec-Fetch-Site` is the browser's own word and cannot be forged by a page; older browsers, and addresses without
    TLS, send only `Origin`.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    at_home = site == "same-origin" if site is not None else origin == ours
    expected = csrf_token(token_of(request))
    if not at_home or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
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


def open_in(answer: Response, opened: OpenedSession, *, secure: bool) -> None:
    """Leave the session with the browser."""
    answer.set_cookie(
        COOKIE,
        opened.access_token,
        expires=opened.expires_at,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def close_in(answer: Response) -> None:
    """Take the session away from the browser."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"storage"'  # what the phone kept to show without a line

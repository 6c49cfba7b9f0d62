"""The session's cookie: how a browser keeps it, and whether a page of ours sends it along."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from fastapi import Request, Response

COOKIE: Final = "depot_session"


def keep(answer: Response, token: str, *, until: datetime, secure: bool) -> None:
    """Leave a session with the browser. No script can read it, no other page's form brings it."""
    answer.set_cookie(COOKIE, token, expires=until, secure=secure, httponly=True, samesite="lax")


def drop(answer: Response) -> None:
    """Take the session away from the browser."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")


def is_ours(request: Request, origins: Collection[str]) -> bool:
    """Whether a page of ours, or of one of these origins, has sent this: a cookie travels by itself (ASVS 3.5.1).

    `Sec-Fetch-Site` is the browser's own word and no page can forge it; older browsers, and addresses without TLS,
    send only `Origin`. Who says neither is no page of ours.
    """
    if request.headers.get("sec-fetch-site") == "same-origin":
        return True
    return request.headers.get("origin") in origins

"""What surrounds every request: an id, a language, a limit on the body, HEAD, headers, a log line, a last resort.

Pure ASGI, so that streams pass through untouched.
"""

import re
import time
from typing import Any, Final

import structlog
from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem_responses import TooLarge, Unexpected, respond
from app.api.rates import Rates
from app.kernel.ids import new_id
from app.kernel.languages import negotiate
from app.kernel.problems import TooMany

_TOKEN_IN_PATH: Final = re.compile(r"(?<=/calendars/)[^/]+|(?<=/notifications/off/)[^/]+")
log = structlog.get_logger("depot.requests")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}")
# Probes must always answer, partners have limits of their own, and the test control is there in tests only.
_UNCOUNTED: Final = ("/health/", "/dfp/", "/dfp-test/")
_PHOTOS: Final = "/photos"
_VARY: Final = "Authorization, Cookie, Accept-Language, Accept-Encoding"
_SECURE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def shown_path(path: str) -> str:
    """The path as it may stand in a log: where it holds a secret, without it."""
    return _TOKEN_IN_PATH.sub("…", path)


class Surroundings:
    """Wraps the whole app. Anything that escapes it is logged with the request's id and answered without a text."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        default_language: str,
        max_body_bytes: int,
        max_photo_bytes: int,
        is_https: bool,
        rates: Rates,
    ) -> None:
        self.app = app
        self.rates = rates
        self.default_language = default_language
        self.max_body_bytes = max_body_bytes
        self.max_photo_bytes = max_photo_bytes
        self.secure = {**_SECURE, **({"Strict-Transport-Security": "max-age=31536000"} if is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._introduce(scope)
        request = Request(scope, receive)
        allowance = None if scope["path"].startswith(_UNCOUNTED) else self.rates.hit(request)
        answer = _Answer(send, {**self.secure, **(allowance.headers if allowance else {})}, scope)
        if scope["method"] == "HEAD":
            scope["state"]["only_head"] = True  # for answers that would not end by themselves
            scope = {**scope, "method": "GET"}
        try:
            if allowance and not allowance.allowed:
                refusal = TooMany(after_seconds=allowance.reset_seconds)
                await respond(request, refusal)(scope, receive, answer.send)
            else:
                await self.app(scope, self._limited(request, receive), answer.send)
        except Exception:
            if answer.started:
                raise
            log.exception("unexpected", path=shown_path(scope["path"]), method=scope["method"])
            await respond(request, Unexpected())(scope, receive, answer.send)
        finally:
            answer.log()

    def _introduce(self, scope: Scope) -> None:
        """Give the request its id and the language of its answer."""
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        state = scope.setdefault("state", {})
        state["request_id"] = given if _REQUEST_ID.fullmatch(given) else str(new_id())
        state["language"] = negotiate(headers.get("accept-language"), default=self.default_language)
        structlog.contextvars.bind_contextvars(request_id=state["request_id"])

    def _limited(self, request: Request, receive: Receive) -> Receive:
        photo = request.method == "POST" and request.url.path.endswith(_PHOTOS)
        most = self.max_photo_bytes if photo else self.max_body_bytes
        length = request.headers.get("content-length", "")
        announced = int(length) if length.isdigit() else 0
        received = 0

        async def read() -> Message:
            nonlocal received
            if announced > most:
                raise HTTPException(TooLarge.status)
            part = await receive()
            received += len(part.get("body", b""))
            if received > most:
                raise HTTPException(TooLarge.status)
            return part

        return read


class _Answer:
    """Watches an answer on its way out."""

    def __init__(self, send: Send, secure: dict[str, str], scope: Scope) -> None:
        self._send = send
        self._secure = secure
        self._scope = scope
        self._head = scope["method"] == "HEAD"
        self._began = time.perf_counter()
        self.status = 0

    @property
    def started(self) -> bool:
        return self.status != 0

    async def send(self, part: Message) -> None:
        if part["type"] == "http.response.start":
            self.status = part["status"]
            headers = MutableHeaders(scope=part)
            headers["X-Request-Id"] = self._scope["state"]["request_id"]
            headers.setdefault("Vary", _VARY)
            for name, value in self._secure.items():
                headers.setdefault(name, value)
        elif self._head and part["type"] == "http.response.body":
            part = {**part, "body": b""}
        await self._send(part)

    def log(self) -> None:
        """One line per request: the path without its query and without the token that it may hold."""
        fields: dict[str, Any] = {
            "method": self._scope["method"],
            "path": shown_path(self._scope["path"]),
            "status": self.status,
        }
        milliseconds = round((time.perf_counter() - self._began) * 1000, 1)
        log.info("request", **fields, ms=milliseconds)

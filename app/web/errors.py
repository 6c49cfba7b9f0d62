"""Refusals for browsers: whoever asks for a page gets one, whoever asks the API gets `application/problem+json`."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from app.kernel.problems import NotFound, Problem
from app.web import session
from app.web.forms import Form
from app.web.visits import Visit, refused

if TYPE_CHECKING:
    from app.api.doors import Door

_MACHINES: Final = (
    "/api/",
    "/dfp/",
    "/.well-known/",
    "/health/",
    "/rpde/",
    "/feeds/",
    "/problems/",
    "/static/",
)
Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]


def install(app: FastAPI) -> None:
    """Let browsers that lost their way see a page of ours; everybody else hears what the API says."""
    said: Handler = app.exception_handlers[HTTPException]  # type: ignore[assignment] # installed by the API

    async def on_http(request: Request, error: Exception) -> Response:
        if (
            not isinstance(error, HTTPException)
            or error.status_code != NotFound.status
            or not _is_browser(request)
        ):
            return await said(request, error)
        door: Door = request.app.state.door
        visit = Visit(door, request, Form(), session.language_of(request))
        problem: Problem = NotFound()
        return await run_sync(partial(refused, visit, problem), limiter=door.threads.database)

    app.add_exception_handler(HTTPException, on_http)


def _is_browser(request: Request) -> bool:
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.url.path.startswith(_MACHINES)

"""One endpoint, one thread hop, one unit of work, committed before the answer leaves.

FastAPI's own way (a `yield` dependency, a threadpool, a response model) commits after the answer unless told
otherwise, and stops dead at 100 connections, because requests that hold a connection wait for a thread to serialise
in (performance.md). Here the endpoint, its serialisation, its stored answer and its commit share one thread, taken
from a limiter no larger than the database's pool.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from app.api.calls import Call
from app.api.doors import Desk, Door, Then
from app.api.requests import StrictRoute
from app.kernel import unit_of_work
from app.kernel.documents import Document


@dataclass(frozen=True, slots=True)
class _Need:
    """What an endpoint's first parameter asks for."""

    mode: str  # work | reading | desk
    signed_in: bool


class _Sent:
    """Marks the parameter that takes the body as it came."""


Sent = Annotated[bytes, _Sent()]
"""The body as it came; the route's `openapi_extra` says of which types it may be (see `taking`)."""

Work = Annotated[unit_of_work.UnitOfWork, _Need("work", signed_in=True)]
PublicWork = Annotated[unit_of_work.UnitOfWork, _Need("work", signed_in=False)]
Reading = Annotated[unit_of_work.Reading, _Need("reading", signed_in=True)]
PublicReading = Annotated[unit_of_work.Reading, _Need("reading", signed_in=False)]
OwnDesk = Annotated[Desk, _Need("desk", signed_in=True)]
PublicDesk = Annotated[Desk, _Need("desk", signed_in=False)]


def located(template: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The `Location` of what this endpoint creates, as a template over the answer and the path: `/things/{id}`."""

    def mark(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        endpoint.__location__ = template  # type: ignore[attr-defined] # read by Router below
        return endpoint

    return mark


class Router(APIRouter):
    """A router whose endpoints are plain functions over a unit of work.

    `replayable=False` for operations whose answer must not be stored (sessions, tokens, quotes); `max_age` for
    public answers that caches may keep for so many seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("route_class", StrictRoute)
        kwargs.setdefault("redirect_slashes", False)
        super().__init__(*args, **kwargs)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        extra = dict(kwargs.get("openapi_extra") or {})
        served = Endpoint.of(
            endpoint,
            status=kwargs.get("status_code") or 200,
            replayable=extra.get("x-replayable", True),
            max_age=extra.pop("x-max-age", None),
        )
        if served is not None:
            extra.setdefault("security", served.security)
            endpoint = served.as_async()
        kwargs["openapi_extra"] = extra
        super().add_api_route(path, endpoint, **kwargs)


SIGNED_IN: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"cookie": []}]
NOT_REPLAYABLE: Final[dict[str, Any]] = {"x-replayable": False}


def cacheable(seconds: int) -> dict[str, Any]:
    """`openapi_extra` of a public read that caches may keep."""
    return {"x-max-age": seconds}


def taking(*media_types: str) -> dict[str, Any]:
    """`openapi_extra` of an operation whose body is a file of one of these types; others are answered 415."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {"requestBody": {"required": True, "content": content}}


@dataclass(frozen=True)
class Endpoint:
    """A plain function made into an ASGI-ready one."""

    function: Callable[..., Any]
    parameter: str
    need: _Need
    status: int
    replayable: bool
    max_age: int | None
    adapter: TypeAdapter[Any] | None
    signature: inspect.Signature
    sent: str | None = None

    @classmethod
    def of(
        cls, function: Callable[..., Any], *, status: int, replayable: bool, max_age: int | None
    ) -> "Endpoint | None":
        hints = get_type_hints(function, include_extras=True)
        needs = {
            name: extra
            for name, hint in hints.items()
            for extra in get_args(hint)[1:]
            if isinstance(extra, _Need)
        }
        if not needs:
            return None
        [(name, need)] = needs.items()
        sent = next((name for name, hint in hints.items() if _is_sent(hint)), None)
        hints = {name: hint for name, hint in hints.items() if name != sent}
        returned = hints.pop("return", type(None))
        if get_origin(returned) is Then:
            [returned] = get_args(returned)
        raw = returned is type(None) or (
            isinstance(returned, type) and issubclass(returned, (Response, Document))
        )
        return cls(
            function=function,
            parameter=name,
            need=need,
            status=status,
            replayable=replayable,
            max_age=max_age,
            adapter=None if raw else TypeAdapter(returned),
            signature=_signature(function, hints, without={name, sent}, returned=_declared(returned)),
            sent=sent,
        )

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """Bearer token or cookie; an empty alternative where nobody needs to sign in."""
        return SIGNED_IN if self.need.signed_in else [{}, *SIGNED_IN]

    def as_async(self) -> Callable[..., Coroutine[Any, Any, Response]]:
        async def serve(request_: Request, **arguments: Any) -> Response:
            door: Door = request_.app.state.door
            body = await request_.body() if request_.method == "POST" else b""
            if self.sent:
                arguments[self.sent] = body
            call = Call(self, door, request_, body, arguments)
            limiter = door.threads.slow if self.need.mode == "desk" else door.threads.database
            return await run_sync(call.run, limiter=limiter)

        serve.__signature__ = self.signature  # type: ignore[attr-defined] # FastAPI reads it
        serve.__name__ = self.function.__name__
        serve.__doc__ = self.function.__doc__
        serve.__module__ = self.function.__module__
        return serve


def _is_sent(hint: Any) -> bool:
    return any(isinstance(extra, _Sent) for extra in get_args(hint)[1:])


def _declared(returned: Any) -> Any:
    """What FastAPI is told of the answer: nothing, a response of its own, or a shape."""
    if returned is type(None):
        return None
    return Response if returned is Document else returned


def _signature(
    function: Callable[..., Any], hints: Mapping[str, Any], *, without: set[str | None], returned: Any
) -> inspect.Signature:
    request = inspect.Parameter("request_", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    others = [
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints.get(name, parameter.annotation)
        )
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in without
    ]
    return inspect.Signature([request, *others], return_annotation=returned)

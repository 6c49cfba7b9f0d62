"""One endpoint, one thread hop, one unit of work, committed before the answer leaves.

FastAPI's own way (a `yield` dependency, a threadpool, a response model) commits after the answer unless told
otherwise, and stops dead at 100 connections, because requests that hold a connection wait for a thread to serialise
in (performance.md). Here the endpoint, its serialisation, its stored answer and its commit share one thread, taken
from a limiter no larger than the database's pool.
"""

import inspect
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, get_args, get_type_hints

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from starlette.status import HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED

from app.api.requests import StrictRoute
from app.kernel import idempotency, unit_of_work
from app.kernel.actor import NOBODY, Actor
from app.kernel.problems import FieldError, Invalid, NotAllowed, SignInNeeded
from app.kernel.text import message
from app.settings import Settings

COOKIE: Final = "depot_session"
_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class _Need:
    """What an endpoint's first parameter asks for."""

    mode: str  # work | reading | desk
    signed_in: bool


class Authenticate(Protocol):
    """Turns a token into an actor, or NOBODY; given to the app by `main`, so that api needs no domain."""

    def __call__(self, reading: unit_of_work.Reading, token: str) -> Actor: ...


@dataclass(frozen=True)
class Desk:
    """Opens units of work for an endpoint that does something slow in between, never inside."""

    transactions: unit_of_work.Transactions
    actor: Actor
    language: str
    client: str

    @property
    def settings(self) -> Settings:
        return self.transactions.settings

    def writing(self) -> AbstractContextManager[unit_of_work.UnitOfWork]:
        return self.transactions.writing(self.actor)

    def reading(self) -> AbstractContextManager[unit_of_work.Reading]:
        return self.transactions.reading(self.actor)


Work = Annotated[unit_of_work.UnitOfWork, _Need("work", signed_in=True)]
PublicWork = Annotated[unit_of_work.UnitOfWork, _Need("work", signed_in=False)]
Reading = Annotated[unit_of_work.Reading, _Need("reading", signed_in=True)]
PublicReading = Annotated[unit_of_work.Reading, _Need("reading", signed_in=False)]
OwnDesk = Annotated[Desk, _Need("desk", signed_in=True)]
PublicDesk = Annotated[Desk, _Need("desk", signed_in=False)]


@dataclass
class Threads:
    """How many units of work run at a time: few on SQLite, never more than the pool holds."""

    database: anyio.CapacityLimiter
    slow: anyio.CapacityLimiter  # desks: hashing passwords must not keep readers waiting


@dataclass(frozen=True)
class Door:
    """What the endpoints of one app share; `main` puts it into `app.state.door`."""

    transactions: unit_of_work.Transactions
    authenticate: Authenticate
    threads: Threads

    @property
    def settings(self) -> Settings:
        return self.transactions.settings


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


NOT_REPLAYABLE: Final[dict[str, Any]] = {"x-replayable": False}


def cacheable(seconds: int) -> dict[str, Any]:
    """`openapi_extra` of a public read that caches may keep."""
    return {"x-max-age": seconds}


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
        returned = hints.pop("return", type(None))
        raw = returned is type(None) or (isinstance(returned, type) and issubclass(returned, Response))
        return cls(
            function=function,
            parameter=name,
            need=need,
            status=status,
            replayable=replayable,
            max_age=max_age,
            adapter=None if raw else TypeAdapter(returned),
            signature=_signature(
                function, hints, without=name, returned=None if returned is type(None) else returned
            ),
        )

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """Bearer token or cookie; an empty alternative where nobody needs to sign in."""
        own: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
        return own if self.need.signed_in else [{}, *own]

    def as_async(self) -> Callable[..., Coroutine[Any, Any, Response]]:
        async def serve(request_: Request, **arguments: Any) -> Response:
            door: Door = request_.app.state.door
            body = await request_.body() if request_.method == "POST" else b""
            call = Call(self, door, request_, body, arguments)
            limiter = door.threads.slow if self.need.mode == "desk" else door.threads.database
            return await run_sync(call.run, limiter=limiter)

        serve.__signature__ = self.signature  # type: ignore[attr-defined] # FastAPI reads it
        serve.__name__ = self.function.__name__
        serve.__doc__ = self.function.__doc__
        serve.__module__ = self.function.__module__
        return serve


def _signature(
    function: Callable[..., Any], hints: Mapping[str, Any], *, without: str, returned: Any
) -> inspect.Signature:
    request = inspect.Parameter("request_", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    others = [
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints.get(name, parameter.annotation)
        )
        for name, parameter in inspect.signature(function).parameters.items()
        if name != without
    ]
    return inspect.Signature([request, *others], return_annotation=returned)


@dataclass(frozen=True)
class Call:
    """One call of an endpoint, run in its thread."""

    endpoint: Endpoint
    door: Door
    request: Request
    body: bytes
    arguments: dict[str, Any]

    def run(self) -> Response:
        match self.endpoint.need.mode:
            case "work":
                return self._run_writing()
            case "reading":
                with self.door.transactions.reading(NOBODY) as reading:
                    reading.actor = self._actor(reading)
                    return self._answer(self._call(reading))
            case _:
                return self._run_desk()

    def _run_desk(self) -> Response:
        with self.door.transactions.reading(NOBODY) as reading:
            actor = self._actor(reading)
        language = self.request.state.language
        client = self.request.client.host if self.request.client else ""
        return self._answer(self._call(Desk(self.door.transactions, actor, language, client)))

    def _run_writing(self) -> Response:
        with self.door.transactions.writing(NOBODY) as work:
            work.actor = self._actor(work)
            key = self._idempotency_key()
            if key is None:
                return self._answer(self._call(work))
            scope = idempotency.digest(
                str(work.actor.id).encode(), self.request.method.encode(), self.request.url.path.encode()
            )
            stored = idempotency.claim(
                work.session,
                scope=scope,
                key=key,
                fingerprint=idempotency.digest(self.body, self.request.url.query.encode()),
                actor_id=work.actor.id,
                now=work.now,
            )
            if stored is not None:
                return _replayed(stored)
            answer = self._answer(self._call(work))
            kept = {name: answer.headers[name] for name in ("location", "etag") if name in answer.headers}
            idempotency.store(
                work.session,
                scope=scope,
                key=key,
                status=answer.status_code,
                headers=json.dumps(kept),
                body=bytes(answer.body),
            )
            return answer

    def _call(self, given: object) -> Any:
        return self.endpoint.function(**{self.endpoint.parameter: given}, **self.arguments)

    def _actor(self, reading: unit_of_work.Reading) -> Actor:
        token, from_cookie = credential(self.request)
        if token and from_cookie and self.request.method in _UNSAFE:
            self._refuse_foreign_pages()
        actor = self.door.authenticate(reading, token) if token else NOBODY
        if not actor.is_somebody and (self.endpoint.need.signed_in or (token and not from_cookie)):
            raise SignInNeeded
        return actor

    def _refuse_foreign_pages(self) -> None:
        """A cookie travels by itself, so a write with one must come from our own pages (ASVS 3.5.1)."""
        origin = self.request.headers.get("origin")
        site = self.request.headers.get("sec-fetch-site")
        ours = {self.door.settings.public_url, *self.door.settings.cors_origins}
        if (origin is not None and origin not in ours) or (origin is None and site != "same-origin"):
            raise NotAllowed(message("A browser may only do this from one of our own pages."))

    def _idempotency_key(self) -> str | None:
        key = self.request.headers.get("idempotency-key")
        if key is None or self.request.method != "POST" or not self.endpoint.replayable:
            return None
        key = key.strip()
        if not 1 <= len(key) <= 200 or not key.isprintable() or not key.isascii():  # noqa: PLR2004 - the column
            detail = message("Idempotency-Key must be 1 to 200 printable characters.")
            raise Invalid(FieldError("Idempotency-Key", detail))
        return key

    def _answer(self, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if self.endpoint.adapter is None:
            return Response(status_code=HTTP_204_NO_CONTENT)
        content = self.endpoint.adapter.dump_json(result)
        etag = _etag(result, content)
        headers = {"ETag": etag, "Cache-Control": self._cache_control(), "Content-Language": self._language}
        template = getattr(self.endpoint.function, "__location__", None)
        if template:
            headers["Location"] = template.format_map(_Fields(result, self.request.path_params))
        following = getattr(result, "next", None)
        if following:
            url = self.request.url.include_query_params(after=following)
            path = f"{url.path}?{url.query}"
            headers["Link"] = f'<{self.door.settings.public_url}{path}>; rel="next"'
        if self.request.method in ("GET", "HEAD") and _matches(
            self.request.headers.get("if-none-match"), etag
        ):
            return Response(status_code=HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(content, self.endpoint.status, headers, media_type="application/json")

    @property
    def _language(self) -> str:
        language: str = self.request.state.language
        return language

    def _cache_control(self) -> str:
        public = self.endpoint.max_age is not None and credential(self.request)[0] is None
        return f"public, max-age={self.endpoint.max_age}" if public else "no-store"


class _Fields(dict[str, Any]):
    """What a `Location` template names: a parameter of the path, else a field of the answer."""

    def __init__(self, answer: Any, path: Mapping[str, Any]) -> None:
        super().__init__(path)
        self._answer = answer

    def __missing__(self, name: str) -> Any:
        return getattr(self._answer, name)


def credential(request: Request) -> tuple[str | None, bool]:
    """The token a request carries, and whether it came by cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), False
    return request.cookies.get(COOKIE), True


def _etag(result: Any, content: bytes) -> str:
    """The version of a thing, where it has one, and a short hash of this view of it."""
    short = idempotency.digest(content)[:12]
    version = getattr(result, "version", None)
    return f'"{short}"' if version is None else f'"{version}-{short}"'


def _matches(if_none_match: str | None, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in tags or "*" in tags


def _replayed(stored: idempotency.StoredAnswer) -> Response:
    headers = {
        **json.loads(stored.headers or "{}"),
        "Idempotency-Replayed": "true",
        "Cache-Control": "no-store",
    }
    media_type = "application/json" if stored.body else None
    return Response(stored.body, stored.status or HTTP_204_NO_CONTENT, headers, media_type=media_type)

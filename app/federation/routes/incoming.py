"""A request between instances: its raw bytes, who signed it, and the one thread hop in which it is served.

Signatures are over raw bytes, so these endpoints read the body before anything parses it, and the target is
built from the configured address, never from what the request says about itself.
"""

import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic import ValidationError

from app.api.doors import Door
from app.federation import signatures
from app.federation.problems import KeyUnknown, SchemaInvalid, TooLarge, UnsupportedContent
from app.federation.protocol import strict_json, v1
from app.federation.protocol.values import Wire
from app.federation.routes import packing
from app.federation.service import Partner, following, hearing, partners
from app.kernel.actor import NOBODY
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork

M = TypeVar("M", bound=Wire)
T = TypeVar("T")


@dataclass(frozen=True)
class Incoming:
    """One request of another instance."""

    transactions: Transactions
    signed: signatures.Request
    path: dict[str, str]
    query: dict[str, str]

    @contextmanager
    def reading(self) -> Iterator[tuple[Reading, Partner]]:
        """A look on behalf of the partner that signed."""
        with self.transactions.reading(NOBODY) as look:
            partner = partners.authenticate(look, self.signed)
            look.actor = partners.actor_of(partner)
            partner_id, is_missed = partner.id, hearing.is_missed(partner, now=look.now)
            yield look, partner
        if is_missed:
            hearing.hear_voice(self.transactions, partner_id)

    @contextmanager
    def writing(self) -> Iterator[tuple[UnitOfWork, Partner]]:
        """A change on behalf of the partner that signed."""
        with self.transactions.writing(NOBODY) as work:
            partner = partners.authenticate(work, self.signed)
            self._require_json()  # after the signature, which covers what it is said to be
            work.actor = partners.actor_of(partner)
            partner_id, is_missed = partner.id, hearing.is_missed(partner, now=work.now)
            yield work, partner
        if is_missed:
            hearing.hear_voice(self.transactions, partner_id)

    def _require_json(self) -> None:
        said = self.signed.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.signed.body and (said != "application/json" or "content-encoding" in self.signed.headers):
            raise UnsupportedContent

    def message(self, kind: type[M], *, max_bytes: int = v1.BODY_BYTES) -> M:
        """The body as a message. Raises TooLarge, BadJson or SchemaInvalid."""
        if len(self.signed.body) > max_bytes:
            raise TooLarge
        try:
            return kind.model_validate(strict_json.read(self.signed.body))
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False, include_context=False)
            raise SchemaInvalid.at(["/".join(map(str, found["loc"])) for found in wrong]) from None


Serve = Callable[[Incoming], Response]


def endpoint(serve: Serve) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Make an endpoint of a plain function over an incoming request, run in one thread."""

    async def handle(request: Request) -> Response:
        return await in_one_thread(request, partial(_answered, request, serve, await read(request)))

    handle.__name__, handle.__doc__ = serve.__name__, serve.__doc__
    return handle


async def read(request: Request) -> Incoming:
    """The request as its signature speaks about it."""
    door = door_of(request)
    return Incoming(
        transactions=door.transactions,
        signed=signatures.Request(
            method=request.method,
            target_uri=signatures.target_uri(
                door.settings.public_url, request.scope["raw_path"], request.scope["query_string"]
            ),
            headers=_headers(request),
            body=await request.body(),
        ),
        path=dict(request.path_params),
        query=dict(request.query_params),
    )


async def in_one_thread(request: Request, do: Callable[[], T]) -> T:
    """Do something in one of the threads that may hold a connection."""
    return await run_sync(do, limiter=door_of(request).threads.database)


def door_of(request: Request) -> Door:
    """What the endpoints of this app share."""
    door: Door = request.app.state.door
    return door


def _answered(request: Request, serve: Serve, incoming: Incoming) -> Response:
    answer = meeting_keys(incoming, partial(serve, incoming))
    if request.method not in ("GET", "HEAD"):
        return answer
    return packing.packed(
        answer,
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )


def meeting_keys(incoming: Incoming, do: Callable[[], T]) -> T:
    """Do what a partner asks; where its key is unknown, see whether it has a new one."""
    try:
        return do()
    except KeyUnknown:
        # Perhaps the partner has rotated its keys: look there, not where the request says, and not at once.
        following.meet_unknown_key(incoming.transactions, incoming.signed)
        raise


def json_answer(content: Any, *, status: int = 200) -> Response:
    """A message as an answer."""
    raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    return Response(raw, status, {"Cache-Control": "private, no-cache"}, media_type="application/json")


def _headers(request: Request) -> dict[str, str]:
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers.keys()}  # noqa: SIM118

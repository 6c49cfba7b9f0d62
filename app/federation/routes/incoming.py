"""A request between instances: its raw bytes, who signed it, and the one thread hop in which it is served.

Signatures are over raw bytes, so these endpoints read the body before anything parses it, and the target is
built from the configured address, never from what the request says about itself.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic import ValidationError

from app.api.doors import Door
from app.federation import signatures
from app.federation.problems import KeyUnknown, SchemaInvalid, TooLarge
from app.federation.protocol import strict_json, v1
from app.federation.protocol.values import Wire
from app.federation.service import Partner, following, partners
from app.kernel.actor import NOBODY
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork

M = TypeVar("M", bound=Wire)
_WORTH_PACKING: Final = 1_000


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
            yield look, partner

    @contextmanager
    def writing(self) -> Iterator[tuple[UnitOfWork, Partner]]:
        """A change on behalf of the partner that signed."""
        with self.transactions.writing(NOBODY) as work:
            partner = partners.authenticate(work, self.signed)
            work.actor = partners.actor_of(partner)
            yield work, partner

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
        door = _door(request)
        incoming = Incoming(
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
        answer = await run_sync(_serve, serve, incoming, limiter=door.threads.database)
        return _packed(request, answer)

    handle.__name__, handle.__doc__ = serve.__name__, serve.__doc__
    return handle


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _serve(serve: Serve, incoming: Incoming) -> Response:
    try:
        return serve(incoming)
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


def _packed(request: Request, answer: Response) -> Response:
    """A weak ETag, 304 for what is known already, and gzip where it is understood and worth it."""
    if answer.status_code != 200 or request.method not in ("GET", "HEAD"):  # noqa: PLR2004 - OK
        return answer
    raw = bytes(answer.body)
    tag = f'W/"{hashlib.sha256(raw).hexdigest()[:32]}"'
    answer.headers["ETag"] = tag
    answer.headers["Vary"] = "Accept-Encoding, Signature"
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag, "Vary": answer.headers["Vary"]})
    if len(raw) > _WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        answer.body = gzip.compress(raw, compresslevel=1)
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer

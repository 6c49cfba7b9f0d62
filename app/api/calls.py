"""One call of an endpoint: who acts, the transaction, the stored answer, the answer."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response
from starlette.status import HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED

from app.api.cookies import COOKIE, is_ours
from app.api.documents import document_answer
from app.api.doors import Desk, Door, Then
from app.api.etags import etag_of, is_known
from app.kernel import idempotency, unit_of_work
from app.kernel.actor import NOBODY, Actor
from app.kernel.documents import Document
from app.kernel.problems import FieldError, Invalid, NotAllowed, Overtaken, Problem, SignInNeeded
from app.kernel.text import message

if TYPE_CHECKING:
    from app.api.endpoints import Endpoint

ANEW: Final = 4
_UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Call:
    """One call of an endpoint, run in its thread."""

    endpoint: "Endpoint"
    door: Door
    request: Request
    body: bytes
    arguments: dict[str, Any]

    def run(self) -> Response:
        match self.endpoint.need.mode:
            case "work":
                return self._run_writing(self._call)
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
        done = self._call(
            Desk(self.door.transactions, actor, language, client, self.door.files, self.door.http)
        )
        return self._run_writing(done.do) if isinstance(done, Then) else self._answer(done)

    def _run_writing(self, do: Callable[[unit_of_work.UnitOfWork], Any]) -> Response:
        """Do it in a transaction; whom others have overtaken has changed nothing, and begins anew a few times."""
        for _ in range(ANEW):
            with suppress(Overtaken):
                return self._write(do)
        return self._write(do)

    def _write(self, do: Callable[[unit_of_work.UnitOfWork], Any]) -> Response:
        actor = NOBODY
        try:
            with self.door.transactions.writing(NOBODY) as work:
                work.actor = actor = self._actor(work)
                return self._answer_once(work, do)
        except Problem as refused:
            if refused.afterwards:
                with self.door.transactions.reading(actor) as reading:
                    refused.members |= refused.afterwards(reading)
            raise

    def _answer_once(
        self, work: unit_of_work.UnitOfWork, do: Callable[[unit_of_work.UnitOfWork], Any]
    ) -> Response:
        """Do it and keep the answer for its `Idempotency-Key`, in this transaction; or answer what was kept."""
        key = self._idempotency_key()
        if key is None:
            return self._answer(do(work))
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
        try:
            answer = self._answer(do(work))
        except Problem as refusal:
            if refusal.leaves_traces:
                idempotency.give_back(work.session, scope=scope, key=key)
            raise
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
        settings = self.door.settings
        if not is_ours(self.request, {settings.public_url, *settings.cors_origins}):
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
        if isinstance(result, Document):
            return document_answer(result, self.endpoint.status, self.request.headers.get("if-none-match"))
        if self.endpoint.adapter is None:
            return Response(status_code=HTTP_204_NO_CONTENT)
        content = self.endpoint.adapter.dump_json(result)
        etag = etag_of(result, content)
        headers = {"ETag": etag, "Cache-Control": self._cache_control(), "Content-Language": self._language}
        template = getattr(self.endpoint.function, "__location__", None)
        if template:
            headers["Location"] = template.format_map(_Fields(result, self.request.path_params))
        following = getattr(result, "next", None)
        if following:
            url = self.request.url.include_query_params(after=following)
            path = f"{url.path}?{url.query}"
            headers["Link"] = f'<{self.door.settings.public_url}{path}>; rel="next"'
        known = is_known(etag, self.request.headers.get("if-none-match"))
        if self.request.method in ("GET", "HEAD") and known:
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


def _replayed(stored: idempotency.StoredAnswer) -> Response:
    headers = {
        **json.loads(stored.headers or "{}"),
        "Idempotency-Replayed": "true",
        "Cache-Control": "no-store",
    }
    media_type = "application/json" if stored.body else None
    return Response(stored.body, stored.status or HTTP_204_NO_CONTENT, headers, media_type=media_type)

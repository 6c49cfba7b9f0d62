"""Speaks DFP/1 to one partner: builds addresses from the pinned base, signs, reads refusals."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlencode
from uuid import UUID

from pydantic import ValidationError

from app.federation import signatures
from app.federation.problems import BadJson
from app.federation.protocol import strict_json, v1
from app.federation.protocol.v1 import ProblemBody
from app.outbound.http import Answer, Http, OutboundRefused

PULLED_AT_ONCE: Final = 200
"""Entries per page: applied in one transaction, which on SQLite keeps all other writers waiting."""
_SMALL: Final = 64 * 1024
_LARGE: Final = 4 * 1024 * 1024
_ERRORS: Final = 400
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_ETAG: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]{1,190}"')
_DAY: Final = 86_400


class Signer(Protocol):
    """Whoever can prove to be us."""

    def sign(self, request: signatures.Request, *, now: datetime) -> dict[str, str]: ...


class PartnerRefused(Exception):
    """The partner said no, on these `grounds`. `retry`: the same may be accepted later, perhaps `after` so many
    seconds; otherwise it is final.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry: bool,
        grounds: Sequence[str] = (),
        after: int | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.retry = retry
        self.grounds = grounds
        self.after = after


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as it came; no `raw`: it is the one that was known by this `etag`."""

    raw: bytes | None
    etag: str | None


@dataclass(frozen=True)
class Client:
    """One partner, spoken to from here and now."""

    http: Http
    signer: Signer
    base: str
    now: datetime

    def keys(self) -> v1.KeyDocuments:
        """The partner's key documents; unproved."""
        raw = self._send("GET", "/keys", max_bytes=v1.KEYS_BYTES * 4)
        return v1.KeyDocuments.model_validate(strict_json.read(raw))

    def pair(self, ask: v1.PairingAsk) -> v1.PairingStatus:
        """Answer an invite."""
        return v1.PairingStatus.model_validate(self._read("POST", "/pairings", ask.to_json()))

    def pairing(self) -> v1.PairingStatus:
        """How the partner sees the partnership."""
        return v1.PairingStatus.model_validate(strict_json.read(self._send("GET", "/pairings/self")))

    def end_pairing(self) -> None:
        """Tell the partner that it is over."""
        self._send("DELETE", "/pairings/self")

    def page(self, kind: v1.Kind, *, after: str, etag: str | None = None) -> RawPage:
        """One page of a feed, as it came; with an `etag` it may be that nothing has changed since.

        Raises OutboundRefused for what is not JSON.
        """
        query = urlencode({"limit": PULLED_AT_ONCE} | ({"after": after} if after else {}))
        headers = {"cache-control": "no-cache"} | ({"if-none-match": etag} if etag else {})
        answer = self._ask("GET", f"/feeds/{kind.value}?{query}", headers, max_bytes=v1.PAGE_BYTES)
        if etag and answer.status == _NOT_MODIFIED:
            return RawPage(None, etag)
        if answer.status != _OK or not answer.headers.get("content-type", "").startswith("application/json"):
            raise OutboundRefused("The answer is not a page of a feed.")
        told = answer.headers.get("etag", "")
        return RawPage(answer.body, told if _ETAG.fullmatch(told) else None)

    def notify(self, notice: v1.Notify) -> None:
        """Say that there is news."""
        self._send("POST", "/notify", notice.to_json())

    def put_request(self, rid: UUID, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a listing; the same again is harmless."""
        return _object(self._read("PUT", f"/requests/{rid}", body))

    def request(self, rid: UUID) -> dict[str, Any]:
        """How a request stands, with all of its story."""
        return _object(strict_json.read(self._send("GET", f"/requests/{rid}", max_bytes=_LARGE)))

    def contracts(self, rid: UUID) -> dict[str, Any]:
        """Every version of the contract of a request."""
        return _object(strict_json.read(self._send("GET", f"/requests/{rid}/contracts", max_bytes=_LARGE)))

    def command(self, rid: UUID, body: dict[str, Any]) -> dict[str, Any]:
        """Command about a request; the same again is harmless."""
        return _object(self._read("POST", f"/requests/{rid}/commands", body))

    def _read(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return strict_json.read(self._send(method, path, body))

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, max_bytes: int = _SMALL
    ) -> bytes:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json"} if raw else {}
        return self._ask(method, path, headers, raw, max_bytes=max_bytes).body

    def _ask(
        self, method: str, path: str, headers: dict[str, str], raw: bytes = b"", *, max_bytes: int
    ) -> Answer:
        url = self.base + path
        # Signed at the moment of sending, so that every retry is signed anew.
        request = signatures.Request(method, url, headers, raw)
        headers |= self.signer.sign(request, now=self.now)
        answer = self.http.request(method, url, headers=headers, body=raw, max_bytes=max_bytes)
        if answer.status >= _ERRORS:
            raise _refusal(answer)
        return answer


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadJson
    return value


def _refusal(answer: Answer) -> PartnerRefused:
    try:
        problem = ProblemBody.model_validate(strict_json.read(answer.body))
    except (BadJson, ValidationError):
        problem = ProblemBody()
    retry = answer.is_passing or problem.retry
    return PartnerRefused(
        answer.status,
        problem.code,
        problem.detail or problem.title,
        retry=retry,
        grounds=[ground.code for ground in problem.reasons],
        after=_seconds(answer.headers.get("retry-after", "")),
    )


def _seconds(text: str) -> int | None:
    """What `Retry-After` asks for, in seconds; a date is not waited for, nor more than a day."""
    return min(int(text[:9]), _DAY) if text.isascii() and text.isdigit() else None

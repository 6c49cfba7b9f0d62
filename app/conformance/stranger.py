"""A small instance of our own: it has keys, asks the judged one, and serves a feed that we can spoil."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.conformance import wire
from app.conformance.wire import PLAIN, Answer, Oddities

YEAR: Final = 365 * 86400
SECOND: Final = "/second/"
EVERYTHING: Final = {"listing.read": True, "request.create": True}


class Stranger:
    """An instance with keys of its own, able to ask as itself."""

    def __init__(self, name: str, base: str) -> None:
        self.name, self.base = name, base
        self.ahead = 0
        """How many seconds its clock is ahead, to go with a judged clock that was turned."""
        self.control = Ed25519PrivateKey.generate()
        self.keys = {"k1": Ed25519PrivateKey.generate()}
        self.kid = "k1"
        public = self.control.public_key().public_bytes_raw()
        self.instance = wire.fingerprint(public)
        self.documents: list[dict[str, str]] = []
        self.documents.append(self.document())

    def document(self, *, key: Ed25519PrivateKey | None = None, **changes: Any) -> dict[str, str]:
        """The next key document, not published yet."""
        begun = wire.now() - 3600
        payload: dict[str, Any] = {
            "instance": self.instance,
            "v": len(self.documents) + 1,
            "iat": begun,
            "control": [{"kid": "c1", "x": wire.to_64(self.control.public_key().public_bytes_raw())}],
            "keys": [
                {
                    "kid": kid,
                    "x": wire.to_64(one.public_key().public_bytes_raw()),
                    "nbf": begun,
                    "exp": begun + YEAR,
                }
                for kid, one in self.keys.items()
            ],
            "base": self.base,
            "revoked": [],
        }
        if self.documents:
            payload["prev"] = wire.hash_of(self.documents[-1])
        return wire.issue(payload | changes, kid="c1", key=key or self.control)

    def now(self) -> int:
        return wire.now() + self.ahead

    def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        sign_as: str = "",
        at: int | None = None,
        kid: str = "",
        odd: Oddities = PLAIN,
        alter: Callable[[dict[str, str], bytes], bytes] | None = None,
    ) -> Answer:
        """A signed request. `sign_as` is another address than the one called; `alter` spoils it after signing."""
        raw = b"" if body is None else json.dumps(body).encode()
        signed = wire.sign(
            method,
            sign_as or url,
            raw,
            key=self.keys[kid or self.kid],
            key_id=f"{self.instance}/{kid or self.kid}",
            at=self.now() if at is None else at,
            odd=odd,
        )
        if alter is not None:
            raw = alter(signed, raw)
        return wire.send(method, url, {**signed, **(headers or {})}, raw)

    def claim(self, invite: Mapping[str, Any], **changes: Any) -> Answer:
        """Answer an invite."""
        return self.ask("POST", f"{invite['base'].rstrip('/')}/pairings", self.told(invite) | changes)

    def told(self, invite: Mapping[str, Any]) -> dict[str, Any]:
        """What is said with a claim."""
        return {
            "instance": self.instance,
            "base": self.base,
            "token": invite["token"],
            "name": self.name,
            "docs": self.documents,
            "grants": EVERYTHING,
            "wants": EVERYTHING,
            "unheard_of": {"by": "anybody"},
        }


@dataclass(frozen=True)
class Seen:
    """A request that came to us."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: int = 0

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def after(self) -> str:
        return parse_qs(urlsplit(self.target).query).get("after", [""])[0]


@dataclass
class Origin:
    """What the stranger serves. `spoil` may change a page of listings on its way out, or answer in its place."""

    stranger: Stranger | None = None
    second: Stranger | None = None
    """Lives at the same server under a path of its own, and publishes nothing."""
    entries: list[dict[str, Any]] = field(default_factory=list)
    spoil: Callable[[dict[str, Any]], dict[str, Any] | bytes | tuple[int, dict[str, str], bytes]] | None = (
        None
    )
    media: dict[str, bytes] = field(default_factory=dict)
    """Pictures by their paths."""
    seen: list[Seen] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    epoch: str = "e1"

    def readings(self) -> list[Seen]:
        """Every reading of our feed of listings until now."""
        return [one for one in list(self.seen) if one.path.endswith("/feeds/listing") and not _of_second(one)]

    def asked_for(self, end: str) -> int:
        """How often something of ours was asked for."""
        return sum(one.path.endswith(end) and not _of_second(one) for one in list(self.seen))

    def wait_for_reading(self, beyond: int, seconds: float) -> Seen | None:
        """The first reading after so many, as soon as it comes."""
        with self.news:
            self.news.wait_for(lambda: len(self.readings()) > beyond, seconds)
        found = self.readings()
        return found[beyond] if len(found) > beyond else None

    def active(self) -> list[tuple[str, int]]:
        """Id and revision of all that we offer."""
        return [(entry["id"], entry["rev"]) for entry in self.entries if entry["state"] == "active"]

    def page(self, kind: str, after: str) -> dict[str, Any]:
        """A page as it should be: all at once."""
        since = int(after.rpartition(".")[2] or 0) if after.startswith(self.epoch) else 0
        entries = self.entries if kind == "listing" else []
        head = max((entry["seq"] for entry in entries), default=0)
        active = self.active() if kind == "listing" else []
        return {
            "dfp": "1.0",
            "instance": self.stranger.instance if self.stranger else "",
            "kind": kind,
            "epoch": self.epoch,
            "after": after,
            "items": [entry for entry in entries if entry["seq"] > since],
            "cursor": f"{self.epoch}.{head}",
            "more": False,
            "head": head,
            "count": len(active),
            "digest": wire.digest_of(active),
            "ttl": 1,
        }

    def answer(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        """What we answer to whoever asks; nothing is checked here."""
        path, stranger = seen.path.rstrip("/"), self.second if _of_second(seen) else self.stranger
        if path in self.media:
            return 200, {"Content-Type": "image/png"}, self.media[path]
        if seen.method in ("POST", "DELETE"):
            return 202 if seen.method == "POST" else 204, {}, b""
        if path.endswith("/keys"):
            return _said({"docs": stranger.documents if stranger else []})
        if path.endswith("/pairings/self"):
            return _said({"status": "active", "grants": EVERYTHING, "name": "conformance"})
        kind = path.rpartition("/feeds/")[2]
        if kind not in ("listing", "request") or stranger is not self.stranger:
            return _said({"code": "unknown"}, 404)
        page: Any = self.page(kind, seen.after)
        if kind == "listing" and self.spoil is not None:
            page = self.spoil(page)
        return page if isinstance(page, tuple) else _said(page)


def _of_second(seen: Seen) -> bool:
    return SECOND in seen.path


def _said(body: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, {"Content-Type": "application/json"}, raw


class _Patient(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Server:
    """Serves an origin until closed."""

    def __init__(self, origin: Origin, host: str, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                at = origin.stranger.now() if origin.stranger else 0
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, self.path, headers, self.rfile.read(min(length, 2**20)), at)
                status, said, body = origin.answer(seen)
                with origin.news:
                    origin.seen.append(seen)
                    origin.news.notify_all()
                with suppress(OSError):
                    self.send_response(status)
                    for name, value in {
                        **said,
                        "Content-Length": str(len(body)),
                        "Connection": "close",
                    }.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

            def log_message(self, *_said: Any) -> None:
                pass

        self._server = _Patient((host, port), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

"""A partner on a real socket of this machine, which serves a feed and may do whatever a hostile one does.

with serving_origin() as origin:
    partner_id = origin.befriend(instance)
    origin.items = [entry(1)]
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.synchronize import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import wiring
from app.federation import cursor, invites, keys
from app.federation.invites import Invite
from app.federation.protocol import v1
from app.federation.service import consuming, pairing
from app.outbound.http import SafeHttp
from app.settings import Settings
from app.wiring import Instance

Handle = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Origin:
    """One partner: its keys, its feed, and what it does instead of answering, if anything."""

    port: int = 0
    control: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    items: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 1000
    instead: Handle | None = None
    asked: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}{v1.PATH}"

    @property
    def instance(self) -> str:
        return keys.fingerprint(self.control.public_key())

    @property
    def http(self) -> SafeHttp:
        """Our door to the outside, open for this origin."""
        return SafeHttp(allow=frozenset({f"127.0.0.1:{self.port}"}))

    def befriend(self, instance: Instance) -> UUID:
        """Have the instance accept an invite of this origin."""
        expires = instance.transactions.clock.now() + timedelta(days=1)
        invite = invites.encode(Invite(self.base, self.instance, invites.new_token(), expires))
        return pairing.accept(instance.transactions, self.http, invite).id

    def documents(self) -> dict[str, Any]:
        public = keys.to_text(self.control.public_key())
        last = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())
        payload = v1.KeyPayload(
            instance=self.instance,
            v=1,
            iat=0,
            control=[v1.ControlKey(kid="c1", x=public)],
            keys=[v1.RequestKey(kid="k1", x=public, nbf=0, exp=last)],
            base=self.base,
        )
        return v1.KeyDocuments(docs=[keys.issue(payload, kid="c1", key=self.control)]).to_json()

    def page(self, kind: str, after: str) -> dict[str, Any]:
        """A page as it should be; of requests there are none."""
        items = self.items if kind == "listing" else []
        since = int(after.rpartition(".")[2] or 0)
        rest = [item for item in items if item["seq"] > since]
        shown = rest[: self.page_size]
        head = max((item["seq"] for item in items), default=0)
        active = [(item["id"], item["rev"]) for item in items if item["state"] == "active"]
        more = len(rest) > len(shown)
        return {
            "dfp": "1.0", "instance": self.instance, "kind": kind, "epoch": "e1", "after": after, "items": shown,
            "cursor": f"e1.0.{shown[-1]['seq'] if more else head}", "more": more, "head": head, "ttl": 300,
            **({} if more else {"count": len(active), "digest": cursor.digest_of(active)}),
        }  # fmt: skip

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        url = urlsplit(asked.path)
        if "/feeds/listing" in url.path and self.instead is not None:
            self.asked += 1
            self.instead(asked)
        elif "/feeds/" in url.path:
            after = parse_qs(url.query).get("after", [""])[0]
            send(asked, self.page(url.path.rpartition("/")[2], after))
        elif url.path.endswith("/keys"):
            send(asked, self.documents())
        else:
            asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
            grants = {"listing.read": True, "request.create": True}
            send(asked, {"status": "active", "grants": grants, "name": "Hostilia", "purge_hours": 24})


def send(asked: BaseHTTPRequestHandler, value: Any, **headers: str) -> None:
    """Answer with JSON."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    asked.send_response(200)
    for name, text in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }.items():
        asked.send_header(name.replace("_", "-"), text)
    asked.end_headers()
    asked.wfile.write(body)


@contextmanager
def serving_origin() -> Iterator[Origin]:
    """Serve an origin until the block ends."""
    origin = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            origin.answer(self)

        def do_POST(self) -> None:
            origin.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class QuietServer(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a reader that hangs up is what these tests are about."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    origin.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def read_for_ever(settings: str, partner_id: str, reads: Event) -> None:
    """A process that reads a partner's feeds until it is ended."""
    instance = wiring.open_instance(Settings.model_validate_json(settings))
    reads.set()
    while True:
        consuming.pull(instance.transactions, instance.http, UUID(partner_id))

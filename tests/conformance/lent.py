"""The foreign instance with its hands lent to `depot conformance` (section 19.3 of the document)."""

import secrets
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.conformance.foreign import DAY, Foreign, Handler, Refused, read_json

PATH = "/dfp-test/v1"


class Lent(Foreign):
    """Does what people and time would do, when it is told."""

    can = ("clock", "create", "delete", "find", "invite", "purge", "restore", "rotate-key", "update")

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if not target.startswith(PATH):
            return super().answer(method, target, headers, body)
        what = target.removeprefix(PATH).strip("/")
        if what and what not in self.can:
            raise Refused(404, "unknown")
        if what == "find":
            return 200, {"found": [*self.found(read_json(body)["text"])]}
        return 200, self.do(what, read_json(body)) if what else {"can": self.can}

    def do(self, what: str, said: dict[str, Any]) -> dict[str, Any]:
        item = said.pop("id", "")
        match what:
            case "invite":
                return {"invite": self.invite()}
            case "create":
                item = str(uuid.uuid4())
                self.share(item, **said)
                return {"id": item}
            case "update" if said.pop("shared", True) is False:
                self.hidden[item] = self.entries[item]["data"]
                self.publish(item, None, "withdrawn")
            case "update":
                self.share(item, **{**self.hidden.pop(item, {}), **said})
            case "delete":
                self.publish(item, None, said.get("reason", "withdrawn"))
            case "clock":
                self.ahead = said["offset_seconds"]
            case "purge":
                self.purge()
            case "restore":
                self.epoch = secrets.token_hex(8)
            case "rotate-key":
                self.key, self.kid = Ed25519PrivateKey.generate(), "k2"
                self.list_key()
        return {}

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self.hidden: dict[str, dict[str, Any]] = {}

    def found(self, text: str) -> Iterator[dict[str, Any]]:
        """[7.4] What residents find of partners' listings: with a note after two days of silence, hidden after seven."""
        for instance, copies in list(self.copies.items()):
            age = self.now() - self.partners[instance]["read_at"]
            titles = [copy["data"]["title"] for copy in list(copies.values()) if copy["data"]]
            for title in titles if age <= self.shown_for else []:
                if text in title:
                    yield {"title": title, "fresh": age <= 2 * DAY, "photos": []}

    shown_for = 7 * DAY

    def purge(self) -> None:
        with self.lock:
            ends = self.now() - 45 * DAY
            old = [row for row in self.entries.values() if not row["data"] and row["_t"] < ends]
            self.floor = max([self.floor, *(row["seq"] for row in old)])
            self.entries = {item: row for item, row in self.entries.items() if row not in old}


class _Quiet(Handler):
    def log_message(self, *_said: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64
    foreign: Foreign


@contextmanager
def running(foreign: Foreign) -> Iterator[Foreign]:
    """Serve it where it says it lives, and let it read."""
    server = _Server(("127.0.0.1", urlsplit(foreign.url).port or 0), _Quiet)
    server.foreign = foreign
    threads = [threading.Thread(target=run, daemon=True) for run in (server.serve_forever, foreign.work)]
    for thread in threads:
        thread.start()
    try:
        yield foreign
    finally:
        foreign.closed = True
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join(10)

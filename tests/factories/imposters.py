"""A partner that answers what a test makes it answer.

imposter.items = [entry(1), tombstone(2, "item-7")]
imposter.poll()
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.federation import cursor
from app.federation.schemas import PartnerExchangeRead
from app.outbound.http import Answer
from tests.factories.regions import Regions

LISTING = {
    "purpose": "offer",
    "kind": "equipment",
    "title": "Leiter",
    "state": "published",
    "provider": {"kind": "organisation", "name": "Werkstatt", "recognised": True},
    "created_at": "2026-11-20T10:00:00Z",
    "updated_at": "2026-11-22T10:00:00Z",
    "url": "https://leipzig.example/listings/1",
}


def entry(seq: int, item_id: str | None = None, *, rev: int | None = None, **data: Any) -> dict[str, Any]:
    return {
        "seq": seq,
        "id": item_id or f"item-{seq}",
        "rev": rev or 1000 + seq,
        "state": "active",
        "at": "2026-11-22T10:00:00Z",
        "data": {**LISTING, "title": f"Leiter {seq}", **data},
    }


def tombstone(seq: int, item_id: str) -> dict[str, Any]:
    return {
        "seq": seq,
        "id": item_id,
        "rev": 1000 + seq,
        "state": "deleted",
        "at": "2026-11-22T10:00:00Z",
        "reason": "withdrawn",
    }


@dataclass
class Imposter:
    """Stands in Leipzig's place on the line and answers what the test makes it answer."""

    regions: Regions
    items: list[dict[str, Any]] = field(default_factory=list)
    epoch: str = "e1"
    changes: dict[str, Any] = field(default_factory=dict)
    raw: Callable[[str], bytes] | None = None
    refusal: tuple[int, str] | None = None
    page_size: int = 1000
    content_type: str = "application/json"

    def answer(self, _method: str, url: str, _body: bytes) -> Answer | None:
        if "leipzig.example/dfp/v1/feeds/listing" not in url:
            return None
        if self.refusal:
            status, code = self.refusal
            return Answer(status, {}, json.dumps({"code": code}).encode())
        after = parse_qs(urlsplit(url).query).get("after", [""])[0]
        raw = self.raw(after) if self.raw else json.dumps(self.page(after)).encode()
        return Answer(200, {"content-type": self.content_type}, raw)

    def page(self, after: str) -> dict[str, Any]:
        since = int(after.rpartition(".")[2] or 0)
        rest = [item for item in self.items if item["seq"] > since]
        shown = rest[: self.page_size]
        head = max((item["seq"] for item in self.items), default=0)
        active = [(item["id"], item["rev"]) for item in self.items if item["state"] == "active"]
        more = len(rest) > len(shown)
        return {
            "dfp": "1.0",
            "instance": self.regions.halle.partner().instance,
            "kind": "listing",
            "epoch": self.epoch,
            "after": after,
            "items": shown,
            "cursor": f"{self.epoch}.0.{shown[-1]['seq'] if more else head}",
            "more": more,
            "head": head,
            "ttl": 300,
            **({} if more else {"count": len(active), "digest": cursor.digest_of(active)}),
            **self.changes,
        }

    def poll(self) -> PartnerExchangeRead:
        """Let time pass until Halle asks again."""
        self.regions.clock.turn(timedelta(minutes=7))
        self.regions.halle.instance.runner.run_due()
        [listings] = [e for e in self.regions.halle.partner().exchanges if e.kind == "listing"]
        return listings

    def found(self) -> set[str]:
        return {item["title"] for item in self.regions.halle.found("leiter")}

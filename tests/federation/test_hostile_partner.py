"""What a consumer bears: poison, lies, silence, and a partner whose keys are in two hands."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.federation import cursor
from app.federation.freshness import Freshness
from app.federation.protocol import v1
from app.federation.schemas import PartnerExchangeRead
from app.federation.trust import PartnerState
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

    def answer(self, _method: str, url: str, _body: bytes) -> Answer | None:
        if "leipzig.example/dfp/v1/feeds/listing" not in url:
            return None
        if self.refusal:
            status, code = self.refusal
            return Answer(status, {}, json.dumps({"code": code}).encode())
        after = parse_qs(urlsplit(url).query).get("after", [""])[0]
        return Answer(200, {}, self.raw(after) if self.raw else json.dumps(self.page(after)).encode())

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


@pytest.fixture
def imposter(regions: Regions) -> Imposter:
    regions.pair()
    one = Imposter(regions)
    regions.line.intercept = one.answer
    # The real Leipzig has already been read, and empty: its cursor is of no use to the imposter.
    one.refusal = (410, "resync-required")
    one.regions.clock.turn(timedelta(minutes=7))
    one.regions.halle.instance.runner.run_due(20)
    one.refusal = None
    return one


POISON = {
    "unknown kind of thing": entry(2, kind="spaceship"),
    "title of another type": entry(2, title=7),
    "no data": {**entry(2), "data": None},
    "too much data": entry(2, terms="x" * 40_000),
    "half a character": entry(2, title="\ud800"),
    "address elsewhere": entry(2, url="https://evil.example/listings/1"),
    "address of a script": entry(2, url="javascript:alert(1)"),
    "a number that is none": entry(2, units="many"),
    "impossible place": entry(2, place={"lat": 200.0, "lon": 0.0}),
}


def test_poison_entries_are_put_aside_and_the_rest_goes_on(imposter: Imposter) -> None:
    poison = [
        {**bad, "seq": number, "id": f"bad-{number}"} for number, bad in enumerate(POISON.values(), start=2)
    ]
    imposter.items = [entry(1), *poison, entry(99)]

    exchange = imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 99"}
    assert (exchange.failures, exchange.entries) == (0, len(POISON) + 2)
    assert exchange.quarantined == len(POISON)
    told = {one.id: one for one in exchange.quarantine}
    now = imposter.regions.clock.now()
    assert all(one.why and one.since and one.since > now - timedelta(minutes=10) for one in told.values())
    assert told["bad-2"].what == "Leiter 2"

    imposter.items = [entry(1), entry(99), entry(100, "bad-2", rev=9000)]
    imposter.changes = {"count": None, "digest": None}
    exchange = imposter.poll()
    assert imposter.found() == {"Leiter 1", "Leiter 99", "Leiter 100"}
    assert exchange.quarantined == len(POISON) - 1


def test_unknown_states_and_members_are_passed_over(imposter: Imposter) -> None:
    imposter.items = [
        {**entry(1), "colour": "red"},
        {**entry(2), "state": "sleeping"},
        entry(3, smell="none"),
    ]
    active = [(item["id"], item["rev"]) for item in (imposter.items[0], imposter.items[2])]
    imposter.changes = {"news": True, "count": 2, "digest": cursor.digest_of(active)}

    exchange = imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 3"}
    assert exchange.failures == 0


def test_a_page_that_breaks_the_protocol_is_refused_whole_and_asked_for_again_later(
    imposter: Imposter,
) -> None:
    imposter.items = [entry(1), entry(2)]
    imposter.raw = lambda after: json.dumps(imposter.page(after) | {"kind": "request"}).encode()

    exchange = imposter.poll()
    assert (exchange.failures >= 1, exchange.entries, imposter.found()) == (True, 0, set())

    imposter.raw = None
    imposter.regions.clock.turn(timedelta(hours=1))
    imposter.poll()
    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_an_older_revision_never_overwrites_a_newer_one(imposter: Imposter) -> None:
    imposter.items = [entry(1, "ladder", rev=5000)]
    imposter.poll()

    imposter.items = [entry(2, "ladder", rev=4000)]
    imposter.changes = {"count": None, "digest": None}
    imposter.poll()

    assert imposter.found() == {"Leiter 1"}


def test_a_walk_that_is_cut_off_deletes_nothing(imposter: Imposter) -> None:
    imposter.items = [entry(number) for number in range(1, 7)]
    imposter.poll()
    imposter.page_size = 2
    imposter.epoch, imposter.items = "e2", [entry(number) for number in range(11, 17)]

    def dies_on_the_second_page(after: str) -> bytes:
        return b"" if after.startswith("e2") else json.dumps(imposter.page(after)).encode()

    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal, imposter.raw = None, dies_on_the_second_page
    imposter.poll()

    assert {f"Leiter {number}" for number in range(1, 7)} <= imposter.found()


def test_a_finished_walk_deletes_what_is_gone(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2), entry(3)]
    imposter.poll()

    imposter.epoch, imposter.items = "e2", [entry(7, "item-2")]
    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal = None
    imposter.poll()

    assert imposter.found() == {"Leiter 7"}


def test_a_restored_origin_is_believed_even_with_lower_revisions(imposter: Imposter) -> None:
    imposter.items = [entry(5, "ladder", rev=9000)]
    imposter.poll()

    imposter.items = [entry(2, "ladder", rev=100)]
    for _ in range(4):
        imposter.poll()

    assert imposter.found() == {"Leiter 2"}


def test_one_old_page_from_a_cache_changes_nothing(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2)]
    imposter.poll()
    imposter.items = [entry(1)]

    imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_what_was_missed_is_found_by_the_digest_and_healed(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2), entry(4)]
    imposter.poll()
    imposter.items = [entry(1), entry(2), entry(3), entry(4)]  # 3 came late, below what was read

    imposter.regions.clock.turn(timedelta(hours=1))
    imposter.poll()

    assert imposter.found() == {"Leiter 1", "Leiter 2", "Leiter 3", "Leiter 4"}


def test_a_suspiciously_large_deletion_waits_a_day_and_explicit_tombstones_do_not(imposter: Imposter) -> None:
    imposter.items = [entry(number) for number in range(1, 81)]
    imposter.poll()
    imposter.epoch, imposter.items = "e2", [entry(101, "item-1")]
    imposter.refusal = (410, "resync-required")
    imposter.regions.clock.turn(timedelta(minutes=7))
    imposter.regions.halle.instance.runner.run_due(20)
    imposter.refusal = None

    held = imposter.poll()

    assert held.held_since is not None
    assert held.entries == 80
    imposter.items += [tombstone(200 + number, f"item-{number}") for number in range(2, 81)]
    assert imposter.poll().entries == 1
    assert imposter.found() == {"Leiter 101"}


@pytest.mark.parametrize(
    ("silence", "freshness", "found", "entries"),
    [
        (timedelta(hours=47), Freshness.FRESH, 1, 1),
        (timedelta(hours=49), Freshness.STALE, 1, 1),
        (timedelta(days=8), Freshness.HIDDEN, 0, 1),
        (timedelta(days=31), Freshness.GONE, 0, 0),
    ],
)
def test_a_silent_partner_is_marked_then_hidden_then_purged(
    imposter: Imposter, silence: timedelta, freshness: Freshness, found: int, entries: int
) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    imposter.regions.line.regions.pop("https://leipzig.example")
    imposter.refusal = (503, "maintenance")

    imposter.regions.clock.turn(silence)
    imposter.regions.halle.instance.runner.run_due()

    partner = imposter.regions.halle.partner()
    assert partner.freshness is freshness
    assert len(imposter.found()) == found
    assert next(e.entries for e in partner.exchanges if e.kind == "listing") == entries


def test_a_partner_that_fails_is_asked_more_and_more_rarely(imposter: Imposter) -> None:
    imposter.refusal = (503, "maintenance")
    waits = []
    for _ in range(5):
        exchange = imposter.poll()
        waits.append(exchange.next_try_at - imposter.regions.clock.now())
        imposter.regions.clock.turn(timedelta(hours=1))

    assert exchange.failures >= 3
    assert max(waits) <= timedelta(hours=6)


@pytest.mark.parametrize("code", ["not-partner", "pairing-ended"])
def test_a_partner_that_no_longer_knows_us_is_over_at_once(imposter: Imposter, code: str) -> None:
    imposter.items = [entry(1)]
    imposter.poll()
    imposter.refusal = (403, code)

    imposter.poll()

    assert imposter.regions.halle.partner().state is PartnerState.ENDED
    assert imposter.found() == set()


def test_more_than_the_quota_stops_and_says_so(imposter: Imposter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v1, "ACTIVE_ENTRIES", 3)
    imposter.items = [entry(1), entry(2)]
    imposter.poll()
    imposter.items = [entry(number) for number in range(1, 6)]

    exchange = imposter.poll()

    assert "more than 3 entries" in (exchange.last_error or "")
    assert imposter.found() == {"Leiter 1", "Leiter 2"}


def test_a_paused_listing_is_not_offered_here(imposter: Imposter) -> None:
    imposter.items = [entry(1), entry(2, state="paused")]

    imposter.poll()

    assert imposter.found() == {"Leiter 1"}

"""How an instance reads us, as far as its next question shows it (T-18 to T-21, T-33)."""

import math
from collections.abc import Callable
from typing import Any, Final

from app.conformance import wire
from app.conformance.bench import Bench, NotJudged, Rule, require
from app.conformance.stranger import Seen

_MOMENT: Final = 0.4
_LONGEST_PAUSE: Final = 6 * 3600 + 60
_LISTING: Final = {
    "purpose": "offer",
    "kind": "equipment",
    "title": "Ladder",
    "state": "published",
    "provider": {"kind": "person", "name": "Privat"},
    "created_at": "2026-01-01T10:00:00Z",
    "updated_at": "2026-01-01T10:00:00Z",
}


def reads(bench: Bench) -> None:
    bench.need_partner()
    bench.origin.entries = [entry_of(bench, 1), entry_of(bench, 2)]
    seen = next_reading(bench, 0)
    if seen is None:
        raise NotJudged(f"it did not read us at {bench.partner.base} within {bench.patience:g} s")
    parts = bench.partner.base.removesuffix("/dfp/v1")
    keys = {key["kid"]: key["x"] for key in bench.keys["keys"]}
    wire.check_signed(seen.method, parts + seen.target, seen.headers, seen.body, keys, at=seen.at)
    require(next_reading(bench) is not None, "it reads once and never again")


def poison(bench: Bench) -> None:
    need_reader(bench)
    bad: list[dict[str, Any]] = [
        {"data": {**_LISTING, "kind": "spaceship", "url": _url(bench, 3)}},
        {"data": {**_LISTING, "title": 7, "url": _url(bench, 4)}},
        {"data": {**_LISTING, "terms": "x" * 40_000, "url": _url(bench, 5)}},
        {"data": {**_LISTING, "url": "javascript:alert(1)"}},
        {"state": "asleep"},
        {"data": None},
    ]
    bench.origin.entries += [entry_of(bench, number) | wrong for number, wrong in enumerate(bad, start=3)]
    bench.origin.entries.append(entry_of(bench, 20))
    read_until(
        bench, lambda: _last(bench) == "e1.20", "past entries that cannot be understood it does not come"
    )


def broken_pages(bench: Bench) -> None:
    need_reader(bench)
    where = _last(bench)
    ahead = [entry_of(bench, 31), entry_of(bench, 30)]
    for what, spoilt in (
        ("of another instance", lambda page: {**page, "instance": "0" * 40, "cursor": "e1.99"}),
        ("of another kind", lambda page: {**page, "kind": "request", "cursor": "e1.99"}),
        ("that echoes another cursor", lambda page: {**page, "after": "e1.7", "cursor": "e1.99"}),
        ("whose numbers fall", lambda page: {**page, "items": ahead, "cursor": "e1.99"}),
        (
            "with a member twice",
            lambda page: wire.to_json({**page, "cursor": "e1.99"})[:-1] + b',"more":false}',
        ),
        ("that is cut off", lambda page: wire.to_json({**page, "cursor": "e1.99"})[:-9]),
        ("nested without end", lambda _page: b"[" * 100_000),
    ):
        bench.origin.spoil = spoilt
        next_reading(bench)
        bench.origin.spoil = None
        seen = next_reading(bench)
        require(seen is not None, f"after a page {what} it never reads again")
        require(_last(bench) == where, f"a page {what} moves its cursor from {where!r} to {_last(bench)!r}")


def starts_over(bench: Bench) -> None:
    need_reader(bench)
    gone = wire.to_json({"code": "resync-required", "status": 410})
    bench.origin.spoil = lambda page: (
        (410, {"Content-Type": "application/problem+json"}, gone) if page["after"] else page
    )
    bench.origin.epoch = "e2"
    begun = len(bench.origin.readings())
    read_until(bench, lambda: from_the_start(bench, begun), "after 410 it does not read from the start")
    bench.origin.spoil = None


def from_the_start(bench: Bench, begun: int) -> bool:
    """Whether one of the readings since so many began at the beginning."""
    return any(not seen.after for seen in bench.origin.readings()[begun:])


def redirected(bench: Bench) -> None:
    need_reader(bench)
    where = f"{bench.partner.base}/elsewhere"
    bench.origin.spoil = lambda _page: (307, {"Location": where}, b"")
    next_reading(bench)
    bench.origin.spoil = None
    next_reading(bench)
    require(not any(seen.path.endswith("/elsewhere") for seen in bench.origin.seen), "it follows a redirect")


def entry_of(bench: Bench, seq: int, **data: Any) -> dict[str, Any]:
    """An entry of ours as it should be."""
    return {
        "seq": seq,
        "id": f"ladder-{seq}",
        "rev": 1000 + seq,
        "state": "active",
        "at": "2026-01-01T10:00:00Z",
        "data": {**_LISTING, "url": _url(bench, seq), **data},
    }


def _url(bench: Bench, seq: int) -> str:
    return f"{bench.partner.base.removesuffix('/dfp/v1')}/listings/{seq}"


def need_reader(bench: Bench) -> None:
    """It reads our feed, or NotJudged."""
    bench.need_partner()
    if not bench.origin.readings():
        raise NotJudged("it does not read our feed")


def _last(bench: Bench) -> str:
    return bench.origin.readings()[-1].after


def read_until(bench: Bench, look: Callable[[], object], otherwise: str, *, pause: int = 0) -> None:
    """Have it read us, again and again, until this is seen; Broken if it is not, however long we wait.

    So many seconds pass before each reading, where we can turn its clock.
    """

    def look_again() -> object:
        if pause:
            bench.turn_clock(pause)
        next_reading(bench)
        return look()

    bench.until(lambda: look() or look_again(), otherwise)


def next_reading(bench: Bench, beyond: int | None = None) -> Seen | None:
    """Make it read us once more: time passes where we can turn it, and a notice says that there is news.

    It may still be busy with what it read last, and begin its pause only then: so time passes again and again.
    """
    known = len(bench.origin.readings()) if beyond is None else beyond
    told = bench.offers("L2")
    for _ in range(math.ceil(bench.patience / _MOMENT)):
        if bench.control is not None and "clock" in bench.control.can:
            bench.turn_clock(15 if told else _LONGEST_PAUSE)
        if told:
            bench.ask("POST", "/notify", {"kind": "listing"})
        seen = bench.origin.wait_for_reading(known, _MOMENT)
        if seen is not None:
            return seen
    return None


RULES: Final = (
    Rule("L1-reading", "It reads our feed, signed, and again", reads),
    Rule("T-20", "Entries that cannot be understood are put aside, and the feed goes on", poison),
    Rule(
        "T-21",
        "A page that is not ours, not in order or not JSON changes nothing (T-18: nor does a wrong echo)",
        broken_pages,
    ),
    Rule("T-19", "After 410 it reads from the start", starts_over),
    Rule("T-33", "It follows no redirect", redirected),
)

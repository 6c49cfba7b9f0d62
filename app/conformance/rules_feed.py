"""What an origin owes its readers (T-01 to T-14)."""

import re
import threading
from collections import Counter
from http import HTTPStatus
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from app.conformance import wire
from app.conformance.bench import LIMITS, OK, Bench, Broken, NotJudged, Rule, require
from app.conformance.wire import Silent

DAY: Final = 86_400
_MANY: Final = 500
_WORTH_PACKING: Final = 2_000
_EXAMPLE: Final = "conformance.person@example.org"
_NUMBER: Final = "0341 2345678"
_NEEDED: Final = ("purpose", "kind", "title", "state", "provider", "created_at", "updated_at", "url")


def whole_walk(bench: Bench) -> None:
    bench.need_partner()
    if bench.control is not None and not bench.seeded:
        for number in range(bench.items):
            bench.create(number)
        bench.until(lambda: bench.seeded.keys() <= bench.copy().keys(), "what was created is not in the feed")
    whole = _marks(bench.copy())
    for limit in LIMITS:
        if limit == 1 and len(whole) > bench.items + _MANY:  # a request for each would be too many
            continue
        entries, _ = bench.walk(limit=limit)
        twice = [item for item, times in Counter(entry["id"] for entry in entries).items() if times > 1]
        require(not twice, f"with limit {limit} an item comes twice in one walk: {twice[:3]}")
        require(
            _marks({entry["id"]: entry for entry in entries}) == whole,
            f"with limit {limit} the walk is another",
        )
        titles = {entry["id"]: entry["data"]["title"] for entry in entries if entry["id"] in bench.seeded}
        require(titles == bench.seeded, f"with limit {limit} what was created is not what is found")


def order(bench: Bench) -> None:
    limit = 7
    bench.need_partner()
    pages = list(bench.pages(limit=limit))
    numbers = [entry["seq"] for page in pages for entry in page["items"]]
    require(all(later > earlier for earlier, later in pairwise(numbers)), "numbers do not ascend")
    require(all(len(page["items"]) <= limit for page in pages), "a page has more entries than were asked for")
    require(pages[-1]["head"] >= max(numbers, default=0), "head is lower than a number")
    for page in pages[:5]:
        again = bench.page(page["after"], limit)
        require(again["items"] == page["items"], "the same question twice gives two answers")
    for entry in (entry for page in pages for entry in page["items"]):
        _look_at_entry(bench, entry)


def _look_at_entry(bench: Bench, entry: dict[str, Any]) -> None:
    require(re.fullmatch(r"[A-Za-z0-9._~-]{1,64}", entry["id"]), f"{entry['id']!r} is not an id")
    require(len(wire.to_json(entry)) <= 32 * 1024, f"the entry {entry['id']} is larger than 32 KiB")
    if entry["state"] == "deleted":
        require(entry.get("data") is None, f"the tombstone {entry['id']} has data")
        require(entry.get("reason"), f"the tombstone {entry['id']} gives no reason")
        return
    data = entry["data"]
    missing = [name for name in _NEEDED if data.get(name) is None]
    require(not missing, f"the listing {entry['id']} lacks {', '.join(missing)}")
    if data["provider"]["kind"] == "person":
        require(data["provider"]["name"] == "Privat", f"the listing {entry['id']} names a private person")
    here, there = urlsplit(bench.base), urlsplit(data["url"])
    require(
        (here.scheme, here.netloc) == (there.scheme, there.netloc), f"the url of {entry['id']} is elsewhere"
    )


def edited_while_walking(bench: Bench) -> None:
    bench.need_partner()
    ids = [bench.create(f"walked {number}") for number in range(4)]
    for item in ids:
        bench.appears(item)
    first = bench.page(limit=2)
    for item in ids[:2]:
        bench.seeded[item] += " changed"
        bench.hands().do("update", id=item, title=bench.seeded[item])
    bench.until(lambda: _says(bench, ids[0]) == bench.seeded[ids[0]], "a change is not in the feed")
    rest, _ = bench.walk(first["cursor"], limit=2)
    held = {entry["id"]: entry for entry in [*first["items"], *rest]}
    require(_marks(held) == _marks(bench.copy()), "a walk during which something changed misses something")


def many_writers(bench: Bench) -> None:
    """Sixteen at once, and a reader that follows them; afterwards the reader holds what a fresh walk finds."""
    bench.need_partner()
    bench.hands()
    cursor = bench.walk()[1]["cursor"]
    made: list[str] = []
    wrong: list[str] = []

    def write(number: int) -> None:
        try:
            for turn in range(2):
                title = f"{bench.mark} crowd {number}.{turn}"
                made.append(str(bench.hands().do("create", title=title)["id"]))
        except (Broken, NotJudged, Silent) as failure:
            wrong.append(str(failure))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for writer in writers:
        writer.start()
    held: dict[str, int] = {}

    def follow() -> bool:
        nonlocal cursor
        writing = any(writer.is_alive() for writer in writers)
        page = bench.page(cursor)
        cursor = page["cursor"]
        held.update({entry["id"]: entry["rev"] for entry in page["items"]})
        return not writing and {*made} <= held.keys()

    while any(writer.is_alive() for writer in writers):
        follow()
    require(not wrong, f"one of sixteen writers fails: {', '.join(wrong[:1])}")
    bench.until(follow, "a reader that follows sixteen writers does not see everything")
    truth = {item: rev for item, rev in _marks(bench.copy()).items() if item in {*made}}
    require(
        {item: held[item] for item in made} == truth,
        "a reader that follows sixteen writers holds old revisions",
    )


def tombstones(bench: Bench) -> None:
    bench.need_partner()
    hands = bench.hands()
    for reason, what, said in (
        ("withdrawn", "delete", {}),
        ("withdrawn", "update", {"shared": False}),
        ("erased", "delete", {"reason": "erased"}),
    ):
        item = bench.create("goes")
        bench.appears(item)
        after = bench.walk()[1]["cursor"]
        hands.do(what, id=item, **said)
        del bench.seeded[item]
        gone = bench.appears(item, after, "deleted")
        require("data" not in gone or gone["data"] is None, "a tombstone has data")
        found = [entry for entry in bench.walk(after)[0] if entry["id"] == item]
        require(len(found) == 1, f"{len(found)} entries follow a deletion, not one")
        require(gone["reason"] == reason, f"the reason is {gone['reason']}, not {reason}")


def nothing_new(bench: Bench) -> None:
    item = bench.create("stays")
    head, rev = bench.appears(item)["seq"], bench.copy()[item]["rev"]
    bench.hands().do("update", id=item, title=bench.seeded[item])
    later = bench.create("comes after")
    bench.appears(later)
    entry = bench.copy()[item]
    require((entry["seq"], entry["rev"]) == (head, rev), "saving without a change gives a new number")


def after_a_purge(bench: Bench) -> None:
    partner = bench.need_partner()
    hands = bench.hands()
    item = bench.create("purged")
    other = bench.create("first page")
    rev = bench.appears(item)["rev"]
    bench.appears(other)
    old = bench.page(limit=1)["cursor"]
    hands.do("update", id=item, shared=False)
    bench.appears(item, state="deleted")
    bench.turn_clock(46 * DAY)
    hands.do("purge")
    require(item not in bench.copy(), "a tombstone of 46 days is still there after a purge")
    answer = partner.ask("GET", f"{bench.base}/feeds/listing?after={old}")
    require(
        (answer.status, answer.code) == (410, "resync-required"),
        f"a cursor before the purge answers {answer}",
    )
    bench.walk(limit=3)  # and this one must come to its end
    hands.do("update", id=item, shared=True)
    again = bench.appears(item)["rev"]
    require(again > rev, f"T-10: after a purge the revision falls from {rev} to {again}")


def cursors(bench: Bench) -> None:
    partner = bench.need_partner()
    last = bench.walk()[1]["cursor"]
    for garbage in ("garbage", "%00", "a.b.c.d", "-1", "9" * 300, "..%2F..", "%F0%9F%98%80"):
        answer = partner.ask("GET", f"{bench.base}/feeds/listing?after={garbage}")
        require(answer.status in (400, 410), f"the cursor {garbage[:20]} answers {answer}")
    number = re.fullmatch(r"(.*?)(\d+)", last)
    if number:
        future = f"{number[1]}{int(number[2]) + 1_000_000}"
        answer = partner.ask("GET", f"{bench.base}/feeds/listing?after={future}")
        require(answer.status in (400, 410), f"a cursor from the future answers {answer}")


def after_a_restore(bench: Bench) -> None:
    partner = bench.need_partner()
    hands = bench.hands()
    item = bench.create("restored")
    rev, last = bench.appears(item)["rev"], bench.walk()[1]
    hands.do("restore")
    answer = partner.ask("GET", f"{bench.base}/feeds/listing?after={last['cursor']}")
    require(answer.status == HTTPStatus.GONE, f"after a restore an old cursor answers {answer}, not 410")
    require(bench.page()["epoch"] != last["epoch"], "after a restore the epoch is the old one")
    hands.do("update", id=item, title=f"{bench.mark} again")
    bench.seeded[item] = f"{bench.mark} again"
    bench.until(
        lambda: _says(bench, item) == bench.seeded[item], "a change after a restore is not in the feed"
    )
    require(bench.copy()[item]["rev"] > rev, "after a restore the revision falls back")


def digest(bench: Bench) -> None:
    bench.need_partner()
    for page in bench.pages(limit=7):
        counted = page.get("count") is not None and page.get("digest") is not None
        require(counted == (not page["more"]), "count and digest must come with the last page and only there")
    held = bench.copy()
    last = bench.walk()[1]
    active = [(item, entry["rev"]) for item, entry in held.items() if entry["state"] == "active"]
    require(last["count"] == len(active), f"count is {last['count']}, there are {len(active)}")
    require(last["digest"] == wire.digest_of(active), "the digest is not that of the entries")


def caching(bench: Bench) -> None:
    bench.need_partner()
    path = "/feeds/listing"
    plain = bench.ask("GET", path)
    tag = plain.headers.get("etag", "")
    require(tag, "there is no ETag")
    known = bench.ask("GET", path, headers={"If-None-Match": tag})
    require(known.status == HTTPStatus.NOT_MODIFIED, f"If-None-Match answers {known}, not 304")
    require("content-encoding" not in plain.headers, "an answer is packed although nobody asked for it")
    packed = bench.ask("GET", path, headers={"Accept-Encoding": "gzip"})
    small = len(plain.body) < _WORTH_PACKING
    require(small or packed.headers.get("content-encoding") == "gzip", "gzip is not honoured")
    require(packed.json()["items"] == plain.json()["items"], "packed and plain say different things")
    require("accept-encoding" in plain.headers.get("vary", "").lower(), "Vary does not name Accept-Encoding")
    cached = plain.headers.get("cache-control", "")
    require(
        "private" in cached or "no-store" in cached, f"a partner's page may be kept by caches: {cached!r}"
    )


def limits(bench: Bench) -> None:
    bench.need_partner()
    for limit in ("0", "-1", "1000000000", "abc", "1.5", "%31"):
        answer = bench.ask("GET", f"/feeds/listing?limit={limit}")
        require(answer.status in (OK, 400), f"limit={limit} answers {answer}")
        if answer.status == OK:
            most = max(LIMITS)
            require(len(answer.json()["items"]) <= most, f"limit={limit} gives more than {most}")


def no_people(bench: Bench) -> None:
    bench.need_partner()
    if bench.control is not None:
        item = bench.create("reachable", description=f"Mail {_EXAMPLE} or call {_NUMBER}.")
        later = bench.create("after it")
        bench.appears(later)
        said = str(bench.copy().get(item, {}))
        require(_EXAMPLE not in said, "an e-mail address in a text is published")
        require(_NUMBER not in said, "a phone number in a text is published")
        bench.seeded.pop(item)
        return
    for entry in bench.copy().values():
        found = re.search(r"[\w.+-]+@[\w-]+\.[\w.]+", str(entry.get("data", "")))
        if found:
            raise Broken(f"the listing {entry['id']} publishes an address: {found[0]}")


def long_writer(_bench: Bench) -> None:
    raise NotJudged("a transaction that stays open cannot be made from outside")


def _marks(held: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {item: entry["rev"] for item, entry in held.items()}


def _says(bench: Bench, item: str) -> str:
    entry = bench.copy().get(item, {})
    return str((entry.get("data") or {}).get("title", ""))


RULES: Final = (
    Rule(
        "T-01",
        "A walk from the start returns everything that is shared, each thing once, at any limit",
        whole_walk,
    ),
    Rule("T-02", "Numbers ascend, pages echo the cursor, the same question gives the same answer", order),
    Rule("T-03", "What changes during a walk comes again later, and nothing is lost", edited_while_walking),
    Rule("T-04", "A reader that follows sixteen writers misses nothing", many_writers),
    Rule("T-05", "A slow writer loses nothing and holds up nobody", long_writer),
    Rule("T-06", "What is deleted, unshared or erased leaves exactly one tombstone without data", tombstones),
    Rule("T-07", "A save that changes nothing gives no number", nothing_new),
    Rule(
        "T-08",
        "After a purge old cursors hear 410, and a walk comes to its end; revisions go on rising",
        after_a_purge,
    ),
    Rule("T-09", "Cursors that were never given out hear 400 or 410, never 500", cursors),
    Rule(
        "T-10",
        "After a restore the epoch is new, old cursors hear 410, revisions go on rising",
        after_a_restore,
    ),
    Rule("T-11", "Count and digest are those of the entries", digest),
    Rule("T-12", "ETag and 304, gzip only where it is asked for, Vary, and no caches in between", caching),
    Rule("T-13", "Strange limits are refused or bounded", limits),
    Rule("T-14", "Addresses and numbers of people in a text are not published", no_people),
)

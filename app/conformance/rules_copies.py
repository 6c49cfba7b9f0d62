"""What an instance makes of what it read from us: what its residents find, and whom it calls for it (T-18 to T-37).

Most of it shows only to who searches there as a resident does: the test control `find`.
"""

import gzip
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

from app.conformance import wire
from app.conformance.bench import OK, Bench, Broken, NotJudged, Rule, require
from app.conformance.rules_reading import entry_of, from_the_start, need_reader, next_reading, read_until
from app.conformance.stranger import Stranger

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_MANY: Final = 60
_FEW: Final = 5
_MOMENT: Final = 0.3
_TOO_MUCH: Final = "much.1"
_SECRET: Final = b"taken at N 51.3397 E 12.3731 by a person"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_SPELT: Final = ("localhost", "[::ffff:127.0.0.1]", "2130706433", "127.1")
"""This machine, in ways that a careless check takes for somewhere else."""
_numbers = count(1_000)


def old_and_doubled(bench: Bench) -> None:
    """In a feed that is followed, an entry of an older revision is an old page's, and changes nothing."""
    _need_finder(bench)
    _publish(bench, ladder := _entry(bench, "new"))
    _until_found(bench, "new")
    bench.origin.spoil = lambda page: _as_held(bench, page, ladder)
    _publish(bench, _entry(bench, "old") | {"id": ladder["id"], "rev": ladder["rev"] - 1})
    _publish(bench, _entry(bench, "behind"))
    _until_found(bench, "behind")
    require(
        _found(bench, "new") and not _found(bench, "old"), "an older revision takes the newer one's place"
    )
    _publish(bench, ladder | {"rev": ladder["rev"] + 1})
    bench.origin.spoil = None


def _as_held(bench: Bench, page: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """The digest of what a right reader holds: by another it would find a difference, and read all anew."""
    if page["kind"] != "listing":
        return page
    held = [(one, newer["rev"] if one == newer["id"] else rev) for one, rev in bench.origin.active()]
    return page | {"digest": wire.digest_of(held)}


def bombs(bench: Bench) -> None:
    need_reader(bench)
    padding = b" " * (20 * 1024 * 1024)
    for what, headers, pack in (
        ("that unpacks to twenty times what is allowed", {"Content-Encoding": "gzip"}, gzip.compress),
        ("of 20 MiB", {}, bytes),
    ):

        def instead(
            page: dict[str, Any], headers: Any = headers, pack: Callable[[bytes], bytes] = pack
        ) -> Any:
            body = wire.to_json({**page, "cursor": _TOO_MUCH})
            return 200, {"Content-Type": "application/json", **headers}, pack(body[:-1] + padding + b"}")

        bench.origin.spoil = instead
        next_reading(bench)
        bench.origin.spoil = None
        seen = next_reading(bench)
        require(seen is not None, f"after a page {what} it never reads again")
        require(bench.origin.readings()[-1].after != _TOO_MUCH, f"a page {what} is taken")
        require(
            wire.send("GET", f"{bench.url}/.well-known/dfp").status == OK, f"a page {what} brings it down"
        )


def other_digest(bench: Bench) -> None:
    """An hour passes before each look: a page of before, read in that moment, has been compared in its stead."""
    need_reader(bench)
    _need_clock(bench)
    phantom = [("phantom", 1), *bench.origin.active()]
    _reads_anew(
        bench,
        lambda page: {**page, "count": len(phantom), "digest": wire.digest_of(phantom)},
        "a digest that is not that of its copies does not make it read anew within the hour",
        pause=_HOUR + 60,
    )


def fallen_head(bench: Bench) -> None:
    """Three times, so that one page of an old cache does not cost a walk."""
    need_reader(bench)
    _publish(bench, _entry(bench, "highest"))
    _read(bench)
    _reads_anew(
        bench,
        lambda page: {**page, "head": 1, "items": []} if page["after"] else page,
        "an origin whose numbers fell three times is not read anew",
    )


def brake(bench: Bench) -> None:
    _need_finder(bench)
    lost = [_entry(bench, f"many {number}") for number in range(_MANY)]
    _publish(bench, *lost, _entry(bench, "last"))
    _until_found(bench, "last")
    ids = {entry["id"] for entry in lost}
    bench.origin.entries = [entry for entry in bench.origin.entries if entry["id"] not in ids]
    begun = len(bench.origin.readings())
    bench.origin.epoch, gone = "e5", wire.to_json({"code": "resync-required", "status": HTTPStatus.GONE})
    bench.origin.spoil = lambda page: (
        page
        if page["after"][:3] in ("", "e5.")
        else (410, {"Content-Type": "application/problem+json"}, gone)
    )
    read_until(
        bench,
        lambda: any(seen.after.startswith("e5.") for seen in bench.origin.readings()[begun:]),
        "after 410 it does not come to the end of a walk",
    )
    bench.origin.spoil = None
    require(_found(bench, "many 7"), "a walk that misses sixty of what there was deletes them at once")
    _publish(bench, *(_tombstone(entry, "withdrawn") for entry in lost))
    bench.until(lambda: not _found(bench, "many 7"), "what a tombstone says to be gone is found still")


def pictures(bench: Bench) -> None:
    """A good one is shown by the instance itself, without what stood beside the picture; others are not."""
    _need_finder(bench)
    good = _png(_SECRET)
    shown = _entry(bench, "pictured", photos=[_hang(bench, "good.png", good, good)])
    wrong = {
        "another than was announced": _hang(bench, "other.png", _png(b"another"), b"what was announced"),
        "a drawing with a script": _hang(bench, "drawing.webp", svg := b"<svg onload='alert(1)'/>", svg),
    }
    _publish(
        bench,
        shown,
        *(_entry(bench, f"pictured {number}", photos=[one]) for number, one in enumerate(wrong.values())),
    )
    address = _until_pictured(bench, "pictured")
    require(urlsplit(address).netloc == urlsplit(bench.url).netloc, "residents are sent to us for a picture")
    remade = wire.send("GET", address)
    require(remade.status == OK, f"a picture that is shown answers {remade}")
    require(_SECRET not in remade.body, "a picture is handed on with what was hidden in it")
    for number, what in enumerate(wrong):
        photos = [photo for one in _found(bench, f"pictured {number}") for photo in one.get("photos", [])]
        require(not photos, f"a picture is shown that is {what}")


def erased(bench: Bench) -> None:
    _need_finder(bench)
    photo = _png(b"of somebody")
    _publish(bench, entry := _entry(bench, "somebody", photos=[_hang(bench, "somebody.png", photo, photo)]))
    _until_found(bench, "somebody")
    address = ""
    with suppress(NotJudged):
        address = _until_pictured(bench, "somebody")
    _publish(bench, _tombstone(entry, "erased"))
    bench.until(lambda: not _found(bench, "somebody"), "what was erased is found still")
    for _ in range(24):
        if not address or wire.send("GET", address).status != OK:
            return
        bench.turn_clock(_HOUR)
    raise Broken("a day after the erasure its picture is served still")


def silence(bench: Bench) -> None:
    _need_finder(bench)
    _need_clock(bench)
    _publish(bench, _entry(bench, "silent"))
    _until_found(bench, "silent")
    bench.origin.spoil = lambda _page: (503, {}, b"")
    bench.turn_clock(2 * _DAY + _HOUR)
    bench.until(
        lambda: [one for one in _found(bench, "silent") if not one["fresh"]],
        "copies of a partner that has been silent for two days are shown without a note",
    )
    bench.turn_clock(6 * _DAY)
    bench.until(lambda: not _found(bench, "silent"), "copies of a partner silent for a week are found still")
    begun = len(bench.origin.readings())
    bench.turn_clock(24 * _DAY)
    still = "after a month it goes on where it was, with copies it must not have, and does not begin anew"
    read_until(bench, lambda: from_the_start(bench, begun), still)
    bench.origin.spoil = None
    _until_found(bench, "silent", pause=_HOUR)  # who was silent for long is asked rarely


def moved(bench: Bench) -> None:
    """To another path: the documents lie at both, and the old place is dead for everything else."""
    need_reader(bench)
    partner = bench.partner
    partner.base = f"{partner.base.removesuffix('/dfp/v1')}/moved/dfp/v1"
    partner.documents.append(partner.document())
    begun = len(bench.origin.readings())
    _tell_keys(bench, partner)
    read_until(
        bench,
        lambda: any("/moved/" in seen.path for seen in bench.origin.readings()[begun:]),
        "a new address in good key documents is not followed",
    )


def inward(bench: Bench) -> None:
    """A partner's new address is this very machine: whoever follows it lets partners into its own house."""
    second = bench.need_second()
    if urlsplit(bench.url).hostname not in _LOOPBACK:
        raise NotJudged("the judge would have to live on the same machine")
    home = second.base
    with _trap() as (port, called):
        for name in _SPELT:
            second.base = f"http://{name}:{port}/dfp/v1"
            second.documents.append(second.document())
            _tell_keys(bench, second)
            if bench.offers("L2"):
                bench.turn_clock(_HOUR) if _has_clock(bench) else None
                bench.ask("POST", "/notify", {"kind": "listing"}, who=second)
            require(not called(), f"it calls {name}, which is not public, because a partner says so")
        require(not called(), "it calls this machine because a partner says so")
    second.base = home
    second.documents.append(second.document())
    _tell_keys(bench, second)


def exchanged(bench: Bench) -> None:
    """The judge is one of the two: it shares no line with anybody."""
    _need_finder(bench)
    _publish(bench, _entry(bench, "exchanged"))
    _until_found(bench, "exchanged")
    entries, last = bench.walk()
    active = {entry["id"]: entry["rev"] for entry in entries if entry["state"] == "active"}
    require(
        (len(active), wire.digest_of(active.items())) == (last["count"], last["digest"]),
        "we hold another set",
    )


@contextmanager
def _trap() -> Iterator[tuple[int, Callable[[], bool]]]:
    """A port of this machine that nobody may call, and whether somebody did."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def called() -> bool:
            server.settimeout(_MOMENT)
            try:
                server.accept()[0].close()
            except TimeoutError:
                return False
            return True

        yield server.getsockname()[1], called


def _tell_keys(bench: Bench, who: Stranger) -> None:
    if bench.offers("L2"):
        bench.ask("POST", "/notify", {"kind": "keys", "urgent": True, "docs": who.documents}, who=who)
    else:
        _need_clock(bench)
        bench.turn_clock(25 * _HOUR)


def _need_finder(bench: Bench) -> None:
    need_reader(bench)
    if "find" not in bench.hands().can:
        raise NotJudged("its test control cannot find")


def _has_clock(bench: Bench) -> bool:
    return bench.control is not None and "clock" in bench.control.can


def _need_clock(bench: Bench) -> None:
    if not _has_clock(bench):
        raise NotJudged("its test control cannot turn the clock")


def _entry(bench: Bench, title: str, **data: Any) -> dict[str, Any]:
    return entry_of(bench, next(_numbers), title=_titled(bench, title), **data)


def _titled(bench: Bench, title: str) -> str:
    return f"Ladder {bench.mark} {title.replace(' ', '')}"


def _tombstone(entry: dict[str, Any], reason: str) -> dict[str, Any]:
    head = {name: entry[name] for name in ("id", "at")}
    return head | {"seq": next(_numbers), "rev": entry["rev"] + 1, "state": "deleted", "reason": reason}


def _publish(bench: Bench, *entries: dict[str, Any]) -> None:
    """The newest of each id stays, at the end."""
    news = {entry["id"]: entry | {"seq": next(_numbers)} for entry in entries}
    bench.origin.entries = [one for one in bench.origin.entries if one["id"] not in news] + list(
        news.values()
    )


def _found(bench: Bench, title: str) -> list[dict[str, Any]]:
    """What a resident finds of ours who searches for this."""
    wanted = _titled(bench, title)
    return [one for one in bench.hands().do("find", text=wanted)["found"] if one["title"] == wanted]


def _read(bench: Bench) -> None:
    require(next_reading(bench) is not None, "it reads us no more")


def _until_found(bench: Bench, title: str, *, pause: int = 0) -> None:
    missing = f"a good entry of ours ({title}) is not found there"
    read_until(bench, lambda: _found(bench, title), missing, pause=pause)


def _until_pictured(bench: Bench, title: str) -> str:
    """Where the picture of a listing is shown; NotJudged where none is within a day."""
    for _ in range(24):
        photos = [photo for one in _found(bench, title) for photo in one.get("photos", [])]
        if photos:
            return str(photos[0])
        _need_clock(bench)
        bench.turn_clock(_HOUR)
        next_reading(bench)
    raise NotJudged("it shows no pictures of partners")


def _reads_anew(
    bench: Bench, spoil: Callable[[dict[str, Any]], Any], otherwise: str, *, pause: int = 0
) -> None:
    begun = len(bench.origin.readings())
    bench.origin.spoil = spoil
    read_until(bench, lambda: from_the_start(bench, begun), otherwise, pause=pause)
    bench.origin.spoil = None
    _read(bench)


def _hang(bench: Bench, name: str, content: bytes, announced: bytes) -> dict[str, Any]:
    """A picture of ours, and how it is told."""
    address = f"{bench.partner.base.removesuffix('/dfp/v1')}/media/{bench.mark}-{name}"
    bench.origin.media[urlsplit(address).path] = content
    return {"url": address, "sha256": wire.sha256(announced), "alt": name}


def _png(comment: bytes) -> bytes:
    """A small grey picture that carries a note beside it."""
    rows = b"".join(b"\x00" + bytes(range(64)) for _ in range(64))
    header = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"tEXt", b"Comment\0" + comment),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


RULES: Final = (
    Rule("T-52", "Another implementation, this judge, exchanges with it both ways", exchanged),
    Rule("T-18", "Repeated, old and mixed-up pages undo nothing", old_and_doubled),
    Rule("T-22", "A page that unpacks to too much, or is too large, is not taken, and does no harm", bombs),
    Rule("T-25", "A difference of digests is found and healed", other_digest),
    Rule("T-26", "An origin that fell back without saying so is read anew", fallen_head),
    Rule("T-27", "A walk that would delete much waits for a person; tombstones do not", brake),
    Rule("T-30", "Pictures are checked and made anew, and shown by the instance itself", pictures),
    Rule("T-29", "What is erased is gone within a day, its pictures too", erased),
)
MOVING: Final = (
    Rule("T-31", "Addresses that are not public are not called, however they are spelt", inward),
    Rule("T-37", "A partner that moves is followed", moved),
)
LATER: Final = (Rule("T-28", "Copies of a silent partner are marked, hidden, deleted", silence),)

"""W6 to W8: what it costs to keep one catalogue in two regions."""

import gzip
import http.client
import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from sqlmodel import col, func, select

from app.federation import client, signatures
from app.federation.service import consuming, identity, pairing, publishing
from app.federation.service.identity import Identity
from app.federation.tables import Partner
from app.kernel.actor import SYSTEM
from app.kernel.clock import SystemClock
from app.listings.tables import Listing
from app.wiring import Instance
from tests.benchmarks import town
from tests.benchmarks.measuring import Series, Stretch, measured, side_by_side
from tests.benchmarks.servers import House, bare
from tests.benchmarks.setting import Line, Setting
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.serving import free_port

PAGE = 1_000
POLLS = 200
NEWS, APART_SECONDS = 8, 11
"""How often something changes, and how far apart: a partner hears of news at most every ten seconds."""
PARTNERS, EVERY_SECONDS = 1_000, 300


class Reader:
    """A partner's program: signs, takes pages packed, keeps its connection, and does nothing with what it reads."""

    def __init__(self, url: str, who: Identity | None) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        self._url, self._who = url, who

    def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        try:
            answer = self._asked(path, headers)
        except http.client.RemoteDisconnected:  # a server waits a few seconds for the next question
            answer = self._asked(path, headers)
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, answer.read(), told

    def _asked(self, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        signed = {}
        if self._who is not None:
            request = signatures.Request("GET", self._url + path, {})
            signed = self._who.sign(request, now=SystemClock().now())
        self._connection.request("GET", path, headers={"accept-encoding": "gzip"} | headers | signed)
        return self._connection.getresponse()

    def pages(self, after: str = "", limit: int = PAGE) -> Iterator[tuple[str, bytes]]:
        """The feed from a cursor to its end: each page with the path it was asked by."""
        while True:
            path = (
                f"/dfp/v1/feeds/listing?{urlencode({'limit': limit} | ({'after': after} if after else {}))}"
            )
            status, body, _ = self.get(path)
            assert status == 200, body
            yield path, body
            page = json.loads(unpacked(body))
            after = page["cursor"]
            if not page["more"]:
                return


def unpacked(body: bytes) -> bytes:
    """A body as it was before it was packed, if it was."""
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


@contextmanager
def two_regions(setting: Setting, *, jobs: str = "worker") -> Iterator[tuple[House, House, int]]:
    """Leipzig, full and serving, and Halle, paired and empty."""
    ports = free_port(), free_port()
    with full_region(setting, ports, jobs=jobs) as (leipzig, pid):
        yield leipzig, empty_region(setting, "halle", leipzig, port=ports[1]), pid


def empty_region(setting: Setting, name: str, partner: House, *, port: int = 0) -> House:
    """A region that is paired with the other one, and has read nothing yet."""
    made = House(name, setting.folder / name, setting.new_database(), partners=(partner.port,), port=port)
    with partner.opened() as instance, instance.transactions.writing(SYSTEM) as work:
        invite = pairing.invite(work).invite
    with made.opened() as instance:
        pairing.accept(instance.transactions, instance.http, invite)
    return made


@contextmanager
def full_region(setting: Setting, ports: tuple[int, int], *, jobs: str) -> Iterator[tuple[House, int]]:
    """Leipzig, with all of its listings published, and serving."""
    leipzig = House(
        "Leipzig", setting.folder / "leipzig", setting.new_database(), partners=ports[1:], port=ports[0]
    )
    with leipzig.opened() as instance:
        setting.say(f"Making {setting.size:_} listings")
        with measured() as made:
            town.fill(instance, setting.size, setting.seed)
            town.index(instance)
            with instance.transactions.writing(SYSTEM) as work:
                publishing.mark_everything(work)
        setting.say(f"  {made.wall:.0f} s. Publishing them")
        with measured() as published:
            publishing.publish(instance.transactions)
        setting.say(f"  {setting.size / published.wall:,.0f} listings/s")
    with leipzig.serving(jobs=jobs) as pid:
        yield leipzig, pid


def w6(setting: Setting) -> list[Line]:
    """Harvest of the whole feed, against a bare ASGI answer of the same bytes."""
    with two_regions(setting) as (leipzig, halle, pid), halle.opened() as instance, ExitStack() as stack:
        with instance.transactions.reading(SYSTEM) as reading:
            us = identity.own(reading)
        pages = dict(Reader(leipzig.url, us).pages())
        url, bare_pid = stack.enter_context(bare(pages, setting.folder))

        def harvest(of: str, who: Identity | None, server: int) -> Callable[[], Stretch]:
            def run() -> Stretch:
                reader = Reader(of, who)
                with measured(server) as stretch:
                    for path in pages:
                        reader.get(path)
                return stretch

            return run

        told = side_by_side(
            {"ours": harvest(leipzig.url, us, pid), "bare": harvest(url, None, bare_pid)}, setting.rounds
        )
    size, ours, ceiling = sum(map(len, pages.values())), told["ours"], told["bare"]
    return [
        Line(
            "W6 harvest",
            setting.size,
            f"{setting.size / ours.wall:,.0f} listings/s, {size / ours.wall / 1e6:.0f} MB/s",
            f"bare ASGI {setting.size / ceiling.wall:,.0f}/s; {ours.wall / ceiling.wall:.1f} × its time, "
            f"{ours.processor / max(ceiling.processor, 0.01):.1f} × its processor",
            str(ours),
        )
    ]


def w7(setting: Setting) -> list[Line]:
    """First sync until a visitor finds everything, against parsing, writing and indexing the same pages alone."""
    told = {"ours": Series(), "alone": Series()}
    with two_regions(setting) as (leipzig, halle, _pid):
        with halle.opened() as instance, instance.transactions.reading(SYSTEM) as reading:
            us = identity.own(reading)
        pages = [unpacked(body) for _, body in Reader(leipzig.url, us).pages(limit=client.PULLED_AT_ONCE)]
        for number in range(setting.rounds):
            setting.say(f"Syncing, {number + 1} of {setting.rounds}")
            reader = empty_region(setting, f"reader-{number}", leipzig)
            told["ours"].rounds.append(_synced(reader, setting.size))
            with measured() as alone:
                _parse_write_index(pages, setting.folder / f"alone-{number}.db")
            told["alone"].rounds.append(alone)
    ours, alone_ones = told["ours"], told["alone"]
    return [
        Line(
            "W7 first sync",
            setting.size,
            f"{setting.size / ours.wall:,.0f} listings/s ({ours.wall:.0f} s)",
            f"parse + upsert + text index on SQLite alone {setting.size / alone_ones.wall:,.0f}/s; "
            f"{ours.wall / alone_ones.wall:.1f} × its time, "
            f"{ours.processor / alone_ones.processor:.1f} × its processor",
            str(ours),
        )
    ]


def _synced(reader: House, size: int) -> Stretch:
    """Read everything that the partner has. One pull takes a few seconds at most, so that others are heard, too."""
    with reader.opened() as instance:
        partner_id = _partner(instance)
        with measured() as stretch:
            while _mirrored(instance) < size:
                consuming.pull(instance.transactions, instance.http, partner_id)
    return stretch


def _parse_write_index(pages: list[bytes], file: Path) -> None:
    """What nobody can spare who wants to find the listings of these pages: the ceiling of W7."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE listing(id TEXT PRIMARY KEY, title TEXT, body TEXT) WITHOUT ROWID;"
            "CREATE VIRTUAL TABLE words USING fts5(id UNINDEXED, title, description)"
        )
        for page in pages:
            items = [one for one in json.loads(page)["items"] if one["state"] == "active"]
            with database:
                database.executemany(
                    "INSERT INTO listing VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title",
                    [(one["id"], one["data"]["title"], json.dumps(one["data"])) for one in items],
                )
                database.executemany(
                    "INSERT INTO words VALUES (?, ?, ?)",
                    [(one["id"], one["data"]["title"], one["data"]["description"]) for one in items],
                )


def w8(setting: Setting) -> list[Line]:
    """A poll without news, a poll with one per cent of news, and how long news takes to be found elsewhere."""
    with two_regions(setting) as (leipzig, halle, pid), halle.opened() as instance:
        with instance.transactions.reading(SYSTEM) as reading:
            us = identity.own(reading)
        reader = Reader(leipzig.url, us)
        *_, (_, last) = reader.pages()
        cursor = json.loads(unpacked(last))["cursor"]
        path = f"/dfp/v1/feeds/listing?{urlencode({'limit': PAGE, 'after': cursor})}"
        _, body, headers = reader.get(path)
        tag = {"if-none-match": headers["etag"]}
        waits = []
        with measured(pid) as idle:
            for _ in range(POLLS):
                began = time.perf_counter()
                status, unchanged, _ = reader.get(path, **tag)
                waits.append(time.perf_counter() - began)
        share = idle.processor / POLLS * PARTNERS / EVERY_SECONDS
        with leipzig.opened() as origin:
            _rename(origin, setting.size // 100)
        with measured(pid) as news:
            count = sum(len(json.loads(unpacked(body))["items"]) for _, body in reader.pages(cursor))
    lines = [
        Line(
            "W8 unchanged poll",
            setting.size,
            f"{statistics.median(waits) * 1e3:.1f} ms, status {status}, {len(unchanged)} bytes "
            f"(without a tag {len(body)})",
            f"{PARTNERS} partners every {EVERY_SECONDS} s: {share:.1%} of a core",
        ),
        Line("W8 one per cent changed", setting.size, f"{news.wall * 1e3:.0f} ms for {count} entries"),
    ]
    return [*lines, _news(setting)]


def _news(setting: Setting) -> Line:
    small = Setting(1, 1, setting.seed, setting.folder / "news", setting.new_database, lambda _: None)
    with two_regions(small, jobs="embedded") as (leipzig, halle, _), halle.serving(jobs="embedded"):
        with leipzig.opened() as instance:
            owner = signed_in_person(instance, "Bea")
            listing = offer(instance, owner, title="Trommel Null", federation="bookable")
        waits = []
        with httpx.Client(timeout=20) as caller:
            for number in range(NEWS):
                title, word = f"Trommel {number} neu{number}", f"neu{number}"
                seen = caller.get(f"{leipzig.url}/api/v1/listings/{listing.id}").json()["version"]
                began = time.perf_counter()
                caller.patch(
                    f"{leipzig.url}/api/v1/listings/{listing.id}",
                    json={"title": title},
                    headers=owner.headers | {"if-match": f'W/"{seen}"'},
                ).raise_for_status()
                while not caller.get(f"{halle.url}/api/v1/listings", params={"q": word}).json()["items"]:
                    if time.perf_counter() - began > 60:
                        raise SystemExit("News never arrived.")
                    time.sleep(0.02)
                waits.append(time.perf_counter() - began)
                time.sleep(APART_SECONDS)
    waits.sort()
    return Line(
        "W8 news found at a partner",
        1,
        f"p50 {statistics.median(waits):.1f} s, slowest {waits[-1]:.1f} s of {NEWS}",
    )


def _rename(instance: Instance, count: int) -> None:
    with instance.transactions.writing(SYSTEM) as work:
        for row in work.session.exec(select(Listing).limit(count)).all():
            row.title += " (geprüft)"
            work.session.add(row)
            publishing.mark_dirty(work, publishing.LISTINGS, row.id)
    publishing.publish(instance.transactions)


def _mirrored(instance: Instance) -> int:
    with instance.transactions.reading(SYSTEM) as reading:
        query = select(func.count()).select_from(Listing).where(col(Listing.origin_id).is_not(None))
        return reading.session.exec(query).one()


def _partner(instance: Instance) -> Any:
    with instance.transactions.reading(SYSTEM) as reading:
        return reading.session.exec(select(Partner.id)).one()


WORKLOADS = {"W6": w6, "W7": w7, "W8": w8}

"""A partner on a real socket that lies, floods, drips and never ends; and a reader that is killed (T-16, T-17, T-21, T-22)."""

import gzip
import json
import multiprocessing
import os
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from app.federation.protocol.v1 import Kind
from app.federation.schemas import ExchangeAlarm, PartnerExchangeRead
from app.federation.service import consuming, mirroring, partners
from app.federation.tables import MirrorEntry, PartnerFeed
from app.kernel.actor import SYSTEM
from app.listings.tables import Listing
from app.outbound.http import Limits
from app.wiring import Instance
from tests.factories.imposters import entry
from tests.factories.origins import Origin, read_for_ever, send, serving_origin

MIB = 1024 * 1024
SMALL = json.dumps({"x": "y" * 1000}).encode()


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving_origin() as served:
        yield served


def entries(origin: Origin, number: int) -> list[dict[str, Any]]:
    url = f"{origin.base.removesuffix('/dfp/v1')}/listings/1"
    return [entry(seq, url=url) for seq in range(1, number + 1)]


def exchange(instance: Instance, partner_id: UUID) -> PartnerExchangeRead:
    with instance.transactions.reading(SYSTEM) as reading:
        return next(e for e in partners.get(reading, partner_id).exchanges if e.kind == Kind.LISTING)


def headers_of(asked: BaseHTTPRequestHandler, **headers: str) -> None:
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    for name, value in headers.items():
        asked.send_header(name.replace("_", "-"), value)
    asked.end_headers()


def bomb(asked: BaseHTTPRequestHandler) -> None:
    send(asked, gzip.compress(b" " * (20 * MIB)), Content_Encoding="gzip")


def flood(asked: BaseHTTPRequestHandler) -> None:
    headers_of(asked, Content_Length=str(1024 * MIB))
    while True:
        asked.wfile.write(b'{"a":"' * 10_000)


def drip(asked: BaseHTTPRequestHandler) -> None:
    headers_of(asked)
    while True:
        asked.wfile.write(b" ")
        time.sleep(0.05)


def headers_for_ever(asked: BaseHTTPRequestHandler) -> None:
    asked.send_response(200)
    while True:
        asked.send_header("X-More", "y" * 500)
        asked.flush_headers()


def many_small_things(asked: BaseHTTPRequestHandler) -> None:
    send(asked, gzip.compress(b"[" + b"{}," * (2 * MIB) + b"{}]", 1), Content_Encoding="gzip")


def nested(asked: BaseHTTPRequestHandler) -> None:
    send(asked, b"[" * 1_000_000)


def a_web_page(asked: BaseHTTPRequestHandler) -> None:
    send(asked, b"<html>", Content_Type="text/html")


HOSTILITIES: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "a compressed bomb": bomb,
    "a gigabyte": flood,
    "a byte now and then": drip,
    "headers without end": headers_for_ever,
    "two million small things": many_small_things,
    "a million brackets": nested,
    "a web page": a_web_page,
}


def test_hostile_answers_cost_little_memory_and_time_and_change_nothing(
    instance: Instance, origin: Origin
) -> None:
    partner_id = origin.befriend(instance)
    origin.items = entries(origin, 3)
    http = replace(origin.http, limits=Limits(first_byte_seconds=1, grace_seconds=0.3))
    consuming.pull(instance.transactions, http, partner_id)
    assert exchange(instance, partner_id).entries == 3

    for number, (name, hostility) in enumerate(HOSTILITIES.items(), start=1):

        def instead(asked: BaseHTTPRequestHandler, do: Any = hostility) -> None:
            with suppress(OSError):
                do(asked)

        origin.instead = instead
        begun = time.monotonic()
        tracemalloc.start()
        consuming.pull(instance.transactions, http, partner_id)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        told = exchange(instance, partner_id)
        assert (name, told.failures, told.entries) == (name, number, 3)
        assert (name, peak < 64 * MIB) == (name, True)
        assert (name, time.monotonic() - begun < 20) == (name, True)
    assert origin.asked == len(HOSTILITIES)

    origin.instead, origin.items = None, entries(origin, 4)
    consuming.pull(instance.transactions, http, partner_id)
    assert (exchange(instance, partner_id).entries, exchange(instance, partner_id).failures) == (4, 0)


def test_what_was_read_and_how_far_are_one_thing(
    instance: Instance, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner_id = origin.befriend(instance)
    origin.items = entries(origin, 5)

    def die(*_: object) -> None:
        raise RuntimeError("power cut")

    for moment in ("heard", "stand_at"):
        with monkeypatch.context() as patched:
            patched.setattr(mirroring, moment, die)
            with pytest.raises(RuntimeError, match="power cut"):
                consuming.pull(instance.transactions, origin.http, partner_id)
        assert held(instance, partner_id) == ("", 0, 0, 0)

    consuming.pull(instance.transactions, origin.http, partner_id)
    assert held(instance, partner_id) == ("e1.0.5", 5, 5, 5)


def held(instance: Instance, partner_id: UUID) -> tuple[str, int, int, int]:
    """The cursor, the last number, how many entries are known, and how many listings there are."""
    with instance.database.reading() as session:
        feed = session.get_one(PartnerFeed, (partner_id, Kind.LISTING))
        known = select(func.count()).select_from(MirrorEntry).where(MirrorEntry.partner_id == partner_id)
        there = select(func.count()).select_from(Listing).where(col(Listing.origin_id) == partner_id)
        return feed.cursor, feed.last_seq, session.exec(known).one(), session.exec(there).one()


def kill_a_reader(instance: Instance, partner_id: UUID, *, allow: str, after: float) -> None:
    """Let another process read for a while, and end it without notice."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.factories.origins"])
    reads = processes.Event()
    settings = instance.settings.model_copy(update={"outbound_allow": [allow]})
    reader = processes.Process(
        target=read_for_ever, args=[settings.model_dump_json(), str(partner_id), reads]
    )
    reader.start()
    assert reads.wait(30)
    time.sleep(after)
    reader.kill()
    reader.join()


def check_kills(instance: Instance, origin: Origin, *, kills: int, number: int) -> None:
    chance = random.Random(int(os.environ.get("PROOF_SEED", "7")))
    partner_id = origin.befriend(instance)
    origin.items, origin.page_size = entries(origin, number), 20
    for _ in range(kills):
        kill_a_reader(instance, partner_id, allow=f"127.0.0.1:{origin.port}", after=chance.uniform(0.0, 0.25))
        cursor, last, known, there = held(instance, partner_id)
        assert last == known == there, "a part of a page was kept"
        assert cursor in ("", f"e1.0.{last}")

    instance.transactions.clock.turn(timedelta(minutes=10))  # type: ignore[attr-defined] # a TurnableClock
    read_while_it_leads_on(instance, origin, partner_id)
    assert held(instance, partner_id) == (f"e1.0.{number}", number, number, number)


def test_a_reader_that_is_killed_goes_on_where_it_was(instance: Instance, origin: Origin) -> None:
    check_kills(instance, origin, kills=3, number=100)


@pytest.mark.long
def test_a_reader_that_is_killed_twenty_times_goes_on_where_it_was(
    instance: Instance, origin: Origin
) -> None:
    check_kills(instance, origin, kills=20, number=5_000)


@pytest.mark.parametrize(
    ("offered", "most"), [(1_200, 1_000), pytest.param(300_000, 200_000, marks=pytest.mark.long)]
)
def test_a_partner_with_too_many_entries_is_stopped_at_the_quota_and_the_others_are_read(
    instance: Instance, origin: Origin, monkeypatch: pytest.MonkeyPatch, offered: int, most: int
) -> None:
    bounded = instance.settings.model_copy(update={"partner_entries": most})
    monkeypatch.setattr(instance.transactions, "settings", bounded)
    origin.instead = endless(origin, offered)
    partner_id = origin.befriend(instance)
    with serving_origin() as small:
        other_id = small.befriend(instance)
        small.items = entries(small, 3)
        read_while_it_leads_on(instance, origin, partner_id)
        consuming.pull(instance.transactions, small.http, other_id)

        assert exchange(instance, other_id).entries == 3
    told = exchange(instance, partner_id)
    assert (told.entries, told.alarms) == (most, [ExchangeAlarm.OVER_QUOTA])
    assert f"more than {most} entries" in (told.last_error or "")


def endless(origin: Origin, number: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """A feed of so many entries, none of which is made before it is asked for."""
    url = f"{origin.base.removesuffix('/dfp/v1')}/listings/1"

    def page(asked: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(asked.path).query)
        after = query.get("after", [""])[0]
        first = int(after.rpartition(".")[2] or 0) + 1
        last = min(number, first - 1 + int(query["limit"][0]))
        items = [entry(seq, url=url) for seq in range(first, last + 1)]
        send(asked, origin.page("listing", after) | {
            "items": items, "cursor": f"e1.0.{last}", "more": last < number, "head": number,
        })  # fmt: skip

    return page


def read_while_it_leads_on(instance: Instance, origin: Origin, partner_id: UUID) -> None:
    """Read until nothing more is taken."""
    held_before = -1
    while exchange(instance, partner_id).entries > held_before:
        held_before = exchange(instance, partner_id).entries
        consuming.pull(instance.transactions, origin.http, partner_id)

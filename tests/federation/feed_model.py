"""A feed and its reader at random: edits, deletions, purges and restores on one side, lost, stale, strange and repeated
answers and crashes on the other. Whatever happened, when it is quiet again both hold the same.

The origin numbers, judges cursors and counts with `app.federation.cursor`, the reader judges with `app.federation.reading`: the
very functions the services call. `run` takes them as they are, so a test may take one rule away and see that it is missed.
"""

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from sqlmodel import col, select

from app.federation import cursor, reading, repository
from app.federation.cursor import FeedPosition
from app.federation.problems import ResyncRequired
from app.federation.protocol.v1 import Kind
from app.federation.reading import PartnerErred, ReadingMode, Stand, Verdict
from app.federation.service import consuming, mirroring
from app.federation.tables import Partner
from app.kernel.actor import SYSTEM
from app.listings.tables import Listing
from app.outbound.http import Answer, Unreachable
from app.wiring import Instance
from tests.factories.imposters import LISTING

INSTANCE = "56475aa75463474c0285df5dbf2bcab73da65135"
IDS = tuple("abcdefg")
AT = "2026-11-22T10:00:00Z"
POISON = 7
"""Every seventh text is one that no reader takes."""


@dataclass
class Item:
    """One entry of the feed, as last published."""

    seq: int
    rev: int
    text: int | None


@dataclass
class Origin:
    """Publishes. `clock` is the machine's and survives a restore; everything else is in the backup."""

    instance: str = INSTANCE
    lenient: bool = False
    """Does not notice a cursor from the future, as an implementation of others might not."""
    epoch: str = "e0"
    head: int = 0
    floor: int = 0
    items: dict[str, Item] = field(default_factory=dict)
    clock: int = 1_000
    epochs: int = 0

    def write(self, item_id: str, text: int | None) -> None:
        """Edit or create; without a text, delete."""
        old = self.items.get(item_id)
        if text is None and (old is None or old.text is None):
            return
        self.clock += 1
        self.head += 1
        self.items[item_id] = Item(
            self.head, cursor.next_revision(old.rev if old else None, self.clock), text
        )

    def purge(self) -> None:
        gone = {key: item for key, item in self.items.items() if item.text is None}
        self.floor = max([self.floor, *(item.seq for item in gone.values())])
        self.items = {key: item for key, item in self.items.items() if key not in gone}

    def backup(self) -> tuple[int, int, str, dict[str, Item]]:
        return self.head, self.floor, self.epoch, copy.deepcopy(self.items)

    def restore(self, backup: tuple[int, int, str, dict[str, Item]], *, rotate: bool) -> None:
        self.head, self.floor, self.epoch, self.items = copy.deepcopy(backup)
        if rotate:
            self.epochs += 1
            self.epoch = f"e{self.epochs}"

    def active(self) -> dict[str, int]:
        return {key: item.rev for key, item in self.items.items() if item.text is not None}

    def serve(self, after: str, limit: int) -> bytes:
        """One page. Raises ResyncRequired."""
        position = FeedPosition(self.epoch, self.floor, self.head)
        known = cursor.parse(after) if after else None
        if self.lenient and known and known.seq > self.head and known.epoch == self.epoch:
            begun = known
        else:
            begun = cursor.continue_from(after or None, position)
        rest = sorted((item.seq, key, item) for key, item in self.items.items() if item.seq > begun.seq)
        shown = rest[:limit]
        more = len(rest) > len(shown)
        last = shown[-1][0] if more else max(self.head, begun.seq if self.lenient else 0)
        active = self.active()
        return json.dumps(
            {
                "dfp": "1.0",
                "instance": self.instance,
                "kind": "listing",
                "epoch": self.epoch,
                "after": after,
                "items": [_entry(seq, key, item) for seq, key, item in shown],
                "cursor": str(cursor.Cursor(self.epoch, begun.floor0, last)),
                "more": more,
                "head": self.head,
                **({} if more else {"count": len(active), "digest": cursor.digest_of(active.items())}),
            }
        ).encode()


def _entry(seq: int, key: str, item: Item) -> dict[str, Any]:
    head = {"seq": seq, "id": key, "rev": item.rev, "at": AT}
    if item.text is None:
        return head | {"state": "deleted", "reason": "withdrawn"}
    return head | {"state": "active", "data": {"title": item.text}}


@dataclass
class Row:
    """What the reader holds of one entry."""

    revision: int
    walk: int
    fingerprint: str | None
    active: bool
    text: int | None


class Crash(Exception):
    """The process dies; what was not committed is gone."""


class Reader(Protocol):
    """Whoever reads the feed: the rules alone, or the services with a database."""

    def poll(self, ask: Callable[[str], bytes], *, crash: bool) -> None: ...

    def forget(self) -> None: ...

    def holds(self) -> tuple[dict[str, int], dict[str, int]]: ...


@dataclass
class RulesReader:
    """The rules without a database: one assignment is a commit."""

    digest: bool = True
    cursor_first: bool = False
    """The fault of storing the cursor before what was read."""
    stand: Stand = field(default_factory=lambda: Stand(INSTANCE, Kind.LISTING))
    rows: dict[str, Row] = field(default_factory=dict)

    def poll(self, ask: Callable[[str], bytes], *, crash: bool) -> None:
        for _ in range(12):
            try:
                if not self._page(ask(self.stand.cursor), crash=crash):
                    return
            except ResyncRequired:
                self.stand = reading.walk_anew(self.stand)
            except PartnerErred:
                return

    def _page(self, raw: bytes, *, crash: bool) -> bool:
        page = reading.read_page(raw, self.stand)
        verdict = reading.judge(page, self.stand)
        if verdict is Verdict.WALK:
            self.stand = reading.walk_anew(self.stand)
            return True
        if verdict is Verdict.DROP:
            self.stand = reading.regressed(self.stand)
            return False
        before, rows = self.stand, self._with(page)
        stand = reading.moved_on(before, page)
        if not page.envelope.more:
            if before.mode is ReadingMode.WALK:
                rows = {key: row for key, row in rows.items() if row.walk == before.walk}
            held = [(key, row.revision) for key, row in rows.items() if row.active]
            told = (page.envelope.count, page.envelope.digest)
            if self.digest and (len(held), cursor.digest_of(held)) != told:
                stand = reading.walk_anew(stand)
        if self.cursor_first:
            self.stand = stand
        if crash:
            raise Crash
        self.stand, self.rows = stand, rows
        return page.envelope.more

    def _with(self, page: reading.Page) -> dict[str, Row]:
        rows, walk = dict(self.rows), self.stand.walk
        for entry in page.entries:
            row = rows.get(entry.id)
            fingerprint = json.dumps([entry.state, entry.data])
            if reading.is_news(entry.rev, fingerprint, row, self.stand):
                text = (entry.data or {}).get("title")
                rows[entry.id] = Row(entry.rev, walk, fingerprint, entry.state == "active", text)
            elif row is not None:
                rows[entry.id] = replace(row, walk=walk)
        return rows

    def forget(self) -> None:
        self.rows, self.stand = {}, reading.walk_anew(self.stand)

    def holds(self) -> tuple[dict[str, int], dict[str, int]]:
        held = {key: row for key, row in self.rows.items() if row.active}
        shown = {key: row.text for key, row in held.items() if row.text and row.text % POISON}
        return {key: row.revision for key, row in held.items()}, shown


@dataclass(frozen=True)
class World:
    """How bad it gets."""

    steps: int = 40
    forgets_epoch: bool = False
    """The operator restores without `fed rotate-epoch`."""
    rests_around_restore: bool = False
    """The reader is up to date when the backup comes back, and asks a few times before anything is written."""
    limit: int = 2


class Network:
    """Loses, keeps and mixes up answers; a cache answers for an address with anything it once saw there."""

    def __init__(self, origin: Origin, chance: random.Random, limit: int) -> None:
        self.origin, self.chance, self.limit = origin, chance, limit
        self.cached: dict[str, list[bytes]] = {}
        self.quiet = False

    def ask(self, after: str) -> bytes:
        raw = self.origin.serve(after, self.limit)
        if self.quiet:
            return raw
        seen = self.cached.setdefault(after, [])
        seen.append(raw)
        fate = self.chance.random()
        if fate < 0.3:
            raise PartnerErred("lost")
        if fate < 0.45:
            return self.chance.choice(seen)
        if fate < 0.5:
            return self.chance.choice(self.chance.choice(list(self.cached.values())))
        return raw


def run(
    seed: int, world: World, reader: Reader, *, lenient: bool = False, instance: str = INSTANCE
) -> str | None:
    """One history; answers what is different in the end, or None."""
    chance = random.Random(seed)
    origin = Origin(instance, lenient=lenient)
    network = Network(origin, chance, world.limit)
    backup = origin.backup()
    for _ in range(world.steps):
        fate = chance.random()
        if fate < 0.35:
            origin.write(chance.choice(IDS), chance.randrange(1, 1_000))
        elif fate < 0.5:
            origin.write(chance.choice(IDS), None)
        elif fate < 0.56:
            origin.purge()
        elif fate < 0.6:
            backup = origin.backup()
        elif fate < 0.64:
            if world.rests_around_restore:
                _rest(reader, network)
            origin.restore(backup, rotate=not world.forgets_epoch)
            if world.rests_around_restore:
                network.cached.clear()  # a cache that outlives the restore is the digest's business
                _rest(reader, network)
        elif fate < 0.65:
            reader.forget()
        else:
            _poll(reader, network, crash=chance.random() < 0.15)
    _rest(reader, network)
    return _difference(origin, reader)


def _rest(reader: Reader, network: Network) -> None:
    """For a while the network is as it should be."""
    network.quiet = True
    for _ in range(6):
        _poll(reader, network, crash=False)
    network.quiet = False


def _poll(reader: Reader, network: Network, *, crash: bool) -> None:
    try:
        reader.poll(network.ask, crash=crash)
    except Crash:
        return


def _difference(origin: Origin, reader: Reader) -> str | None:
    held, shown = reader.holds()
    active = origin.active()
    texts = {key: origin.items[key].text for key in active}
    wanted = {key: text for key, text in texts.items() if text is not None and text % POISON}
    if held != active:
        return f"holds {held}, published {active}"
    return None if shown == wanted else f"shows {shown}, published {wanted}"


class ServiceReader:
    """The services on a real database: `consuming.pull`, asked to read from the model's origin."""

    def __init__(self, instance: Instance, partner_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        self.instance, self.partner_id, self.patches = instance, partner_id, monkeypatch
        self.ask: Callable[[str], bytes] = lambda _after: b""

    def poll(self, ask: Callable[[str], bytes], *, crash: bool) -> None:
        self.ask = ask
        self.instance.transactions.clock.turn(timedelta(minutes=61))  # type: ignore[attr-defined] # TurnableClock
        with self.patches.context() as patched:
            if crash:
                patched.setattr(mirroring, "heard", self._die)
            for _ in range(4):
                consuming.pull(self.instance.transactions, self, self.partner_id)

    def _die(self, *_: object) -> None:
        raise Crash

    def request(self, _method: str, url: str, **_: object) -> Answer:
        """Answers for the partner."""
        if "/feeds/listing" not in url:
            return Answer(503, {}, b"")  # there is only one feed here
        after = parse_qs(urlsplit(url).query).get("after", [""])[0]
        try:
            page = json.loads(self.ask(after))
        except ResyncRequired:
            return Answer(410, {}, json.dumps({"code": ResyncRequired.slug}).encode())
        except PartnerErred:
            raise Unreachable("lost") from None
        for item in page["items"]:
            if "data" in item:
                number = item["data"]["title"]
                item["data"] = LISTING | {"title": f"Leiter {number}" if number % POISON else number}
        return Answer(200, {"content-type": "application/json"}, json.dumps(page).encode())

    def forget(self) -> None:
        with self.instance.transactions.writing(SYSTEM) as work:
            partner = work.session.get_one(Partner, self.partner_id)
            consuming._purge_copies(work, partner, repository.reading_of(work.session, partner.id))

    def holds(self) -> tuple[dict[str, int], dict[str, int]]:
        with self.instance.database.reading() as session:
            held = dict(repository.active_marks(session, self.partner_id, Kind.LISTING))
            rows = session.exec(select(Listing).where(col(Listing.origin_id) == self.partner_id)).all()
            shown = {
                row.origin_listing_id or "": int(row.title.removeprefix("Leiter "))
                for row in rows
                if row.title
            }
            return held, shown

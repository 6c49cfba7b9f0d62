"""T-03, T-04: sixteen write at once, one publishes, one only ever reads on, and nothing stays unseen.

The long form runs for half a minute, and shows beside it that the usual way, a number taken when the change is made,
loses changes in the same crowd: it takes the test to notice.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlmodel import col, select

from app import wiring
from app.federation.protocol.v1 import EntryState
from app.federation.service import publishing
from app.federation.tables import FeedEntry
from app.kernel.problems import TryAgain
from app.listings import service as listings
from app.listings.schemas import ListingEdit
from tests.federation.test_feed import Reader, insist, reader, titles

__all__ = ["reader"]
WRITERS = 16
NAIVE = "naive"

Inside = Callable[..., None]


@contextmanager
def crowd(reader: Reader, ids: list[UUID], longest: float, inside: Inside | None = None) -> Iterator[None]:
    """Sixteen who rename listings for as long as the block lasts, each holding its transaction open for a while."""
    ours, done = reader.regions.leipzig.instance, threading.Event()
    actor = reader.ben.actor_in(ours)
    # A process of its own, as it were: it takes no connection from those who publish and read.
    settings = ours.settings.model_copy(update={"pool_size": WRITERS + 1})
    instance = wiring.open_instance(settings, clock=reader.regions.clock)

    def write(number: int) -> None:
        chance, turn = random.Random(number), 0
        while not done.is_set():
            turn += 1
            listing_id = ids[chance.randrange(len(ids))]
            try:
                with instance.transactions.writing(actor) as work:
                    title = ListingEdit.model_validate({"title": f"Schreiber {number}, {turn}"})
                    listings.edit(work, listing_id, title, seen=None)
                    if inside is not None:
                        inside(work, listing_id)
                    work.session.flush()
                    time.sleep(chance.uniform(0, longest))
            except TryAgain:
                continue

    def keep_publishing() -> None:
        while not done.wait(0.02):
            insist(lambda: publishing.publish(ours.transactions))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    threads.append(threading.Thread(target=keep_publishing))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
        instance.close()


def race(reader: Reader, *, seconds: float, longest: float) -> int:
    """Answers how many entries a reader that only reads on has seen; fails when it missed one."""
    ids = reader.offers(*(f"Stuhl {number}" for number in range(40)))
    instance = reader.regions.leipzig.instance
    seen: dict[str, tuple[int, str]] = {}
    after, last, count = "", 0, 0

    def read_on() -> bool:
        """One page more; answers whether there was another behind it, in a race always."""
        nonlocal after, last, count
        answer = reader.get(after=after, limit=7)
        if answer.status_code == 503:
            return True  # so many write that nobody could be told; who reads asks again
        page = answer.json()
        for item in page["items"]:
            assert item["seq"] > last
            last, count = item["seq"], count + 1
            seen[item["id"]] = (item["rev"], item["data"]["title"])
        after = page["cursor"]
        return bool(page["more"])

    with crowd(reader, ids, longest):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            read_on()
            time.sleep(0.005)
    reader.publish()
    while read_on():
        pass

    everything = list(reader.walk())
    assert seen == {item["id"]: (item["rev"], item["data"]["title"]) for item in everything}
    with instance.transactions.reading(reader.ben.actor_in(instance)) as reading:
        assert titles(everything) == [listings.read(reading, UUID(item["id"])).title for item in everything]
    return count


def test_t04_sixteen_writers_lose_nothing(reader: Reader) -> None:
    assert race(reader, seconds=2, longest=0.05) > 40


@pytest.mark.long
def test_t04_sixteen_writers_lose_nothing_in_half_a_minute(reader: Reader) -> None:
    assert race(reader, seconds=30, longest=0.2) > 60


@pytest.mark.long
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_numbers_taken_when_the_change_is_made_lose_changes_in_the_same_crowd(reader: Reader) -> None:
    """Where one alone may write, on SQLite, nothing can overtake anything, and so there is nothing to lose."""
    ids = reader.offers(*(f"Stuhl {number}" for number in range(40)))
    instance = reader.regions.leipzig.instance
    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        publishing.ensure_feed(work, NAIVE)
        for number, listing_id in enumerate(ids):
            work.session.add(
                FeedEntry(feed=NAIVE, item_id=str(listing_id), seq=number, revision=1, state=EntryState.ACTIVE,
                          at=work.now, fingerprint="")
            )  # fmt: skip

    def number_now(work, listing_id: UUID) -> None:
        entry = work.session.get_one(FeedEntry, (NAIVE, str(listing_id)), with_for_update=True)
        entry.seq, entry.revision = time.time_ns(), entry.revision + 1

    seen: dict[str, int] = {}
    last = -1

    def read_on() -> None:
        nonlocal last
        with instance.database.reading() as session:
            query = select(FeedEntry).where(FeedEntry.feed == NAIVE, FeedEntry.seq > last)
            for entry in session.exec(query.order_by(col(FeedEntry.seq))):
                seen[entry.item_id], last = entry.revision, entry.seq

    with crowd(reader, ids, 0.05, number_now):
        until = time.monotonic() + 8
        while time.monotonic() < until:
            read_on()
            time.sleep(0.005)
    read_on()

    with instance.database.reading() as session:
        rows = session.exec(select(FeedEntry).where(FeedEntry.feed == NAIVE)).all()
    lost = [row.item_id for row in rows if seen.get(row.item_id) != row.revision]
    assert lost, "the crowd was too small to show what it is about"

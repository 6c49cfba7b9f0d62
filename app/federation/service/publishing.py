"""Publishing: what changed becomes the next entries of a feed (federation.md §A.3, §2.5).

A change marks its thing dirty in its own transaction. Numbers are given later, by one publisher at a time that
commits before the next may start: so the order of numbers is the order of commits, and a reader that has seen a
number has seen everything below it. Timestamps or sequences taken in the change's own transaction lose rows.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.federation import cursor, published, repository
from app.federation.protocol import v1
from app.federation.protocol.v1 import EntryState, Gone, Kind
from app.federation.published import Moved, Standing
from app.federation.service import erasing, notifying, rendering
from app.federation.service.rendering import Rendering
from app.federation.tables import Feed
from app.federation.trust import ALLOWS
from app.kernel import clock
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import service as listings

LISTINGS: Final = rendering.LISTINGS
BATCH: Final = 200
"""Things looked at in one transaction, which on SQLite keeps all other writers waiting."""
PURGED_EVERY: Final = timedelta(days=1)
_JOB: Final = "federation.publish"


def requests_of(partner_id: UUID) -> str:
    """The feed in which this partner reads what became of its residents' requests."""
    return f"{Kind.REQUEST.value}:{partner_id}"


def ensure_feed(work: UnitOfWork, name: str) -> None:
    """See to it that a feed exists, empty, in an epoch of its own."""
    if work.session.get(Feed, name) is None:
        work.session.add(Feed(name=name, epoch=_new_epoch()))
        work.session.flush()


def rotate_epochs(work: UnitOfWork) -> int:
    """Have every reader start over: after a restore, numbers may mean other things. Answers in how many feeds."""
    published.number_alone(work.session)
    feeds = published.feeds(work.session)
    for feed in feeds:
        feed.epoch = _new_epoch()
        work.session.add(feed)
    return len(feeds)


def mark_dirty(work: UnitOfWork, feed: str, item_id: UUID) -> None:
    """Something may look different now; part of the change's own transaction."""
    published.mark(work.session, feed, [item_id])
    work.enqueue(_JOB, {}, key=_JOB)


def mark_provider(work: UnitOfWork, provider_id: UUID) -> None:
    """All that a party shares may look different now: it has another name, or is recognised."""
    for listing_id in listings.shared_ids(work, provider_id=provider_id):
        mark_dirty(work, LISTINGS, listing_id)


def mark_everything(work: UnitOfWork) -> int:
    """Look at all that is shared, or said to be, and publish anew where it changed; answers at how many things.

    What a change forgot to mark is found so, and a new version's other way of telling reaches partners.
    """
    said = {UUID(item_id) for item_id in published.active_ids(work.session, LISTINGS)}
    everything = sorted(said | set(listings.shared_ids(work)))
    published.mark(work.session, LISTINGS, everything)
    work.enqueue(_JOB, {}, key=_JOB)
    return len(everything)


def publish(transactions: Transactions) -> None:
    """Give numbers to all that is dirty, and let partners know."""
    while publish_some(transactions) == BATCH:
        pass


def publish_some(transactions: Transactions) -> int:
    """One batch in one transaction; answers how many marks it took."""
    with transactions.writing(SYSTEM) as work:
        published.number_alone(work.session)  # first: what is looked at later was committed before
        marks = published.take_dirty(work.session, BATCH)
        dirty: dict[str, dict[UUID, None]] = {}
        for feed, item_id in marks:
            dirty.setdefault(feed, {})[item_id] = None
        for feed, ids in sorted(dirty.items()):
            moved = _publish(work, feed, ids)
            if feed == LISTINGS:
                erasing.note_erased(work, moved)
            if moved:
                _let_know(work, feed, urgent=any(entry.reason == Gone.ERASED for entry in moved))
        return len(marks)


def purge(transactions: Transactions) -> None:
    """Forget tombstones that everybody had time to read, once a day at most; who has not read them starts over."""
    with transactions.writing(SYSTEM) as work:
        published.number_alone(work.session)
        before = work.now - timedelta(days=v1.TOMBSTONE_DAYS)
        for feed in published.feeds(work.session):
            if feed.purged_at is not None and work.now - feed.purged_at < PURGED_EVERY:
                continue
            highest = published.purge_tombstones(work.session, feed.name, before=before)
            feed.floor, feed.purged_at = max(feed.floor, highest or 0), work.now
            work.session.add(feed)


def _publish(work: UnitOfWork, name: str, ids: Collection[UUID]) -> list[Moved]:
    """Give the next numbers of a feed to those of its things that look different; answers which these are."""
    feed = published.locked_feed(work.session, name)
    if feed is None:
        return []
    rendered = rendering.render(work, name, ids)
    known = published.standing(work.session, name, [one.item_id for one in rendered])
    news = [(known.get(one.item_id), one) for one in rendered if _is_news(known.get(one.item_id), one)]
    rows = [_row(work, name, seq, was, one) for seq, (was, one) in enumerate(news, feed.head + 1)]
    feed.head += len(rows)
    feed.digest, feed.count = _sum(feed, known, rows)
    work.session.add(feed)
    published.keep_entries(work.session, rows)
    return [Moved(row["item_id"], row["seq"], row["reason"], row["at"]) for row in rows]


def _is_news(entry: Standing | None, now: Rendering) -> bool:
    """Whether a partner would see a difference. An erasure is told even of what had been withdrawn before."""
    if now.body is not None:
        shown = entry is not None and entry.state is EntryState.ACTIVE
        return not (shown and entry is not None and entry.fingerprint == now.fingerprint)
    if entry is None:
        return False
    erased_since = now.gone is Gone.ERASED and entry.reason != Gone.ERASED
    return entry.state is EntryState.ACTIVE or erased_since


def _row(work: UnitOfWork, name: str, seq: int, was: Standing | None, now: Rendering) -> dict[str, Any]:
    """The entry with its next number and revision, at the end of its feed."""
    return {
        "feed": name,
        "item_id": now.item_id,
        "seq": seq,
        # The machine's clock, not a turned one: a revision must be higher than before any restore.
        "revision": cursor.next_revision(was and was.revision, clock.unix_milliseconds()),
        "state": EntryState.DELETED if now.body is None else EntryState.ACTIVE,
        "reason": now.gone.value if now.body is None else None,
        "at": work.now,
        "fingerprint": now.fingerprint,
        "body": now.body,
        "category": now.category,
        "lat": now.lat,
        "lon": now.lon,
        "listed_at": now.listed_at,
    }


def _sum(feed: Feed, known: Mapping[str, Standing], rows: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """The digest and number of what a feed says is there, once these rows have taken the places of what was known."""
    replaced = [(row["item_id"], known[row["item_id"]]) for row in rows if row["item_id"] in known]
    gone = [(item_id, was.revision) for item_id, was in replaced if was.state is EntryState.ACTIVE]
    come = [(row["item_id"], row["revision"]) for row in rows if row["state"] is EntryState.ACTIVE]
    marks = [cursor.mark(item_id, revision) for item_id, revision in (*gone, *come)]
    return cursor.toggled(feed.digest, *marks), feed.count - len(gone) + len(come)


def _let_know(work: UnitOfWork, feed: str, *, urgent: bool) -> None:
    for partner in repository.partners(work.session):
        allows = ALLOWS[partner.state]
        if feed == LISTINGS and allows.catalogue:
            notifying.announce(work, partner, Kind.LISTING, urgent=urgent)
        elif feed == requests_of(partner.id) and allows.running_loans:
            notifying.announce(work, partner, Kind.REQUEST)


def _new_epoch() -> str:
    return secrets.token_hex(8)

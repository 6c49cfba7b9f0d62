"""Publishing: what changed becomes the next entries of a feed (federation.md §A.3, §2.5).

A change marks its thing dirty in its own transaction. Numbers are given later, by one publisher at a time that
commits before the next may start: so the order of numbers is the order of commits, and a reader that has seen a
number has seen everything below it. Timestamps or sequences taken in the change's own transaction lose rows.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.federation import cursor, repository
from app.federation.protocol import v1
from app.federation.protocol.listing import ListingData
from app.federation.protocol.v1 import EntryState, Gone, Kind
from app.federation.service import loans, notifying
from app.federation.tables import Feed, FeedDirty, FeedEntry
from app.federation.trust import ALLOWS
from app.kernel import clock
from app.kernel.actor import SYSTEM
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import service as listings

LISTINGS: Final = Kind.LISTING.value
BATCH: Final = 1000
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
    feeds = repository.feeds(work.session)
    for feed in feeds:
        feed.epoch = _new_epoch()
        work.session.add(feed)
    return len(feeds)


def mark_dirty(work: UnitOfWork, feed: str, item_id: UUID) -> None:
    """Something may look different now; part of the change's own transaction."""
    work.session.add(FeedDirty(feed=feed, item_id=item_id))
    work.enqueue(_JOB, {}, key=_JOB)


def mark_everything(work: UnitOfWork) -> None:
    """Publish the whole catalogue anew where it changed; for a first start and for repairs."""
    for listing_id in listings.shared_ids(work):
        mark_dirty(work, LISTINGS, listing_id)


def publish(transactions: Transactions) -> None:
    """Give numbers to all that is dirty, and let partners know."""
    while publish_some(transactions) == BATCH:
        pass


def publish_some(transactions: Transactions) -> int:
    """One batch in one transaction; answers how many marks it took."""
    with transactions.writing(SYSTEM) as work:
        repository.locked_feed(work.session, LISTINGS)  # first: whoever holds it is the publisher
        marks = repository.take_dirty(work.session, BATCH)
        seen = dict.fromkeys((mark.feed, mark.item_id) for mark in marks)
        changed = {feed for feed, item_id in seen if _publish_one(work, feed, item_id)}
        for feed in sorted(changed):
            _let_know(work, feed)
        return len(marks)


def purge(transactions: Transactions) -> None:
    """Forget tombstones that everybody had time to read; what was read before them has to start over."""
    with transactions.writing(SYSTEM) as work:
        before = work.now - timedelta(days=v1.TOMBSTONE_DAYS)
        for feed in repository.feeds(work.session):
            locked = repository.locked_feed(work.session, feed.name)
            highest = repository.purge_tombstones(work.session, feed.name, before=before)
            if locked is not None and highest is not None:
                locked.floor = max(locked.floor, highest)
                work.session.add(locked)


@dataclass(frozen=True, slots=True)
class _Rendering:
    """A thing as partners may see it; no `body`: not at all."""

    item_id: str
    body: str | None


def _publish_one(work: UnitOfWork, feed_name: str, item_id: UUID) -> bool:
    rendering = _render(work, feed_name, item_id)
    entry = work.session.get(FeedEntry, (feed_name, rendering.item_id))
    if rendering.body is None:
        return entry is not None and entry.state is EntryState.ACTIVE and _bury(work, entry)
    fingerprint = hashlib.sha256(rendering.body.encode()).hexdigest()
    if entry is None:
        entry = FeedEntry(
            feed=feed_name,
            item_id=rendering.item_id,
            seq=0,
            revision=0,
            state=EntryState.DELETED,
            at=work.now,
            fingerprint="",
        )
    elif entry.state is EntryState.ACTIVE and entry.fingerprint == fingerprint:
        return False  # nothing a partner could see
    _move_to_end(work, entry, EntryState.ACTIVE)
    entry.reason, entry.fingerprint, entry.body = None, fingerprint, rendering.body
    return True


def _bury(work: UnitOfWork, entry: FeedEntry) -> bool:
    _move_to_end(work, entry, EntryState.DELETED)
    entry.reason, entry.fingerprint, entry.body = Gone.WITHDRAWN.value, "", None
    return True


def _move_to_end(work: UnitOfWork, entry: FeedEntry, state: EntryState) -> None:
    """The entry's next number and revision, and the feed's head, count and digest with it."""
    feed = repository.locked_feed(work.session, entry.feed)
    if feed is None:
        raise AssertionError(entry.feed)
    if entry.state is EntryState.ACTIVE:
        feed.digest = cursor.toggled(feed.digest, cursor.mark(entry.item_id, entry.revision))
        feed.count -= 1
    feed.head += 1
    entry.seq, entry.state, entry.at = feed.head, state, work.now
    # The machine's clock, not a turned one: a revision must be higher than before any restore.
    entry.revision = cursor.next_revision(entry.revision or None, clock.unix_milliseconds())
    if state is EntryState.ACTIVE:
        feed.digest = cursor.toggled(feed.digest, cursor.mark(entry.item_id, entry.revision))
        feed.count += 1
    work.session.add(feed)
    work.session.add(entry)


def _render(reading: Reading, feed_name: str, item_id: UUID) -> _Rendering:
    if feed_name == LISTINGS:
        data = listing_data(reading, item_id)
        return _Rendering(str(item_id), None if data is None else _compact(data.to_json()))
    try:
        state = loans.entry_of(reading, item_id)
    except NotFound:
        return _Rendering(str(item_id), None)
    return _Rendering(str(state.rid), _compact(state.to_json()))


def listing_data(reading: Reading, listing_id: UUID) -> ListingData | None:
    """The listing as partners may see it: its public view, without the name of a person; None if not shared."""
    view = listings.public_view(reading, listing_id)
    if view is None:
        return None
    data = view.model_dump(mode="json")
    if data["provider"]["kind"] == "person":
        data["provider"]["name"] = "Privat"
    if data["know_how"]:
        data["know_how"]["sessions"] = [one for one in data["know_how"]["sessions"] if not one["cancelled"]]
    data["photos"] = []  # copied to partners once there are files with digests; never hot-linked
    url = f"{reading.settings.public_url}/listings/{listing_id}"
    return ListingData.model_validate(data | {"url": url})


def _compact(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _let_know(work: UnitOfWork, feed: str) -> None:
    for partner in repository.partners(work.session):
        allows = ALLOWS[partner.state]
        if feed == LISTINGS and allows.catalogue:
            notifying.announce(work, partner, Kind.LISTING)
        elif feed == requests_of(partner.id) and allows.running_loans:
            notifying.announce(work, partner, Kind.REQUEST)


def _new_epoch() -> str:
    return secrets.token_hex(8)

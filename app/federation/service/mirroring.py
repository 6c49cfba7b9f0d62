"""Applying a page: the entries, and how far we have read, in the caller's one transaction (federation.md §2.6)."""

import json
import random
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from app.bookings import service as bookings
from app.bookings.schemas import Source
from app.federation import cursor, reading, repository
from app.federation.protocol import v1
from app.federation.protocol.listing import ListingData
from app.federation.protocol.loan import RequestState
from app.federation.protocol.v1 import Entry, EntryState, Kind
from app.federation.reading import Page, PartnerErred
from app.federation.service import borrowing, loans, partners
from app.federation.tables import MirrorEntry, Partner, PartnerFeed, ReadingMode
from app.kernel.problems import Invalid, NotFound
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

COMPARED_EVERY: Final = timedelta(hours=1)
BRAKE_HOLDS: Final = timedelta(hours=24)

log = structlog.get_logger("depot.federation")


class _PutAside(Exception):
    """This one entry cannot be taken; the feed goes on."""


def apply(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> None:
    """Take the entries and move the cursor; at the end of a feed, look whether we hold what the partner does.

    Raises PartnerErred for more entries than a partner may have here: then nothing of the page is applied.
    """
    known = repository.mirrored(work.session, partner.id, feed.kind, [entry.id for entry in page.entries])
    _keep_quota(work, partner, feed, fresh=[entry for entry in page.entries if entry.id not in known])
    for entry in page.entries:
        row = known.get(entry.id)
        if row is None or _is_news(entry, row, feed):
            known[entry.id] = _take(work, partner, feed, entry, row)
        elif feed.mode is ReadingMode.WALK:
            row.walk = feed.walk
    feed.cursor, feed.regressions = page.envelope.cursor, 0
    feed.last_seq = page.last_seq or feed.last_seq
    feed.tried_at, feed.failures, feed.last_error = work.now, 0, None
    work.session.add(feed)
    if not page.envelope.more:
        work.session.flush()  # what follows counts the rows of this page, too
        _at_the_end(work, partner, feed, page)


def start_walk(work: UnitOfWork, feed: PartnerFeed) -> None:
    """Read everything again from the beginning; nothing is deleted before its end."""
    feed.cursor, feed.last_seq, feed.mode, feed.walk = "", 0, ReadingMode.WALK, feed.walk + 1
    feed.epoch_seen, feed.head_seen, feed.regressions = "", 0, 0
    feed.next_try_at = work.now
    work.session.add(feed)


def _is_news(entry: Entry, row: MirrorEntry, feed: PartnerFeed) -> bool:
    """A walk trusts what it meets first, even with a lower revision: the origin may have been restored."""
    met_in_this_walk = feed.mode is ReadingMode.TAIL or row.walk == feed.walk
    return entry.rev > row.revision or not met_in_this_walk


def _keep_quota(work: UnitOfWork, partner: Partner, feed: PartnerFeed, *, fresh: list[Entry]) -> None:
    coming = sum(entry.state == EntryState.ACTIVE for entry in fresh)
    if coming and repository.active_count(work.session, partner.id, feed.kind) + coming > v1.ACTIVE_ENTRIES:
        raise PartnerErred(f"The partner publishes more than {v1.ACTIVE_ENTRIES} entries.")


def _take(
    work: UnitOfWork, partner: Partner, feed: PartnerFeed, entry: Entry, row: MirrorEntry | None
) -> MirrorEntry:
    row = row or MirrorEntry(
        partner_id=partner.id, kind=feed.kind, item_id=entry.id, revision=0, state=EntryState.DELETED, walk=0
    )
    row.revision, row.state, row.walk, row.refused = entry.rev, EntryState(entry.state), feed.walk, None
    work.session.add(row)
    try:
        with work.session.begin_nested():
            _HANDLERS[feed.kind](work, partner, entry, walking=feed.mode is ReadingMode.WALK)
    except (_PutAside, DataError, IntegrityError) as reason:
        # What slips through and only the database refuses is told without its text: that repeats what was sent.
        row.refused = str(reason)[:500] if isinstance(reason, _PutAside) else "no database can hold it"
        log.warning(
            "entry_put_aside", partner=partner.name, kind=feed.kind.value, id=entry.id, why=row.refused
        )
        _drop(work, partner, feed.kind, entry.id)
    return row


def _take_listing(work: UnitOfWork, partner: Partner, entry: Entry, *, walking: bool) -> None:  # noqa: ARG001
    if entry.state == EntryState.DELETED:
        _drop(work, partner, Kind.LISTING, entry.id)
        return
    try:
        data = ListingData.model_validate(_data(entry))
        if _origin(data.url) != _origin(partner.base):
            raise _PutAside("url: not at the partner's own address")
        told = data.model_dump(mode="json", exclude_unset=True)
        listings.mirror(work, partner.id, listing_id_there=entry.id, data=told)
    except ValidationError as error:
        raise _PutAside(reading.refusal_of(error)) from None
    except Invalid as refused:
        raise _PutAside(str(refused)) from None


def _take_request(work: UnitOfWork, partner: Partner, entry: Entry, *, walking: bool) -> None:
    if entry.state == EntryState.DELETED:
        return  # what we know of a loan is our resident's story; it does not go with the partner's row
    try:
        state = RequestState.model_validate(_data(entry))
        source = Source.WALK if walking else Source.FEED
        borrowing.believe(work, partner.id, UUID(entry.id), loans.from_wire(state), source)
    except ValidationError as error:
        raise _PutAside(reading.refusal_of(error)) from None
    except (NotFound, ValueError):
        raise _PutAside("nobody here has asked for this") from None


_HANDLERS: Final = {Kind.LISTING: _take_listing, Kind.REQUEST: _take_request}


def _data(entry: Entry) -> dict[str, Any]:
    if entry.data is None or len(json.dumps(entry.data).encode()) > v1.ENTRY_BYTES:
        raise _PutAside("without data, or with too much of it")
    return entry.data


def _drop(work: UnitOfWork, partner: Partner, kind: Kind, item_id: str) -> None:
    if kind is Kind.LISTING:
        listings.forget_mirrored(work, partner.id, item_id)


def _is_missed(work: UnitOfWork, partner: Partner, row: MirrorEntry) -> None:
    """A finished walk did not meet it: a listing is gone; a loan the partner has lost is for people."""
    _drop(work, partner, row.kind, row.item_id)
    if row.kind is Kind.REQUEST:
        with suppress(ValueError):
            bookings.forgotten_there(work, partner.id, UUID(row.item_id))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _at_the_end(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> None:
    envelope = page.envelope
    feed.epoch_seen, feed.head_seen = envelope.epoch, envelope.head
    pause = max(envelope.ttl, work.settings.federation_poll_seconds)
    spread = random.uniform(0.8, 1.2)  # noqa: S311 - so that a thousand partners do not ask at once
    feed.next_try_at = work.now + timedelta(seconds=pause * spread)
    feed.read_at = work.now
    if feed.mode is ReadingMode.WALK:
        _finish_walk(work, partner, feed)
        feed.mode = ReadingMode.TAIL
    if _differs(work, partner, feed, page):
        log.warning("mirror_differs", partner=partner.name, kind=feed.kind.value)
        feed.mismatches += 1
        start_walk(work, feed)
    if feed.kind is Kind.LISTING:
        work.session.flush()  # how fresh the copies are is read from the row
        partners.show_copies(work, partner)


def _finish_walk(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Delete what the walk did not meet, unless that is suspiciously much: then people get a day to look."""
    doomed = repository.left_behind(work.session, partner.id, feed.kind, feed.walk)
    active = [row for row in doomed if row.state is EntryState.ACTIVE]
    held = repository.active_count(work.session, partner.id, feed.kind)
    if reading.brakes(len(active), held):
        feed.held_since = feed.held_since or work.now
        if work.now < feed.held_since + BRAKE_HOLDS:
            log.error("walk_would_delete_much", partner=partner.name, doomed=len(active), held=held)
            return
    feed.held_since = None
    for row in doomed:
        _is_missed(work, partner, row)
        work.session.delete(row)
    work.session.flush()  # what is counted next must not count these


def _differs(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> bool:
    """Whether we hold something else than the partner publishes; looked at once an hour."""
    due = feed.compared_at is None or work.now >= feed.compared_at + COMPARED_EVERY
    if page.envelope.digest is None or not due or feed.held_since is not None:
        return False
    feed.compared_at = work.now
    held = repository.active_marks(work.session, partner.id, feed.kind)
    return (len(held), cursor.digest_of(held)) != (page.envelope.count, page.envelope.digest)

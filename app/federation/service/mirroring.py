"""Applying a page: the entries, and how far we have read, in the caller's one transaction (federation.md §2.6)."""

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from app.bookings import service as bookings
from app.bookings.schemas import Source
from app.federation import cursor, reading, repository
from app.federation.events import PartnerAlarmed
from app.federation.protocol import v1
from app.federation.protocol.listing import ListingData
from app.federation.protocol.loan import RequestState
from app.federation.protocol.v1 import Entry, EntryState, Kind
from app.federation.reading import OverQuota, Page, ReadingMode, Stand
from app.federation.schemas import ExchangeAlarm
from app.federation.service import borrowing, loans, partners, picturing
from app.federation.service.exchange import HELD_FOR, MISMATCHES_BORNE
from app.federation.tables import MirrorEntry, Partner, PartnerFeed
from app.kernel.problems import Invalid, NotFound
from app.kernel.text import clean_line
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

COMPARED_EVERY: Final = timedelta(hours=1)
LONGEST_PAUSE_SECONDS: Final = 6 * 3600

log = structlog.get_logger("depot.federation")


class _PutAside(Exception):
    """This one entry cannot be taken; the feed goes on."""


def apply(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> None:
    """Take the entries and move the cursor; at the end of a feed, look whether we hold what the partner does.

    Raises OverQuota for more entries than a partner may have here: then nothing of the page is applied.
    """
    stand = stand_of(partner, feed)
    if feed.kind is Kind.LISTING and not stand.cursor:
        partners.show_copies(work, partner)  # listings refer to their origin, which a purge has taken along
    changed = _take_page(work, partner, feed, page)
    if stand.mode is ReadingMode.TAIL:
        _note_changes(work, partner, feed, changed)
    stand_at(feed, reading.moved_on(stand, page))
    feed.head_told, feed.over_quota_since = page.envelope.head, None
    heard(work, feed)
    if not page.envelope.more:
        work.session.flush()  # what follows counts the rows of this page, too
        _at_the_end(work, partner, feed, page, walked=stand.mode is ReadingMode.WALK)


def _take_page(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> int:
    """Take what is news; answers how much was.

    Listings are taken together, which is several times as fast. When the database refuses something of them, and with
    loans always, each is taken for itself, so that what cannot be taken is put aside alone.
    """
    if feed.kind is Kind.LISTING:
        with suppress(DataError, IntegrityError), work.session.begin_nested():
            held = listings.Mirrored(work, partner.id, [entry.id for entry in page.entries])
            changed = _take_each(work, partner, feed, page, partial(_take_listing, partner, held))
            work.session.flush()
            held.announce()
            return changed
    return _take_each(work, partner, feed, page, partial(_take_apart, work, partner, feed))


def _take_each(
    work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page, take: Callable[[Entry], None]
) -> int:
    known = repository.mirrored(work.session, partner.id, feed.kind, [entry.id for entry in page.entries])
    _keep_quota(feed, known, page, most=work.settings.partner_entries)
    changed, stand = 0, stand_of(partner, feed)
    for entry in page.entries:
        row, fingerprint = known.get(entry.id), _fingerprint(entry)
        if reading.is_news(entry.rev, fingerprint, row, stand):
            changed += 1
            known[entry.id] = _take(work, partner, feed, entry, row, take=take, fingerprint=fingerprint)
        elif row is not None:
            row.walk = stand.walk
    return changed


def _take_apart(work: UnitOfWork, partner: Partner, feed: PartnerFeed, entry: Entry) -> None:
    """Take one entry so that it leaves nothing behind when it cannot be taken."""
    try:
        with work.session.begin_nested():
            if feed.kind is Kind.LISTING:
                held = listings.Mirrored(work, partner.id, [entry.id])
                _take_listing(partner, held, entry)
                held.announce()
            else:
                _take_request(work, partner, entry, walking=feed.mode is ReadingMode.WALK)
    except (_PutAside, DataError, IntegrityError) as reason:
        _drop(work, partner, feed.kind, entry.id)
        if isinstance(reason, _PutAside):
            raise
        # What slips through and only the database refuses is told without its text: that repeats what was sent.
        raise _PutAside("no database can hold it") from None


def stand_of(partner: Partner, feed: PartnerFeed) -> Stand:
    """Where our reading stands, as the rules know it."""
    return Stand(
        instance=partner.instance,
        kind=feed.kind,
        cursor=feed.cursor,
        last_seq=feed.last_seq,
        mode=feed.mode,
        walk=feed.walk,
        epoch_seen=feed.epoch_seen,
        head_seen=feed.head_seen,
        regressions=feed.regressions,
    )


def stand_at(feed: PartnerFeed, stand: Stand) -> None:
    """Write down what the rules decided."""
    feed.cursor, feed.last_seq, feed.mode, feed.walk = stand.cursor, stand.last_seq, stand.mode, stand.walk
    feed.epoch_seen, feed.head_seen, feed.regressions = stand.epoch_seen, stand.head_seen, stand.regressions


def known_by(feed: PartnerFeed, *, now: datetime) -> str | None:
    """By what the partner may tell us that nothing has changed; once an hour all is compared anew."""
    return feed.etag if feed.mode is ReadingMode.TAIL and not _is_due(feed, now) else None


def stay(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Nothing has changed since the last page."""
    heard(work, feed)
    wait_for_news(work, feed, 0)
    feed.read_at = work.now
    if feed.kind is Kind.LISTING:
        work.session.flush()  # how fresh the copies are is read from the row
        partners.show_copies(work, partner)


def heard(work: UnitOfWork, feed: PartnerFeed) -> None:
    """The partner answered as it should."""
    feed.tried_at, feed.failures, feed.errors = work.now, 0, 0
    feed.last_error = feed.failing_since = None
    work.session.add(feed)


def start_walk(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Read everything again from the beginning; nothing is deleted before its end."""
    stand_at(feed, reading.walk_anew(stand_of(partner, feed)))
    feed.etag, feed.head_told = None, 0
    feed.next_try_at = work.now
    work.session.add(feed)


def release(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Carry out the removal that was held: delete what the last finished walk did not meet."""
    doomed = repository.left_behind(work.session, partner.id, feed.kind, feed.walk)
    feed.active -= sum(row.state is EntryState.ACTIVE for row in doomed)
    for row in doomed:
        _is_missed(work, partner, row)
        work.session.delete(row)
    feed.held_since, feed.held_removals = None, 0
    work.session.add(feed)
    work.session.flush()  # what is counted next must not count these


def release_when_due(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Nobody stepped in for a day: what was held is carried out. A walk under way judges anew at its end."""
    waited = feed.held_since is not None and work.now >= feed.held_since + HELD_FOR
    if waited and feed.mode is ReadingMode.TAIL:
        release(work, partner, feed)


def _keep_quota(feed: PartnerFeed, known: Mapping[str, MirrorEntry], page: Page, *, most: int) -> None:
    """Count what the page adds. Nothing is cut off silently: a page that leads beyond is not taken at all."""
    more = 0
    for entry in page.entries:
        row = known.get(entry.id)
        was = row is not None and row.state is EntryState.ACTIVE
        more += (entry.state == EntryState.ACTIVE) - was
    if more > 0 and feed.active + more > most:
        raise OverQuota(f"The partner publishes more than {most} entries.")


def _note_changes(work: UnitOfWork, partner: Partner, feed: PartnerFeed, changed: int) -> None:
    """Count the day's changes, and sound the alarm when they are far more than usual."""
    today = work.now.date()
    days, passed = list(feed.changes), 0 if feed.changes_on is None else (today - feed.changes_on).days
    if feed.changes_on is None or not days:
        days = [0]
    elif passed > 0:
        days += [0] * min(passed, reading.CHURN_DAYS + 1)
    days[-1] += changed
    feed.changes, feed.changes_on = days[-reading.CHURN_DAYS - 1 :], today
    if not reading.churns(feed.changes[:-1], feed.changes[-1]):
        feed.churning_since = None
    elif feed.churning_since is None:
        feed.churning_since = work.now
        log.error("partner_churns", partner=partner.name, kind=feed.kind.value, changes=feed.changes[-1])


def _take(
    work: UnitOfWork,
    partner: Partner,
    feed: PartnerFeed,
    entry: Entry,
    row: MirrorEntry | None,
    *,
    take: Callable[[Entry], None],
    fingerprint: str,
) -> MirrorEntry:
    if row is None:
        row = MirrorEntry(
            partner_id=partner.id,
            kind=feed.kind,
            item_id=entry.id,
            revision=0,
            state=EntryState.DELETED,
            walk=0,
        )
    elif row.revision == entry.rev and row.fingerprint is not None:
        log.warning("partner_changed_a_revision", partner=partner.name, id=entry.id)
    feed.active += (entry.state == EntryState.ACTIVE) - (row.state is EntryState.ACTIVE)
    row.revision, row.state, row.walk = entry.rev, EntryState(entry.state), feed.walk
    row.fingerprint, refused_before = fingerprint, row.refused_since
    row.refused = row.refused_what = row.refused_since = None
    work.session.add(row)
    try:
        take(entry)
    except _PutAside as reason:
        row.refused = str(reason)[:500]
        row.refused_what, row.refused_since = _calls_itself(entry), refused_before or work.now
        log.warning(
            "entry_put_aside", partner=partner.name, kind=feed.kind.value, id=entry.id, why=row.refused
        )
    return row


def _calls_itself(entry: Entry) -> str | None:
    """The title of a listing, for the people who look into it; other things are known by their id."""
    title = (entry.data or {}).get("title")
    if not isinstance(title, str):
        return None
    return clean_line(title.encode("utf-8", "replace").decode()[:200]) or None


def _fingerprint(entry: Entry) -> str:
    """Tells a change from a repetition."""
    text = json.dumps([entry.state, entry.data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _take_listing(partner: Partner, held: listings.Mirrored, entry: Entry) -> None:
    """Show it as it is told; of what cannot be shown so, what was told before is not shown either."""
    try:
        if entry.state == EntryState.DELETED:
            held.forget(entry.id)
        else:
            held.keep(entry.id, _told(partner, entry))
    except _PutAside:
        held.forget(entry.id)
        raise
    except Invalid as refused:
        held.forget(entry.id)
        raise _PutAside(str(refused)) from None


def _told(partner: Partner, entry: Entry) -> dict[str, Any]:
    """What the entry says of a listing; _PutAside for what is none, or lives elsewhere."""
    try:
        data = ListingData.model_validate(_data(entry))
    except ValidationError as error:
        raise _PutAside(reading.refusal_of(error)) from None
    if picturing.origin_of(data.url) != picturing.origin_of(partner.base):
        raise _PutAside("url: not at the partner's own address")
    return data.model_dump(mode="json", exclude_unset=True)


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


def _data(entry: Entry) -> dict[str, Any]:
    if entry.data is None:
        raise _PutAside("without data")
    text = json.dumps(entry.data, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode("utf-8", "surrogatepass")) > v1.ENTRY_BYTES:
        raise _PutAside(f"more than {v1.ENTRY_BYTES} bytes")
    return entry.data


def _drop(work: UnitOfWork, partner: Partner, kind: Kind, item_id: str) -> None:
    if kind is Kind.LISTING:
        listings.Mirrored(work, partner.id, [item_id]).forget(item_id)


def _is_missed(work: UnitOfWork, partner: Partner, row: MirrorEntry) -> None:
    """A finished walk did not meet it: a listing is gone; a loan the partner has lost is for people."""
    _drop(work, partner, row.kind, row.item_id)
    if row.kind is Kind.REQUEST:
        with suppress(ValueError):
            bookings.forgotten_there(work, partner.id, UUID(row.item_id))


def _at_the_end(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page, *, walked: bool) -> None:
    wait_for_news(work, feed, page.envelope.ttl)
    feed.read_at = work.now
    if walked:
        _finish_walk(work, partner, feed)
    if _differs(work, partner, feed, page):
        _note_mismatch(work, partner, feed)
        start_walk(work, partner, feed)
    if feed.kind is Kind.LISTING:
        work.session.flush()  # how fresh the copies are is read from the row
        partners.show_copies(work, partner)
        picturing.fetch_soon(work, partner)


def wait_for_news(work: UnitOfWork, feed: PartnerFeed, ttl: int) -> None:
    """All is read; ask again when the partner thinks it worth while, but not all partners at once."""
    pause = min(max(ttl, work.settings.federation_poll_seconds), LONGEST_PAUSE_SECONDS)
    spread = random.uniform(0.8, 1.2)  # noqa: S311 - so that a thousand partners do not ask at once
    feed.next_try_at = work.now + timedelta(seconds=pause * spread)


def _finish_walk(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Delete what the walk did not meet, unless that is suspiciously much: then people get a day to look."""
    doomed = repository.count_left_behind(work.session, partner.id, feed.kind, feed.walk)
    if reading.brakes(doomed, feed.active):
        if feed.held_since is None:
            work.record(PartnerAlarmed(partner_id=partner.id, alarm=ExchangeAlarm.REMOVALS_HELD.value))
        feed.held_since, feed.held_removals = feed.held_since or work.now, doomed
        if work.now < feed.held_since + HELD_FOR:
            log.error("walk_would_delete_much", partner=partner.name, doomed=doomed, held=feed.active)
            return
    release(work, partner, feed)


def _differs(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> bool:
    """Whether we hold something else than the partner publishes; looked at once an hour."""
    if page.envelope.digest is None or not _is_due(feed, work.now) or feed.held_since is not None:
        return False
    feed.compared_at = work.now
    held = repository.active_marks(work.session, partner.id, feed.kind)
    feed.active = len(held)
    return (len(held), cursor.digest_of(held)) != (page.envelope.count, page.envelope.digest)


def _is_due(feed: PartnerFeed, now: datetime) -> bool:
    return feed.compared_at is None or now >= feed.compared_at + COMPARED_EVERY


def _note_mismatch(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    if feed.mismatched_since is None or work.now >= feed.mismatched_since + timedelta(days=1):
        feed.mismatched_since, feed.mismatches = work.now, 0
    feed.mismatches += 1
    tell = log.error if feed.mismatches >= MISMATCHES_BORNE else log.warning
    tell("mirror_differs", partner=partner.name, kind=feed.kind.value, times=feed.mismatches)

"""Applying a page: the entries, and how far we have read, in the caller's one transaction (federation.md §2.6)."""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from app.bookings import service as bookings
from app.federation import cursor, reading, repository
from app.federation.events import PartnerAlarmed
from app.federation.protocol import v1
from app.federation.protocol.v1 import EntryState, Kind
from app.federation.reading import Page, ReadingMode, Stand
from app.federation.schemas import ExchangeAlarm
from app.federation.service import partners, picturing, taking
from app.federation.service.exchange import HELD_FOR, MISMATCHES_BORNE
from app.federation.tables import Partner, PartnerFeed
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

COMPARED_EVERY: Final = timedelta(hours=1)
LONGEST_PAUSE_SECONDS: Final = 6 * 3600

log = structlog.get_logger("depot.federation")


def apply(work: UnitOfWork, partner: Partner, feed: PartnerFeed, page: Page) -> None:
    """Take the entries and move the cursor; at the end of a feed, look whether we hold what the partner does.

    Raises OverQuota for more entries than a partner may have here: then nothing of the page is applied.
    """
    stand = stand_of(partner, feed)
    if feed.kind is Kind.LISTING and not stand.cursor:
        partners.show_copies(work, partner)  # listings refer to their origin, which a purge has taken along
    changed = taking.take_page(work, partner, feed, page, stand)
    if stand.mode is ReadingMode.TAIL:
        _note_changes(work, partner, feed, changed)
    stand_at(feed, reading.moved_on(stand, page))
    feed.head_told, feed.over_quota_since = page.envelope.head, None
    heard(work, feed)
    if not page.envelope.more:
        work.session.flush()  # what follows counts the rows of this page, too
        _at_the_end(work, partner, feed, page, walked=stand.mode is ReadingMode.WALK)


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
    _miss(work, partner, feed.kind, [row.item_id for row in doomed])
    for row in doomed:
        work.session.delete(row)
    feed.held_since, feed.held_removals = None, 0
    work.session.add(feed)
    work.session.flush()  # what is counted next must not count these


def release_when_due(work: UnitOfWork, partner: Partner, feed: PartnerFeed) -> None:
    """Nobody stepped in for a day: what was held is carried out. A walk under way judges anew at its end."""
    waited = feed.held_since is not None and work.now >= feed.held_since + HELD_FOR
    if waited and feed.mode is ReadingMode.TAIL:
        release(work, partner, feed)


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


def _miss(work: UnitOfWork, partner: Partner, kind: Kind, ids: Sequence[str]) -> None:
    """A finished walk did not meet these: listings are gone; loans that the partner has lost are for people."""
    if kind is Kind.LISTING:
        for first in range(0, len(ids), v1.PAGE_ITEMS):
            listings.mirror(work, partner.id, dict.fromkeys(ids[first : first + v1.PAGE_ITEMS]))
        return
    for rid in ids:
        with suppress(ValueError):
            bookings.forgotten_there(work, partner.id, UUID(rid))


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

"""Reading partners' feeds (federation.md §2.6): asking, and bearing what goes wrong.

A partner that breaks the protocol or does not answer is asked again later, more and more rarely; other partners
notice nothing of it, and no page of ours ever waits for one.
"""

import random
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from uuid import UUID

import structlog

from app.federation import freshness, reading, repository
from app.federation.client import Client, PartnerRefused
from app.federation.events import PartnerAlarmed
from app.federation.freshness import Freshness
from app.federation.problems import NotPartner, OutOfScope, PairingEnded, ResyncRequired, Suspended
from app.federation.protocol.v1 import Kind
from app.federation.reading import OverQuota, PartnerErred, ReadingMode, Verdict
from app.federation.schemas import ExchangeAlarm
from app.federation.service import (
    borrowing,
    catching_up,
    following,
    identity,
    mirroring,
    partners,
    picturing,
    probing,
)
from app.federation.tables import Partner, PartnerFeed
from app.federation.trust import ALLOWS, Alarm, PartnerState, Step
from app.kernel.actor import SYSTEM
from app.kernel.problems import NotFound, NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import service as listings
from app.outbound.http import Http, OutboundRefused, Redirected, Unreachable
from app.outbound.patience import LeftAlone

LONGEST_BACKOFF: Final = timedelta(hours=6)
PURGED_BEFORE: Final = timedelta(hours=1)
"""So much earlier than promised, for we look only now and then."""
PATIENCE_SECONDS: Final = 5.0
SLOW_ONES_WAIT: Final = 4
"""So many times as long as a partner has taken beyond our patience, it waits for its next turn."""
ERRORS_BORNE: Final = 20
"""So many answers in a row that break the protocol, some days' worth, suspend a partner until people have talked."""
_SAID_OTHERWISE: Final = frozenset({Suspended.slug, OutOfScope.slug})
"""Refusals of a partner that sees the partnership in another way than we do."""

log = structlog.get_logger("depot.federation")


def pull(transactions: Transactions, http: Http, partner_id: UUID) -> None:
    """Read all that is new at one partner, feed by feed. What goes wrong is noted and tried again later.

    Who has much to say is heard for a few seconds at a time, so that others are heard, too.
    """
    begun = time.monotonic()
    for kind in (Kind.REQUEST, Kind.LISTING):
        try:
            while _pull_page(transactions, http, partner_id, kind):
                if time.monotonic() - begun > PATIENCE_SECONDS:
                    _go_on_later(transactions, partner_id, seconds=time.monotonic() - begun)
                    return
        except PartnerRefused as refused:
            _on_refusal(transactions, partner_id, kind, refused)
        except LeftAlone as left:
            _not_now(transactions, partner_id, str(left))
            return
        except Unreachable as silence:
            # Nothing else of a partner that is silent is asked for now: others wait for this thread.
            _on_failure(transactions, partner_id, Kind, str(silence), silent=True)
            return
        except OverQuota as much:
            _on_failure(transactions, partner_id, [kind], str(much), over_quota=True)
        except Redirected as elsewhere:
            _on_failure(transactions, partner_id, [kind], str(elsewhere), erred=True)
            _ask_where_it_lives(transactions, partner_id)
        except (OutboundRefused, PartnerErred) as failure:
            _on_failure(transactions, partner_id, [kind], str(failure), erred=True)


def _pull_page(transactions: Transactions, http: Http, partner_id: UUID, kind: Kind) -> bool:
    """One page; answers whether there is more to read now."""
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        feed = look.session.get(PartnerFeed, (partner_id, kind))
        if partner is None or feed is None or not partners.may_read(partner, kind):
            return False
        client = Client(http, identity.own(look), partner.base, look.now)
        stand, etag = mirroring.stand_of(partner, feed), mirroring.known_by(feed, now=look.now)
    got = client.page(kind, after=stand.cursor, etag=etag)
    page = None if got.raw is None else reading.read_page(got.raw, stand)
    with transactions.writing(SYSTEM) as work:
        feed = repository.locked_reading(work.session, partner_id, kind)
        partner = repository.locked_partner(work.session, partner_id)
        if (
            feed is None
            or partner is None
            or feed.cursor != stand.cursor
            or not partners.may_read(partner, kind)
        ):
            return False  # somebody else has read on, or the partnership has changed meanwhile
        _reached(work, partner)
        if page is None:
            mirroring.stay(work, partner, feed)
            return False
        match reading.judge(page, stand):
            case Verdict.APPLY:
                mirroring.apply(work, partner, feed, page)
                feed.etag = got.etag
                return page.envelope.more or not feed.cursor
            case Verdict.WALK:
                return _walk(work, partner, feed, "The feed has begun anew.")
            case Verdict.DROP:
                mirroring.stand_at(feed, reading.regressed(stand))
                _wait(work, feed, "The page is older than what was read before.")
                return False


def _not_reached(work: UnitOfWork, partner: Partner) -> None:
    partner.unreached_since = partner.unreached_since or work.now
    work.session.add(partner)


def _reached(work: UnitOfWork, partner: Partner) -> None:
    """It answers. What waited for that goes out now: somebody may stand at the counter."""
    if partner.unreached_since is not None:
        partner.unreached_since = partner.heard_at = None
        work.session.add(partner)
        borrowing.send_now(work, partner.id)


def _walk(work: UnitOfWork, partner: Partner, feed: PartnerFeed, why: str) -> bool:
    """Read everything again: at once, unless the walk before has not come to its end; then it would never end."""
    in_vain = feed.mode is ReadingMode.WALK
    mirroring.start_walk(work, partner, feed)
    if in_vain:
        _wait(work, feed, why)
    return not in_vain


def _go_on_later(transactions: Transactions, partner_id: UUID, *, seconds: float) -> None:
    """After a pause that grows with what was taken: who is slow cannot keep a thread for itself."""
    with transactions.writing(SYSTEM) as work:
        pause = timedelta(seconds=max(0.0, seconds - PATIENCE_SECONDS) * SLOW_ONES_WAIT)
        _pull_soon(work, work.session.get_one(Partner, partner_id), at=work.now + pause)


def _on_refusal(transactions: Transactions, partner_id: UUID, kind: Kind, refused: PartnerRefused) -> None:
    with transactions.writing(SYSTEM) as work:
        feed = repository.locked_reading(work.session, partner_id, kind)
        partner = repository.locked_partner(work.session, partner_id)
        if feed is None or partner is None:
            return
        if refused.code == ResyncRequired.slug and feed.cursor:
            # Nothing is deleted before the walk has reached its end.
            if _walk(work, partner, feed, str(refused)):
                _pull_soon(work, partner)
            return
        _wait(work, feed, str(refused), after=refused.after)
        if refused.retry and refused.after is None:
            _not_reached(work, partner)
        if refused.status == HTTPStatus.UNAUTHORIZED:
            following.ask_for_keys(work, partner)  # perhaps it goes by another address by now
        if refused.code in _SAID_OTHERWISE:
            probing.soon(work, partner)
        if _is_over(refused, feed) and partner.state is not PartnerState.ENDED:
            log.warning("partner_ended", partner=partner.name, code=refused.code)
            partners.move(work, partner, Step.END)


def _is_over(refused: PartnerRefused, feed: PartnerFeed) -> bool:
    """Whether the partner has ended it. One that never let us in may only not have noted the pairing yet."""
    if refused.code == NotPartner.slug:
        return feed.read_at is not None
    return refused.code == PairingEnded.slug


def _not_now(transactions: Transactions, partner_id: UUID, why: str) -> None:
    """It was not even tried, which is nobody's failure."""
    with transactions.writing(SYSTEM) as work:
        for kind in Kind:
            feed = repository.locked_reading(work.session, partner_id, kind)
            if feed is not None:
                feed.next_try_at = work.now + freshness.backoff(1, longest=LONGEST_BACKOFF, jitter=1)
                work.session.add(feed)
    log.info("partner_left_alone", partner_id=str(partner_id), why=why)


def _on_failure(
    transactions: Transactions,
    partner_id: UUID,
    kinds: Iterable[Kind],
    why: str,
    *,
    erred: bool = False,
    over_quota: bool = False,
    silent: bool = False,
) -> None:
    with transactions.writing(SYSTEM) as work:
        for kind in kinds:
            feed = repository.locked_reading(work.session, partner_id, kind)
            partner = repository.locked_partner(work.session, partner_id)
            if feed is None or partner is None:
                continue
            if silent:
                _not_reached(work, partner)
            if over_quota and feed.over_quota_since is None:
                feed.over_quota_since = work.now
                log.error("partner_over_quota", partner=partner.name, kind=kind.value)
                work.record(PartnerAlarmed(partner_id=partner.id, alarm=ExchangeAlarm.OVER_QUOTA.value))
            feed.errors += erred
            _wait(work, feed, why)
            if feed.errors >= ERRORS_BORNE and partner.state is PartnerState.ACTIVE:
                log.error("partner_breaks_the_protocol", partner=partner.name, why=why[:200])
                following.sound(work, partner, Alarm.PROTOCOL)


def _ask_where_it_lives(transactions: Transactions, partner_id: UUID) -> None:
    """It sends us on, and we do not follow: only its key documents say where it lives."""
    with transactions.writing(SYSTEM) as work:
        partner = repository.locked_partner(work.session, partner_id)
        if partner is not None:
            following.ask_for_keys(work, partner)


def _wait(work: UnitOfWork, feed: PartnerFeed, why: str, *, after: int | None = None) -> None:
    feed.failures += 1
    feed.failing_since = feed.failing_since or work.now
    feed.last_error, feed.tried_at = why[:500], work.now
    jitter = random.random()  # noqa: S311 - spreads the load, guards nothing
    pause = freshness.backoff(feed.failures, longest=LONGEST_BACKOFF, jitter=jitter)
    feed.next_try_at = work.now + (pause if after is None else timedelta(seconds=after))
    work.session.add(feed)
    log.info(
        "partner_waits",
        partner_id=str(feed.partner_id),
        kind=feed.kind.value,
        failures=feed.failures,
        why=why,
    )


def sweep(transactions: Transactions) -> None:
    """Look after all partners: who is due is pulled, stale copies are hidden, what must go goes."""
    with transactions.writing(SYSTEM) as work:
        for partner in repository.partners(work.session):
            feeds = repository.reading_of(work.session, partner.id)
            if any(partners.may_read(partner, feed.kind) and feed.next_try_at <= work.now for feed in feeds):
                _pull_soon(work, partner)
            for feed in feeds:
                mirroring.release_when_due(work, partner, feed)
            partners.show_copies(work, partner)
            picturing.fetch_soon(work, partner)
            if _must_go(partner, feeds, now=work.now) and repository.knows_entries(work.session, partner.id):
                _purge_copies(work, partner, feeds)
        borrowing.send_waiting(work)


def catch_up(work: UnitOfWork) -> None:
    """After a start: whatever happened meanwhile, and whichever job died with the last process, is made up for."""
    for partner in repository.partners(work.session):
        if ALLOWS[partner.state].running_loans:
            _pull_soon(work, partner)
    borrowing.send_waiting(work)
    catching_up.look_at_what_was_put_aside(work)


def _pull_soon(work: UnitOfWork, partner: Partner, *, at: datetime | None = None) -> None:
    payload = {"partner_id": str(partner.id)}
    work.enqueue("federation.pull", payload, run_at=at, key=partners.pull_key(partner.id))


def release_removals(work: UnitOfWork, partner_id: UUID) -> None:
    """Staff has looked: what a walk would have deleted, and did not, is deleted now. NotFound, NotNow."""
    partners.require_staff(work.actor)
    feed = repository.locked_reading(work.session, partner_id, Kind.LISTING)
    partner = repository.locked_partner(work.session, partner_id)
    if feed is None or partner is None:
        raise NotFound
    if feed.held_since is None or feed.mode is ReadingMode.WALK:
        raise NotNow(message("Nothing is held back at this partner."))
    mirroring.release(work, partner, feed)
    work.account_for("partner.release", about="partner", about_id=partner_id)
    log.warning("removals_released", partner=partner.name)


def read_again(work: UnitOfWork, partner_id: UUID) -> None:
    """Staff wants all of a partner's entries read again, those put aside included. NotFound."""
    partners.require_staff(work.actor)
    partner = repository.locked_partner(work.session, partner_id)
    if partner is None:
        raise NotFound
    for feed in repository.reading_of(work.session, partner_id):
        mirroring.start_walk(work, partner, feed)
    repository.forget_fingerprints(work.session, partner_id)
    _pull_soon(work, partner)


def _must_go(partner: Partner, feeds: Sequence[PartnerFeed], *, now: datetime) -> bool:
    promised = partner.copies_until is not None and now >= partner.copies_until - PURGED_BEFORE
    read_at = next((feed.read_at for feed in feeds if feed.kind is Kind.LISTING), None)
    # Who was never read to the end has copies, too: they count from the pairing.
    return promised or freshness.of(read_at or partner.paired_at, now=now) is Freshness.GONE


def _purge_copies(work: UnitOfWork, partner: Partner, feeds: Sequence[PartnerFeed]) -> None:
    log.warning("partner_copies_purged", partner=partner.name)
    listings.forget_origin(work, partner.id)
    repository.forget_mirror(work.session, partner.id)
    for feed in feeds:
        feed.active, feed.held_since, feed.held_removals = 0, None, 0
        mirroring.start_walk(work, partner, feed)

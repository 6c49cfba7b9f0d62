"""Hearing a partner's notices (federation.md §2.7): a hint that has at most one bounded pull as its effect.

And hearing its voice: one whom we do not reach, and who speaks to us, is there again, and is asked at once.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.federation import repository, signatures
from app.federation.problems import KeyUnknown
from app.federation.protocol import v1
from app.federation.protocol.v1 import Kind
from app.federation.service import following, partners, probing
from app.federation.tables import Partner
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM
from app.kernel.problems import TryAgain
from app.kernel.unit_of_work import Transactions, UnitOfWork

NEWS_GAP: Final = {Kind.LISTING: timedelta(seconds=10), Kind.REQUEST: timedelta(seconds=1)}
"""However often a partner says that it has news, it is not pulled more often for it. With loans somebody is waiting."""

VOICE_GAP: Final = timedelta(minutes=1)
"""However much a partner says whom we do not reach, it is not tried more often for it."""


def is_missed(partner: Partner, *, now: datetime) -> bool:
    """Whether a word of this partner is news: we do not reach it, and have not just heard it."""
    heard = partner.heard_at
    return partner.unreached_since is not None and (heard is None or now >= heard + VOICE_GAP)


def hear_voice(transactions: Transactions, partner_id: UUID) -> None:
    """A partner whom we do not reach has spoken: it is asked now, not when its turn would come."""
    with suppress(TryAgain), transactions.writing(SYSTEM) as work:
        for kind in Kind:
            feed = repository.locked_reading(work.session, partner_id, kind)
            if feed is not None:
                feed.next_try_at = min(feed.next_try_at, work.now)
                work.session.add(feed)
        partner = repository.locked_partner(work.session, partner_id)
        if partner is not None:
            partner.heard_at = work.now
            work.session.add(partner)
            payload = {"partner_id": str(partner_id)}
            work.enqueue("federation.pull", payload, key=partners.pull_key(partner_id))


def heard_from(transactions: Transactions, netloc: str) -> datetime | None:
    """When the partner at this address, unreached by us, last spoke to us."""
    with transactions.reading(SYSTEM) as look:
        return repository.heard_from(look.session, netloc)


def hear(work: UnitOfWork, partner: Partner, notice: v1.Notify) -> None:
    """A partner has news: it is pulled soon, once, however often it says so. Unknown kinds are passed over."""
    if notice.kind == v1.KEYS:
        if notice.docs:
            following.learn(work, partner, v1.KeyDocuments(docs=notice.docs))
        else:
            following.ask_for_keys(work, partner)
    elif notice.kind in set(Kind):
        if partner.their_state not in (None, PartnerState.ACTIVE):
            probing.soon(work, partner)  # perhaps it goes on
        _pull_soon(work, partner, Kind(notice.kind))


def hear_keys_of_unknown(transactions: Transactions, request: signatures.Request, notice: v1.Notify) -> None:
    """A notice signed by a key that comes with it: after a theft the old one cannot sign any more.

    The documents prove themselves by the pinned chain. Raises KeyUnknown when they do not hold the key either.
    """
    if notice.kind != v1.KEYS or not notice.docs:
        raise KeyUnknown
    with transactions.writing(SYSTEM) as work:
        claim = signatures.read_claim(request, now=work.now)
        partner = repository.partner_by_instance(work.session, claim.key.instance, lock=True)
        if partner is not None:
            following.learn(work, partner, v1.KeyDocuments(docs=notice.docs))
    with transactions.reading(SYSTEM) as look:
        partners.authenticate(look, request)


def _pull_soon(work: UnitOfWork, partner: Partner, kind: Kind) -> None:
    feed = next((it for it in repository.reading_of(work.session, partner.id) if it.kind is kind), None)
    if feed is None or not partners.may_read(partner, kind):
        probing.soon(work, partner)  # perhaps it has granted what it had not
        return
    feed.next_try_at = min(feed.next_try_at, work.now)
    work.session.add(feed)
    last = feed.tried_at
    work.enqueue(
        "federation.pull",
        {"partner_id": str(partner.id)},
        run_at=max(work.now, last + NEWS_GAP[kind]) if last else work.now,
        key=partners.pull_key(partner.id),
    )

"""Telling partners that there is news (federation.md §2.7): a hint, never the truth; lost ones do no harm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from app.federation import published, repository
from app.federation.client import Client, PartnerRefused
from app.federation.protocol import v1
from app.federation.protocol.v1 import Kind
from app.federation.service import identity
from app.federation.tables import Partner
from app.federation.trust import ALLOWS
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable

GAP: Final = timedelta(seconds=10)
TRIED_AGAIN_AFTER: Final = (timedelta(minutes=1), timedelta(minutes=3))
"""Three tries within five minutes; then the partner's own poll covers it."""

log = structlog.get_logger("depot.federation")


def notify(transactions: Transactions, http: Http, payload: Mapping[str, Any]) -> None:
    """Tell one partner of one kind of news; three tries, then its own poll covers it."""
    turn = _take_turn(transactions, payload)
    if turn is None:
        return
    tries = int(payload.get("tries", 1))
    try:
        Client(http, turn.signer, turn.base, turn.now).notify(turn.notice)
    except (Unreachable, OutboundRefused, PartnerRefused) as failure:
        log.info("partner_not_notified", partner=turn.name, tries=tries, why=str(failure))
        final = isinstance(failure, PartnerRefused) and not failure.retry
        if tries <= len(TRIED_AGAIN_AFTER) and not final:
            _again(transactions, payload, tries)


def announce(work: UnitOfWork, partner: Partner, kind: str, *, urgent: bool = False) -> None:
    """Have a partner told, together with all that happens in ten seconds; what is urgent, an erasure, at once.

    News of loans does not wait either: somebody stands at the counter. Of one kind at most one notice waits.
    """
    work.enqueue(
        "federation.notify",
        {"partner_id": str(partner.id), "kind": kind, "urgent": urgent},
        key=_key(partner.id, kind, urgent=urgent),
    )


def announce_keys(work: UnitOfWork) -> None:
    """Have every partner told of our newest key document: a rotated key, another address."""
    for partner in repository.partners(work.session):
        if ALLOWS[partner.state].running_loans:
            announce(work, partner, v1.KEYS, urgent=True)


def say_farewell(transactions: Transactions, http: Http, partner_id: UUID) -> None:
    """Tell a partner that we have ended the partnership; repeated by the queue until it is heard."""
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        if partner is None:
            return
        client = Client(http, identity.own(look), partner.base, look.now)
    try:
        client.end_pairing()
    except PartnerRefused as refused:
        if refused.retry:
            raise


@dataclass(frozen=True, slots=True)
class _Turn:
    """A partner's turn to be told something."""

    name: str
    base: str
    signer: identity.Identity
    now: datetime
    notice: v1.Notify


def _take_turn(transactions: Transactions, payload: Mapping[str, Any]) -> _Turn | None:
    """Take this partner's turn, one in ten seconds; None when it is not there yet, and then the notice waits."""
    partner_id, kind, urgent = UUID(payload["partner_id"]), str(payload["kind"]), bool(payload.get("urgent"))
    with transactions.writing(SYSTEM) as work:
        partner = repository.locked_partner(work.session, partner_id)
        if partner is None or not ALLOWS[partner.state].running_loans:
            return None
        turn = partner.notified_at + GAP if partner.notified_at else work.now
        if work.now < turn and not urgent and kind != Kind.REQUEST:
            key = _key(partner_id, kind, urgent=False)
            work.enqueue("federation.notify", dict(payload), run_at=turn, key=key)
            return None
        partner.notified_at = work.now
        work.session.add(partner)
        notice = _notice(work, partner_id, kind, urgent=urgent)
        return _Turn(partner.name, partner.base, identity.own(work), work.now, notice)


def _notice(reading: Reading, partner_id: UUID, kind: str, *, urgent: bool) -> v1.Notify:
    if kind == v1.KEYS:
        return v1.Notify(kind=kind, urgent=urgent, docs=identity.newest_documents(reading.session))
    feed = published.feed(reading.session, kind if kind == Kind.LISTING else f"{kind}:{partner_id}")
    return v1.Notify(kind=kind, head=feed.head if feed else None, urgent=urgent)


def _again(transactions: Transactions, payload: Mapping[str, Any], tries: int) -> None:
    with transactions.writing(SYSTEM) as work:
        work.enqueue(
            "federation.notify",
            {**payload, "tries": tries + 1},
            run_at=work.now + TRIED_AGAIN_AFTER[tries - 1],
            key=_key(payload["partner_id"], payload["kind"], urgent=bool(payload.get("urgent"))),
        )


def _key(partner_id: object, kind: str, *, urgent: bool) -> str:
    return f"federation.notify:{kind}:{partner_id}" + (":urgent" if urgent else "")

"""Telling partners that there is news (federation.md §2.7): a hint, never the truth; lost ones do no harm."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from app.federation import repository
from app.federation.client import Client, Http, PartnerRefused
from app.federation.protocol import v1
from app.federation.protocol.v1 import Kind
from app.federation.service import identity
from app.federation.tables import Partner
from app.federation.trust import ALLOWS
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.outbound.http import OutboundRefused, Unreachable

TRIES: Final = 3
TRIED_AGAIN_AFTER: Final = timedelta(seconds=20)

log = structlog.get_logger("depot.federation")


def notify(transactions: Transactions, http: Http, payload: Mapping[str, Any]) -> None:
    """Tell one partner of one kind of news; three tries, then its own poll covers it."""
    partner_id, kind, tries = UUID(payload["partner_id"]), str(payload["kind"]), int(payload.get("tries", 1))
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        if partner is None or not ALLOWS[partner.state].running_loans:
            return
        client = Client(http, identity.own(look), partner.base, look.now)
        documents = identity.documents(look.session) if kind == v1.KEYS else None
    try:
        client.notify(v1.Notify(kind=kind, urgent=kind != Kind.LISTING, docs=documents))
    except (Unreachable, OutboundRefused) as failure:
        log.info("partner_not_notified", partner=partner.name, tries=tries, why=str(failure))
        if tries < TRIES:
            _again(transactions, payload, tries + 1)
        return
    except PartnerRefused as refused:
        log.info("partner_not_notified", partner=partner.name, why=str(refused))
    with transactions.writing(SYSTEM) as work:
        told = work.session.get_one(Partner, partner_id)
        told.notified_at = work.now
        work.session.add(told)


def announce(work: UnitOfWork, partner: Partner, kind: str, *, earliest: datetime | None = None) -> None:
    """Have a partner told; of one kind of news at most one notice waits."""
    work.enqueue(
        "federation.notify",
        {"partner_id": str(partner.id), "kind": kind},
        run_at=max(work.now, earliest) if earliest else None,
        key=_key(partner.id, kind),
    )


def announce_keys(work: UnitOfWork) -> None:
    """Have every partner told of our newest key document: a rotated key, another address."""
    for partner in repository.partners(work.session):
        if ALLOWS[partner.state].running_loans:
            announce(work, partner, v1.KEYS)


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


def _again(transactions: Transactions, payload: Mapping[str, Any], tries: int) -> None:
    with transactions.writing(SYSTEM) as work:
        work.enqueue(
            "federation.notify",
            {**payload, "tries": tries},
            run_at=work.now + TRIED_AGAIN_AFTER,
            key=_key(payload["partner_id"], payload["kind"]),
        )


def _key(partner_id: object, kind: str) -> str:
    return f"federation.notify:{kind}:{partner_id}"

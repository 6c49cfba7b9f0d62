"""Asking a partner how it sees the partnership (federation.md §2.4): often while it is undecided or rests, then daily.

So nobody goes on showing copies, or waiting for answers, when the other side has left without a word that arrived.
"""

import random
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from app.federation import repository, trust
from app.federation.client import Client, PartnerRefused
from app.federation.problems import BadJson, NotPartner, PairingEnded
from app.federation.protocol import v1
from app.federation.service import identity, partners
from app.federation.tables import Partner
from app.federation.trust import Grant, PartnerState, Step
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable

PROBED_EVERY: Final = timedelta(hours=24)
PENDING_EVERY: Final = timedelta(minutes=5)
RESTING_EVERY: Final = timedelta(hours=1)
GAP: Final = timedelta(seconds=10)

log = structlog.get_logger("depot.federation")


def due(work: UnitOfWork) -> None:
    """Have every partner asked that has not been for a day; one that has still to decide, every few minutes."""
    for partner in repository.partners(work.session):
        every = PENDING_EVERY if partner.state is PartnerState.PENDING else PROBED_EVERY
        if partner.state is not PartnerState.ENDED and (
            partner.probe_at is None or work.now >= partner.probe_at
        ):
            partner.probe_at = work.now + every * random.uniform(0.8, 1.0)  # noqa: S311 - spreads the load
            work.session.add(partner)
            soon(work, partner)


def soon(work: UnitOfWork, partner: Partner) -> None:
    """Have a partner asked; however many reasons there are, once, and not more than every ten seconds."""
    last = partner.probed_at
    work.enqueue(
        "federation.probe",
        {"partner_id": str(partner.id)},
        run_at=max(work.now, last + GAP) if last else None,
        key=f"federation.probe:{partner.id}",
    )


def probe(transactions: Transactions, http: Http, partner_id: UUID) -> None:
    """Ask a partner how it sees the partnership, and act on it."""
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        if partner is None or partner.state is PartnerState.ENDED:
            return
        client = Client(http, identity.own(look), partner.base, look.now)
    try:
        told: v1.PairingStatus | PartnerRefused = client.pairing()
    except PartnerRefused as refused:
        told = refused
    except (Unreachable, OutboundRefused, BadJson, ValidationError) as failure:
        log.info("partner_not_probed", partner_id=str(partner_id), why=str(failure)[:200])
        return
    with transactions.writing(SYSTEM) as work:
        partner = repository.locked_partner(work.session, partner_id)
        if partner is None or partner.state is PartnerState.ENDED:
            return
        if isinstance(told, PartnerRefused):
            _refused(work, partner, told)
        else:
            learn_status(work, partner, told)


def learn_status(work: UnitOfWork, partner: Partner, told: v1.PairingStatus) -> None:
    """Take what the partner says: whether it goes on, and what it lets us do from now on."""
    partner.probed_at = work.now
    partner.their_state = told.status[:20]
    partner.name = told.name or partner.name
    partner.purge_hours = min(v1.PURGE_HOURS, told.purge_hours)
    granted = trust.known(told.grants)
    gained = Grant.READ_LISTINGS in granted and Grant.READ_LISTINGS not in partner.granted
    partner.granted = granted
    work.session.add(partner)
    match told.status:
        case PartnerState.SUSPENDED if partner.state is PartnerState.ACTIVE:
            partner.probe_at = work.now + RESTING_EVERY  # its word that it goes on may be lost
            partners.settle_copies(work, partner)
        case PartnerState.ENDED:
            _over(work, partner, "ended")
        case PartnerState.ACTIVE if partner.state is PartnerState.PENDING:
            partners.move(work, partner, Step.CONFIRM)
        case _:
            partners.settle_copies(work, partner)
            if gained and partner.state is PartnerState.ACTIVE:
                partners.start_reading(work, partner)


def _refused(work: UnitOfWork, partner: Partner, refused: PartnerRefused) -> None:
    if refused.code not in (NotPartner.slug, PairingEnded.slug):
        log.info("partner_not_probed", partner=partner.name, why=str(refused)[:200])
    elif partner.probed_at is not None or repository.was_read(work.session, partner.id):
        # One that never let us in may only not have noted the pairing yet.
        _over(work, partner, refused.code)


def _over(work: UnitOfWork, partner: Partner, why: str) -> None:
    log.warning("partner_ended", partner=partner.name, code=why)
    partners.move(work, partner, Step.END)

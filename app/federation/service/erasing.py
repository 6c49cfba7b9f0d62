"""Proof that what is erased here is erased at partners (federation.md §2.13; GDPR, Art. 17 and 19).

A consumer keeps a page and its cursor in one transaction, so the cursor in its next signed pull is a receipt for
everything before it. Nobody is asked to confirm anything, and nobody can forget to.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from app.federation import cursor, published, receipts, repository
from app.federation.events import PartnerAlarmed
from app.federation.protocol.v1 import Gone
from app.federation.published import Moved
from app.federation.service.rendering import LISTINGS
from app.federation.tables import ErasureReceipt, Partner
from app.federation.trust import Grant, PartnerState
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork

ALARM_AFTER: Final = timedelta(hours=72)
SPOKEN_ABOUT_AFTER: Final = timedelta(days=7)
_NOTED_EVERY: Final = timedelta(seconds=10)
UNCONFIRMED: Final = "erasure_unconfirmed"
SPEAK: Final = "erasure_needs_people"

log = structlog.get_logger("depot.federation")


def note_erased(work: UnitOfWork, moved: Iterable[Moved]) -> None:
    """Tombstones of what was erased have got their numbers: every partner that may hold a copy has to read them."""
    erased = [entry for entry in moved if entry.reason == Gone.ERASED]
    if not erased:
        return
    for partner in repository.partners(work.session):
        if not _may_hold_copies(partner):
            continue
        for entry in erased:
            row = receipts.erasure(work.session, entry.item_id, partner.id) or ErasureReceipt(
                item_id=entry.item_id, partner_id=partner.id, seq=entry.seq, erased_at=entry.at
            )
            row.seq, row.confirmed_at = entry.seq, None
            work.session.add(row)


def is_worth_noting(look: Reading, partner_id: UUID, after: str, *, at_end: bool) -> bool:
    """Whether it is to be written how far a partner says that it has kept our catalogue.

    Always where that is the end of it, or proves that something is forgotten. Else every few seconds: to write takes
    longer than to answer, and a partner that reads all of it signs every page.
    """
    read, known = cursor.parse(after), receipts.of_partner(look.session, partner_id)
    if known is None or known.epoch != read.epoch:
        return True
    if known.seq == read.seq:
        return False
    return (
        at_end
        or look.now >= known.at + _NOTED_EVERY
        or receipts.unconfirmed(look.session, partner_id, up_to=read.seq) > 0
    )


def note_pull(transactions: Transactions, partner_id: UUID, after: str) -> None:
    """A partner has signed how far it has kept our catalogue."""
    read = cursor.parse(after)
    with transactions.writing(SYSTEM) as work:
        feed = published.feed(work.session, LISTINGS)
        if feed is None or feed.epoch != read.epoch:
            return  # a restore came between
        receipts.keep(work.session, partner_id, epoch=read.epoch, seq=read.seq, at=work.now)
        receipts.confirm(work.session, partner_id, up_to=read.seq, now=work.now)


def alarm(work: UnitOfWork) -> None:
    """Tell people of erasures without a receipt: after three days, and after a week that they have to speak."""
    for stage, (age, word) in enumerate(((ALARM_AFTER, UNCONFIRMED), (SPOKEN_ABOUT_AFTER, SPEAK)), start=1):
        late = receipts.overdue(work.session, before=work.now - age, alarms=stage)
        for row in late:
            row.alarms = stage
            work.session.add(row)
        for partner_id in dict.fromkeys(row.partner_id for row in late):
            if work.session.get_one(Partner, partner_id).state is PartnerState.ENDED:
                continue  # they have promised to purge everything
            log.error("erasure_unconfirmed", partner_id=str(partner_id), alarm=word)
            work.record(PartnerAlarmed(partner_id=partner_id, alarm=word))


def _may_hold_copies(partner: Partner) -> bool:
    """An ended partnership has a purge of its own, within the promised hours."""
    shared = partner.state in (PartnerState.ACTIVE, PartnerState.SUSPENDED)
    return shared and Grant.READ_LISTINGS in partner.grants

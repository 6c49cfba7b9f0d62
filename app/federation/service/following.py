"""Following partners' keys (federation.md §2.2): rotation, revocation, another address, and what cannot be right.

Documents are proved by the chain we pinned, so it does not matter who brings them. Where to look is never said by
a request: at the pinned address, or at one that an admin types.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from app.federation import keys, repository, signatures
from app.federation.client import Client, PartnerRefused
from app.federation.events import PartnerAlarmed
from app.federation.keys import Chain, Equivocation, Rollback
from app.federation.problems import BadJson, KeysRefused, PartnerAnswersWrong
from app.federation.protocol import v1
from app.federation.schemas import PartnerRead
from app.federation.service import identity, partners
from app.federation.tables import Partner
from app.federation.trust import Alarm, PartnerState, Step
from app.kernel.actor import SYSTEM, Actor
from app.kernel.problems import NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable

REFRESHED_EVERY: Final = timedelta(hours=24)
ASKED_EVERY: Final = timedelta(minutes=5)

log = structlog.get_logger("depot.federation")


def meet_unknown_key(transactions: Transactions, request: signatures.Request) -> None:
    """A partner signed with a key we do not know: perhaps a new one. Asked for at its pinned address only."""
    with transactions.writing(SYSTEM) as work:
        claim = signatures.read_claim(request, now=work.now)
        partner = repository.partner_by_instance(work.session, claim.key.instance, lock=True)
        if partner is not None:
            ask_for_keys(work, partner)


def ask_for_keys(work: UnitOfWork, partner: Partner) -> None:
    """Have the partner's key documents read again, at most once in five minutes."""
    if work.now < partner.keys_asked_at + ASKED_EVERY:
        return
    partner.keys_asked_at = work.now
    work.session.add(partner)
    work.enqueue("federation.keys", {"partner_id": str(partner.id)}, key=f"federation.keys:{partner.id}")


def refresh_keys(transactions: Transactions, http: Http, partner_id: UUID) -> None:
    """Read a partner's key documents and follow them: rotated keys, a new address."""
    with transactions.reading(SYSTEM) as look:
        partner = look.session.get(Partner, partner_id)
        if partner is None:
            return
        client, known = Client(http, identity.own(look), partner.base, look.now), len(partner.documents)
    try:
        offered = client.keys()
    except (Unreachable, OutboundRefused, PartnerRefused, BadJson, ValidationError) as failure:
        log.warning("partner_keys_unread", partner_id=str(partner_id), why=str(failure)[:200])
        return
    with transactions.writing(SYSTEM) as work:
        partner = repository.locked_partner(work.session, partner_id)
        if partner is not None:
            # A notice may have brought newer ones while this answer was on its way: then it is late, and no alarm.
            learn(work, partner, offered, newest=len(partner.documents) == known)


def learn(work: UnitOfWork, partner: Partner, offered: v1.KeyDocuments, *, newest: bool = False) -> None:
    """Follow new key documents, which also say where the partner lives now.

    Two truths of one version suspend the partnership until people have talked; so do old documents where the
    `newest` should be. In a notice old ones are only late. What is forged changes nothing.
    """
    try:
        _pin(work, partner, keys.extend(partners.chain_of(partner), offered.docs))
    except Equivocation:
        sound(work, partner, Alarm.EQUIVOCATION)
    except Rollback:
        if newest:
            sound(work, partner, Alarm.ROLLBACK)
    except KeysRefused as refused:
        log.warning("partner_keys_refused", partner=partner.name, why=str(refused))


def meet_at(
    transactions: Transactions, http: Http, partner_id: UUID, base: str, *, actor: Actor = SYSTEM
) -> PartnerRead:
    """Find a partner at the address an admin names, when its old one is lost: the chain proves that it is the same.

    Raises KeysRefused for anybody else and for documents that name another address, NotFound, and OutboundRefused,
    Unreachable or PartnerRefused of the conversation.
    """
    partners.require_staff(actor)
    with transactions.reading(actor) as look:
        if look.session.get(Partner, partner_id) is None:
            raise NotFound
        client = Client(http, identity.own(look), _dfp_base(base), look.now)
    try:
        offered = client.keys().docs
    except (ValidationError, BadJson):
        raise PartnerAnswersWrong from None
    with transactions.writing(actor) as work:
        partner = repository.locked_partner(work.session, partner_id)
        if partner is None:
            raise NotFound
        work.account_for("partner.meet_at", about="partner", about_id=partner_id, why=base)
        chain = keys.extend(partners.chain_of(partner), offered)
        if chain.latest.base.rstrip("/") != client.base:
            raise KeysRefused(message("The key documents found there name another address."))
        _pin(work, partner, chain)
        if partner.state is PartnerState.ACTIVE:
            partners.start_reading(work, partner)
        return partners.get(work, partner.id)


def _pin(work: UnitOfWork, partner: Partner, chain: Chain) -> None:
    base = chain.latest.base.rstrip("/")
    if base != partner.base:
        log.warning("partner_moved", partner=partner.name, base=base)
    partner.documents = [document.to_json() for document in chain.documents]
    partner.base = base
    partner.keys_asked_at = work.now
    work.session.add(partner)


def sound(work: UnitOfWork, partner: Partner, alarm: Alarm) -> None:
    """Suspend a partner until people have talked, and have them told, once."""
    log.error("partner_alarm", partner=partner.name, instance=partner.instance, alarm=alarm.value)
    if partner.alarm == alarm.value:
        return
    partner.alarm = alarm.value
    work.session.add(partner)
    if partner.state is PartnerState.ACTIVE:
        partners.move(work, partner, Step.SUSPEND)
    work.record(PartnerAlarmed(partner_id=partner.id, alarm=alarm.value))


def _dfp_base(address: str) -> str:
    """What an admin types, as an address of DFP/1: a bare `https://new.example` is enough."""
    bare = address.strip().rstrip("/")
    return bare if bare.endswith(v1.PATH) else bare + v1.PATH

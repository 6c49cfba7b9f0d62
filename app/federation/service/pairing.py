"""Pairing: an invite is given out, answered by the other operator, and both instances know each other by key."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import ValidationError

from app.federation import invites, keys, repository, signatures, trust
from app.federation.client import Client, PartnerRefused
from app.federation.invites import Invite
from app.federation.keys import Chain
from app.federation.problems import BadJson, InviteInvalid, PartnerAnswersWrong, PartnerNotReached
from app.federation.protocol import v1
from app.federation.schemas import InviteRead, PartnerRead
from app.federation.service import identity, partners
from app.federation.tables import Partner, PartnerInvite
from app.federation.trust import Grant, PartnerState, Step
from app.kernel.actor import SYSTEM, Actor
from app.kernel.ids import new_id
from app.kernel.problems import NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable


def invite(
    work: UnitOfWork,
    *,
    life: timedelta = timedelta(days=3),
    grants: Sequence[Grant] = tuple(Grant),
    review: bool = False,
) -> InviteRead:
    """Make an invite for one other instance; it is shown this once and works once.

    Whoever answers may do at most what is granted; with `review` nothing is exchanged before we have confirmed.
    """
    partners.require_staff(work.actor)
    own = identity.own(work)
    made = Invite(
        base=own.base,
        instance=own.instance,
        token=invites.new_token(),
        expires_at=work.now + min(life, invites.LONGEST_LIFE),
    )
    row = PartnerInvite(
        id=new_id(),
        token_hash=invites.token_hash(made.token),
        created_at=work.now,
        expires_at=made.expires_at,
        grants=[grant.value for grant in Grant if grant in grants],
        review=review,
    )
    work.session.add(row)
    work.account_for("partner.invite", about="invite", about_id=row.id)
    return InviteRead(invite=invites.encode(made), expires_at=made.expires_at)


def look_at(reading: Reading, text: str) -> Invite:
    """Who has made an invite, before it is answered. Raises InviteUnreadable and InviteExpired."""
    partners.require_staff(reading.actor)
    return invites.decode(text, now=reading.now)


@contextmanager
def in_conversation() -> Iterator[None]:
    """Say PartnerNotReached, with the reason, where the other region does not answer or says no."""
    try:
        yield
    except (Unreachable, OutboundRefused) as failure:
        detail = message("The other region could not be reached: {why}", why=str(failure)[:200])
        raise PartnerNotReached(detail) from failure
    except PartnerRefused as refused:
        detail = message("The other region said no: {why}", why=str(refused)[:200])
        raise PartnerNotReached(detail) from refused


def accept(
    transactions: Transactions,
    http: Http,
    text: str,
    *,
    grants: Sequence[Grant] = tuple(Grant),
    wants: Sequence[Grant] = tuple(Grant),
    actor: Actor = SYSTEM,
) -> PartnerRead:
    """Answer an invite: whoever sits at that address has to prove to be the instance that invited.

    Safe to repeat with the same invite when the answer was lost. Raises the refusals of reading an invite,
    KeysRefused, and OutboundRefused, Unreachable or PartnerRefused of the conversation itself.
    """
    with transactions.reading(actor) as reading:
        partners.require_staff(actor)
        read = invites.decode(text, now=reading.now)
        own, now = identity.own(reading), reading.now
        ask = _ask(reading, own, read, grants=grants, wants=wants)
    if read.instance == own.instance:
        raise NotNow(message("This invite is from this instance itself."))
    client = Client(http, own, read.base.rstrip("/"), now)
    try:
        offered = client.keys().docs
        with transactions.reading(actor) as reading:
            chain = _proved(reading, offered, instance=read.instance)
        told = client.pair(ask)
    except (ValidationError, BadJson):
        raise PartnerAnswersWrong from None
    if told.status == PartnerState.ENDED:
        raise NotNow(message("The other region has ended this since. Ask it for a new invite."))
    with transactions.writing(actor) as work:
        given = [grant.value for grant in Grant if grant in grants]
        partner = _keep(work, chain, name=told.name, grants=given, granted=trust.known(told.grants))
        partner.purge_hours = min(v1.PURGE_HOURS, told.purge_hours)
        if partner.state is PartnerState.PENDING and told.status == PartnerState.ACTIVE:
            partners.move(work, partner, Step.CONFIRM)
        work.account_for("partner.accept", about="partner", about_id=partner.id)
        return partners.get(work, partner.id)


def answer(work: UnitOfWork, request: signatures.Request, ask: v1.PairingAsk) -> v1.PairingStatus:
    """Somebody answers an invite of ours: token first, then the key chain, then the signature by it.

    No address of a stranger is called: the documents come with the request. Repeating it is harmless.
    """
    claim = signatures.read_claim(request, now=work.now)
    invited = repository.locked_invite(work.session, invites.token_hash(ask.token))
    if invited is None or work.now > invited.expires_at or invited.used_by not in (None, ask.instance):
        raise InviteInvalid
    if claim.key.instance != ask.instance:
        raise InviteInvalid
    chain = _proved(work, ask.docs, instance=ask.instance)
    signatures.verify(claim, keys.request_key(chain, claim.key.kid, at=work.now))
    known = repository.partner_by_instance(work.session, ask.instance, lock=True)
    if invited.used_by is not None and known is not None:
        return status(work, known)  # said again: what has happened since, an end included, stays as it is
    invited.used_by = ask.instance
    work.session.add(invited)
    grants = [grant for grant in trust.known(ask.wants) if grant in invited.grants]
    partner = _keep(work, chain, name=ask.name, grants=grants, granted=trust.known(ask.grants))
    partner.purge_hours = min(v1.PURGE_HOURS, ask.purge_hours)
    if partner.state is PartnerState.PENDING and not invited.review:
        partners.move(work, partner, Step.CONFIRM)
    return status(work, partner)


def status(reading: Reading, partner: Partner) -> v1.PairingStatus:
    """How we see the partnership."""
    return v1.PairingStatus(
        status=partner.state.value,
        grants={grant.value: grant in partner.grants for grant in Grant},
        name=_name(reading),
        purge_hours=partner.purge_hours,
    )


def waits_for_us(reading: Reading, partner: PartnerRead) -> bool:
    """Whether they have answered an invite of ours, and wait until we have looked at who they are."""
    answered = repository.has_answered(reading.session, partner.instance)
    return partner.state is PartnerState.PENDING and answered


def confirm(work: UnitOfWork, partner_id: UUID) -> PartnerRead:
    """Let in somebody who answered an invite that we wanted to look at first. NotNow in another state."""
    return partners.take(work, partner_id, Step.CONFIRM)


def leave(work: UnitOfWork, partner: Partner) -> None:
    """The partner ends the partnership; ending it twice is no mistake."""
    if partner.state is not PartnerState.ENDED:
        partners.move(work, partner, Step.END)


def _ask(
    reading: Reading, own: identity.Identity, read: Invite, *, grants: Sequence[Grant], wants: Sequence[Grant]
) -> v1.PairingAsk:
    return v1.PairingAsk(
        instance=own.instance,
        base=own.base,
        token=read.token,
        name=_name(reading),
        docs=identity.documents(reading.session),
        grants=_each(grants),
        wants=_each(wants),
        operator=identity.operator(reading.settings),
    )


def _each(grants: Sequence[Grant]) -> dict[str, bool]:
    return {grant.value: grant in grants for grant in Grant}


def _proved(reading: Reading, offered: Sequence[v1.KeyDocument], *, instance: str) -> Chain:
    """The chain of an instance: from those documents we know, or whole from strangers.

    After an end people have talked, and the invite carries the fingerprint: the chain is pinned anew.
    """
    known = repository.partner_by_instance(reading.session, instance)
    if known is None or known.state is PartnerState.ENDED:
        return keys.verify(offered, instance=instance)
    return keys.extend(partners.chain_of(known), offered)


def _keep(work: UnitOfWork, chain: Chain, *, name: str, grants: list[str], granted: list[str]) -> Partner:
    """The partner as a row: new, or the same instance paired again; not yet confirmed."""
    partner = repository.partner_by_instance(work.session, chain.instance, lock=True)
    if partner is None:
        partner = _new(chain, now=work.now)
    elif partner.state is PartnerState.ENDED:
        partner.state = trust.after(partner.state, Step.INVITE)
        partner.copies_until = partner.their_state = partner.probed_at = partner.probe_at = None
    partner.name, partner.grants, partner.granted = name, grants, granted
    partner.documents, partner.base = _documents(chain), chain.latest.base.rstrip("/")
    work.session.add(partner)
    work.session.flush()  # its feeds and its origin refer to it
    return partner


def _new(chain: Chain, *, now: datetime) -> Partner:
    return Partner(
        id=new_id(),
        instance=chain.instance,
        name="",
        base="",
        state=PartnerState.PENDING,
        grants=[],
        granted=[],
        documents=[],
        keys_asked_at=now,
        paired_at=now,
        changed_at=now,
    )


def _documents(chain: Chain) -> list[dict[str, str]]:
    return [document.to_json() for document in chain.documents]


def _name(reading: Reading) -> str:
    return reading.settings.name

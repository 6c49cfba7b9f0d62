"""Pairing: an invite is given out, answered by the other operator, and both instances know each other by key."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from app.federation import invites, keys, repository, signatures, trust
from app.federation.client import Client, Http
from app.federation.invites import Invite
from app.federation.keys import Chain
from app.federation.problems import BadJson, InviteInvalid, PartnerAnswersWrong
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

_EVERYTHING: Final = [grant.value for grant in Grant]


def invite(work: UnitOfWork, *, life: timedelta = timedelta(days=3)) -> InviteRead:
    """Make an invite for one other instance; it is shown this once and works once."""
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
    )
    work.session.add(row)
    return InviteRead(invite=invites.encode(made), expires_at=made.expires_at)


def accept(transactions: Transactions, http: Http, text: str, *, actor: Actor = SYSTEM) -> PartnerRead:
    """Answer an invite: whoever sits at that address has to prove to be the instance that invited.

    Safe to repeat with the same invite when the answer was lost. Raises the refusals of reading an invite,
    KeysRefused, and OutboundRefused, Unreachable or PartnerRefused of the conversation itself.
    """
    with transactions.reading(actor) as reading:
        partners.require_staff(actor)
        read = invites.decode(text, now=reading.now)
        own, documents, name = identity.own(reading), identity.documents(reading.session), _name(reading)
        now = reading.now
    if read.instance == own.instance:
        raise NotNow(message("This invite is from this instance itself."))
    client = Client(http, own, read.base.rstrip("/"), now)
    try:
        chain = keys.verify(client.keys().docs, instance=read.instance)
        status = client.pair(_ask(own, documents, name, token=read.token))
    except (ValidationError, BadJson):
        raise PartnerAnswersWrong from None
    with transactions.writing(actor) as work:
        granted = [grant for grant, given in status.grants.items() if given]
        partner = _keep(work, chain, name=status.name, grants=_EVERYTHING, granted=granted)
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
    chain = keys.verify(ask.docs, instance=ask.instance)
    signatures.verify(claim, keys.request_key(chain, claim.key.kid, at=work.now))
    invited.used_by = ask.instance
    work.session.add(invited)
    grants = [grant for grant in _EVERYTHING if ask.wants.get(grant)]
    granted = [grant for grant, given in ask.grants.items() if given and grant in _EVERYTHING]
    return status(work, _keep(work, chain, name=ask.name, grants=grants, granted=granted))


def status(reading: Reading, partner: Partner) -> v1.PairingStatus:
    """How we see the partnership."""
    return v1.PairingStatus(
        status=partner.state.value,
        grants={grant: grant in partner.grants for grant in _EVERYTHING},
        name=_name(reading),
    )


def leave(work: UnitOfWork, partner: Partner) -> None:
    """The partner ends the partnership; ending it twice is no mistake."""
    if partner.state is not PartnerState.ENDED:
        partners.move(work, partner, Step.END)


def learn_keys(work: UnitOfWork, partner: Partner, offered: v1.KeyDocuments) -> None:
    """Follow the partner's key documents, which also say where it lives now.

    Raises KeysRefused, or Equivocation, on which the caller suspends the partnership.
    """
    chain = keys.extend(partners.chain_of(partner), offered.docs)
    partner.documents = _documents(chain)
    partner.base = chain.latest.base.rstrip("/")
    partner.keys_asked_at = work.now
    work.session.add(partner)


def _ask(own: identity.Identity, documents: list[v1.KeyDocument], name: str, *, token: str) -> v1.PairingAsk:
    everything = dict.fromkeys(_EVERYTHING, True)
    return v1.PairingAsk(
        instance=own.instance,
        base=own.base,
        token=token,
        name=name,
        docs=documents,
        grants=everything,
        wants=everything,
    )


def _keep(work: UnitOfWork, chain: Chain, *, name: str, grants: list[str], granted: list[str]) -> Partner:
    """The partner as a row: new, or the same instance paired again."""
    partner = repository.partner_by_instance(work.session, chain.instance, lock=True)
    if partner is None:
        partner = _new(chain, now=work.now)
    elif partner.state is PartnerState.ENDED:
        partner.state = trust.after(partner.state, Step.INVITE)
    partner.name, partner.grants, partner.granted = name, grants, granted
    partner.documents, partner.base = _documents(chain), chain.latest.base.rstrip("/")
    work.session.add(partner)
    work.session.flush()  # its feeds and its origin refer to it
    if partner.state is PartnerState.PENDING:
        partners.move(work, partner, Step.CONFIRM)
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

"""Partners: who they are, what they may, and the steps of a partnership that people take."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from app.federation import freshness, keys, receipts, repository, signatures, trust
from app.federation.freshness import Freshness
from app.federation.keys import Chain
from app.federation.problems import NotPartner, OutOfScope, PairingEnded, Suspended
from app.federation.protocol import v1
from app.federation.protocol.v1 import Kind
from app.federation.reading import ReadingMode
from app.federation.schemas import PartnerRead, PartnersRead
from app.federation.service import exchange, notifying, publishing
from app.federation.tables import Partner, PartnerFeed
from app.federation.trust import ALLOWS, Alarm, Grant, PartnerState, Step
from app.kernel.actor import Actor, ActorKind, StaffRole
from app.kernel.problems import NotAllowed, NotFound, NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings


def pull_key(partner_id: UUID) -> str:
    """Under which a partner's pull waits: one is enough."""
    return f"federation.pull:{partner_id}"


def actor_of(partner: Partner) -> Actor:
    """A partner acting here for its residents."""
    return Actor(ActorKind.PARTNER, id=partner.id)


def chain_of(partner: Partner) -> Chain:
    """The partner's pinned key chain, proved."""
    documents = [v1.KeyDocument.model_validate(document) for document in partner.documents]
    return _proved(partner.instance, *documents)


@lru_cache(maxsize=1_024)
def _proved(instance: str, *documents: v1.KeyDocument) -> Chain:
    """The same documents prove the same for ever, and a partner that reads much signs every page."""
    return keys.verify(documents, instance=instance)


def authenticate(reading: Reading, request: signatures.Request) -> Partner:
    """The paired partner that signed this request. Keys are those we pinned, never fetched from a request.

    Raises the problems of `signatures.read_claim`, NotPartner for strangers (before anything is looked up for
    them), KeyUnknown and KeyExpired.
    """
    claim = signatures.read_claim(request, now=reading.now)
    partner = repository.partner_by_instance(reading.session, claim.key.instance)
    if partner is None:
        raise NotPartner
    signatures.verify(claim, keys.request_key(chain_of(partner), claim.key.kid, at=reading.now))
    return partner


def require_catalogue(partner: Partner) -> None:
    """The partner may read our listings. Raises PairingEnded, Suspended, NotPartner or OutOfScope."""
    _require(partner, allowed=ALLOWS[partner.state].catalogue, grant=Grant.READ_LISTINGS)


def require_new_loans(partner: Partner) -> None:
    """The partner may ask for our listings."""
    _require(partner, allowed=ALLOWS[partner.state].new_loans, grant=Grant.CREATE_REQUESTS)


def require_running_loans(partner: Partner) -> None:
    """The partner may go on with what was begun: what is out comes back, whatever else is over."""
    if not ALLOWS[partner.state].running_loans:
        raise NotPartner


def may_read(partner: Partner, kind: Kind) -> bool:
    """Whether we read this feed of a partner: both let it be so."""
    allows = ALLOWS[partner.state]
    if kind is Kind.LISTING:
        return allows.catalogue and Grant.READ_LISTINGS in partner.granted
    return allows.running_loans


def _require(partner: Partner, *, allowed: bool, grant: Grant) -> None:
    if not allowed:
        refusals = {PartnerState.ENDED: PairingEnded, PartnerState.SUSPENDED: Suspended}
        raise refusals.get(partner.state, NotPartner)
    if grant not in partner.grants:
        raise OutOfScope


def all_partners(reading: Reading) -> PartnersRead:
    """Every partner and how the exchange goes; for staff and the command line."""
    require_staff(reading.actor)
    return PartnersRead(items=[_read(reading, partner) for partner in repository.partners(reading.session)])


def get(reading: Reading, partner_id: UUID) -> PartnerRead:
    """One partner. Raises NotFound."""
    require_staff(reading.actor)
    partner = reading.session.get(Partner, partner_id)
    if partner is None:
        raise NotFound
    return _read(reading, partner)


def names(reading: Reading, ids: Collection[UUID]) -> dict[UUID, str]:
    """What these partners call themselves."""
    return {one.id: one.name for one in repository.partners(reading.session) if one.id in ids} if ids else {}


def suspend(work: UnitOfWork, partner_id: UUID) -> PartnerRead:
    """Stop the exchange for now: copies are hidden at once, running loans go on. NotNow in another state."""
    return take(work, partner_id, Step.SUSPEND)


def resume(work: UnitOfWork, partner_id: UUID) -> PartnerRead:
    """Go on after a suspension."""
    return take(work, partner_id, Step.RESUME)


def end(work: UnitOfWork, partner_id: UUID) -> PartnerRead:
    """End the partnership: copies are hidden now and purged within the promised hours; running loans end first."""
    return take(work, partner_id, Step.END)


def let(work: UnitOfWork, partner_id: UUID, grants: Collection[Grant]) -> PartnerRead:
    """Say anew what a partner may do here; it is given a hint, and asks for itself. Raises NotFound."""
    require_staff(work.actor)
    partner = repository.locked_partner(work.session, partner_id)
    if partner is None:
        raise NotFound
    partner.grants = [grant.value for grant in Grant if grant in grants]
    granted = ", ".join(partner.grants)
    work.account_for("partner.let", about="partner", about_id=partner_id, why=granted)
    work.session.add(partner)
    _let_know(work, partner)
    return _read(work, partner)


def poll(work: UnitOfWork, partner_id: UUID) -> PartnerRead:
    """Have a partner read now instead of at its next turn. Raises NotFound, and NotNow where nothing is read."""
    require_staff(work.actor)
    partner = repository.locked_partner(work.session, partner_id)
    if partner is None:
        raise NotFound
    if not any(may_read(partner, kind) for kind in Kind):
        raise NotNow(message("Nothing is read of this partner at present."))
    start_reading(work, partner)
    return _read(work, partner)


def move(work: UnitOfWork, partner: Partner, step: Step) -> None:
    """Take a step of the table, and show or hide the copies we hold accordingly."""
    partner.state = trust.after(partner.state, step)
    partner.changed_at = work.now
    if partner.state is PartnerState.ACTIVE:
        partner.their_state = partner.alarm = None
        start_reading(work, partner)
        publishing.ensure_feed(work, publishing.requests_of(partner.id))
    work.session.add(partner)
    settle_copies(work, partner)


def settle_copies(work: UnitOfWork, partner: Partner) -> None:
    """Show or hide the copies we hold, as both sides see the partnership, and say until when they may stay."""
    until = _copies_until(partner, now=work.now)
    earlier = partner.copies_until
    partner.copies_until = min(until, earlier) if until and earlier else until
    work.session.add(partner)
    show_copies(work, partner)


def _copies_until(partner: Partner, *, now: datetime) -> datetime | None:
    if partner.state is PartnerState.ENDED or Grant.READ_LISTINGS not in partner.granted:
        return now + timedelta(hours=partner.purge_hours)
    if _rests(partner):
        return now + trust.COPIES_KEPT_WHILE_SUSPENDED
    return None


def _rests(partner: Partner) -> bool:
    """Whether one of the two has suspended it."""
    return PartnerState.SUSPENDED in (partner.state, partner.their_state)


def start_reading(work: UnitOfWork, partner: Partner) -> None:
    """Read what the partner lets us read, from now on and at once."""
    known = {feed.kind: feed for feed in repository.reading_of(work.session, partner.id)}
    for kind in (Kind.LISTING, Kind.REQUEST):
        feed = known.get(kind) or PartnerFeed(
            partner_id=partner.id, kind=kind, mode=ReadingMode.WALK, next_try_at=work.now
        )
        feed.next_try_at, feed.failures = work.now, 0
        work.session.add(feed)
    work.enqueue("federation.pull", {"partner_id": str(partner.id)}, key=pull_key(partner.id))


def page_of(partner: Partner) -> str:
    """Where people find a partner."""
    return partner.base.removesuffix(v1.PATH)


def show_copies(work: UnitOfWork, partner: Partner) -> None:
    """Tell the listings how fresh this partner's copies are, and whether they may be shown at all."""
    feeds = repository.reading_of(work.session, partner.id)
    read_at, fresh = _read_at(feeds), freshness_of(feeds, now=work.now)
    allowed = ALLOWS[partner.state].copies_shown and Grant.READ_LISTINGS in partner.granted
    shown = allowed and not _rests(partner) and fresh in (Freshness.FRESH, Freshness.STALE)
    listings.keep_origin(
        work,
        partner.id,
        instance=partner.instance,
        name=partner.name,
        url=page_of(partner),
        fresh_at=read_at or partner.paired_at,
        shown=shown,
    )


def freshness_of(feeds: Sequence[PartnerFeed], *, now: datetime) -> Freshness:
    """How far a partner's catalogue, as we hold it, can be trusted."""
    return freshness.of(_read_at(feeds), now=now)


def take(work: UnitOfWork, partner_id: UUID, step: Step) -> PartnerRead:
    require_staff(work.actor)
    partner = repository.locked_partner(work.session, partner_id)
    if partner is None:
        raise NotFound
    move(work, partner, step)
    work.account_for(f"partner.{step}", about="partner", about_id=partner_id)
    if partner.state is PartnerState.ENDED:
        work.enqueue("federation.farewell", {"partner_id": str(partner.id)})
    else:
        _let_know(work, partner)
    return _read(work, partner)


def _let_know(work: UnitOfWork, partner: Partner) -> None:
    """The partnership has changed here: whoever looks for news finds out how we stand."""
    if ALLOWS[partner.state].running_loans:
        notifying.announce(work, partner, Kind.LISTING)


def require_staff(actor: Actor) -> None:
    """Partnerships are the business of admins and of the operator at the command line."""
    if actor.kind is not ActorKind.SYSTEM and actor.staff is not StaffRole.ADMIN:
        raise NotAllowed


def _read(reading: Reading, partner: Partner) -> PartnerRead:
    feeds = repository.reading_of(reading.session, partner.id)
    return PartnerRead(
        id=partner.id,
        instance=partner.instance,
        name=partner.name,
        base=partner.base,
        state=partner.state,
        their_state=partner.their_state,
        alarm=Alarm(partner.alarm) if partner.alarm else None,
        grants=partner.grants,
        granted=partner.granted,
        freshness=freshness_of(feeds, now=reading.now),
        paired_at=partner.paired_at,
        copies_until=partner.copies_until,
        erasures_unconfirmed=receipts.unconfirmed(reading.session, partner.id),
        exchanges=list(exchange.exchange(reading, partner)),
    )


def _read_at(feeds: Sequence[PartnerFeed]) -> datetime | None:
    return next((feed.read_at for feed in feeds if feed.kind is Kind.LISTING), None)

"""Partners, for the staff of this instance."""

from datetime import timedelta
from uuid import UUID

from app.api.endpoints import NOT_REPLAYABLE, OwnDesk, Reading, Router, Work, located
from app.api.openapi import problems
from app.federation.invites import InviteExpired, InviteUnreadable
from app.federation.problems import KeysRefused, PartnerAnswersWrong, PartnerNotReached
from app.federation.schemas import (
    GrantsChange,
    InviteCreate,
    InviteRead,
    PartnerCreate,
    PartnerMove,
    PartnerRead,
    PartnersRead,
)
from app.federation.service import consuming, following, pairing, partners
from app.kernel.problems import NotAllowed, NotNow

router = Router(prefix="/api/v1/partners", tags=["partners"])
_TALKING = (KeysRefused, PartnerAnswersWrong, PartnerNotReached, NotAllowed)


@router.get("", summary="List the partners", responses=problems(NotAllowed))
def browse(reading: Reading) -> PartnersRead:
    """Every partner, and how the exchange with it goes. For admins."""
    return partners.all_partners(reading)


@router.post("/invites", status_code=201, summary="Invite another region", openapi_extra=NOT_REPLAYABLE)
@located("/api/v1/partners")
def invite(work: Work, body: InviteCreate) -> InviteRead:
    """Make an invite to send to another operator. It is shown this once, and works once."""
    return pairing.invite(
        work, life=timedelta(hours=body.hours), grants=tuple(body.grants), review=body.review
    )


@router.post(
    "",
    status_code=201,
    summary="Answer an invite",
    responses=problems(InviteUnreadable, InviteExpired, *_TALKING),
    openapi_extra=NOT_REPLAYABLE,
)
@located("/api/v1/partners/{id}")
def accept(desk: OwnDesk, body: PartnerCreate) -> PartnerRead:
    """Answer an invite of another region, which is called for it. Safe to repeat when the answer was lost."""
    with pairing.in_conversation():
        return pairing.accept(
            desk.transactions, desk.http, body.invite, grants=body.grants, wants=body.wants, actor=desk.actor
        )


@router.get("/{partner_id:uuid}", summary="Read a partner", responses=problems(NotAllowed))
def get(reading: Reading, partner_id: UUID) -> PartnerRead:
    """One partner, and how the exchange with it goes."""
    return partners.get(reading, partner_id)


@router.post("/{partner_id:uuid}/confirm", summary="Let in who answered", responses=problems(NotNow))
def confirm(work: Work, partner_id: UUID) -> PartnerRead:
    """Begin the exchange with a region that answered an invite you wanted to look at first."""
    return pairing.confirm(work, partner_id)


@router.put("/{partner_id:uuid}/grants", summary="Set what a partner may do", responses=problems(NotAllowed))
def let(work: Work, partner_id: UUID, body: GrantsChange) -> PartnerRead:
    """Say anew what a partner may do here. Loans under way go on in any case."""
    return partners.let(work, partner_id, body.grants)


@router.post("/{partner_id:uuid}/poll", summary="Read a partner now", responses=problems(NotNow))
def poll(work: Work, partner_id: UUID) -> PartnerRead:
    """Have a partner asked for news now instead of at its next turn. The answer is how it stood before."""
    return partners.poll(work, partner_id)


@router.post("/{partner_id:uuid}/read-again", summary="Read everything again", responses=problems(NotAllowed))
def read_again(work: Work, partner_id: UUID) -> PartnerRead:
    """Have all entries of a partner read again, those put aside included."""
    consuming.read_again(work, partner_id)
    return partners.get(work, partner_id)


@router.post("/{partner_id:uuid}/release", summary="Carry out held removals", responses=problems(NotNow))
def release(work: Work, partner_id: UUID) -> PartnerRead:
    """Remove now what was held back because it is suspiciously much."""
    consuming.release_removals(work, partner_id)
    return partners.get(work, partner_id)


@router.post(
    "/{partner_id:uuid}/meet-at",
    summary="Name a new address",
    responses=problems(*_TALKING),
    openapi_extra=NOT_REPLAYABLE,
)
def meet_at(desk: OwnDesk, partner_id: UUID, body: PartnerMove) -> PartnerRead:
    """Find a partner at a new address when its old one is lost. Its keys have to prove that it is the same."""
    with pairing.in_conversation():
        return following.meet_at(desk.transactions, desk.http, partner_id, body.base, actor=desk.actor)


@router.post("/{partner_id:uuid}/suspend", summary="Suspend the exchange", responses=problems(NotNow))
def suspend(work: Work, partner_id: UUID) -> PartnerRead:
    """Stop the exchange for now. Their listings disappear here; loans under way go on."""
    return partners.suspend(work, partner_id)


@router.post("/{partner_id:uuid}/resume", summary="Resume the exchange", responses=problems(NotNow))
def resume(work: Work, partner_id: UUID) -> PartnerRead:
    """Go on with the exchange."""
    return partners.resume(work, partner_id)


@router.post("/{partner_id:uuid}/end", summary="End the partnership", responses=problems(NotNow))
def end(work: Work, partner_id: UUID) -> PartnerRead:
    """End the partnership. Copies are purged on both sides; loans under way come to their end."""
    return partners.end(work, partner_id)

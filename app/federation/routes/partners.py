"""Partners, for the staff of this instance."""

from datetime import timedelta
from uuid import UUID

from app.api.endpoints import NOT_REPLAYABLE, Reading, Router, Work, located
from app.api.openapi import problems
from app.federation.schemas import InviteCreate, InviteRead, PartnerRead, PartnersRead
from app.federation.service import pairing, partners
from app.kernel.problems import NotAllowed, NotNow

router = Router(prefix="/api/v1/partners", tags=["partners"])


@router.get("", summary="List the partners", responses=problems(NotAllowed))
def browse(reading: Reading) -> PartnersRead:
    """Every partner, and how the exchange with it goes. For admins."""
    return partners.all_partners(reading)


@router.post("/invites", status_code=201, summary="Invite another region", openapi_extra=NOT_REPLAYABLE)
@located("/api/v1/partners")
def invite(work: Work, body: InviteCreate) -> InviteRead:
    """Make an invite to send to another operator. It is shown this once, and works once."""
    return pairing.invite(work, life=timedelta(hours=body.hours))


@router.get("/{partner_id:uuid}", summary="Read a partner", responses=problems(NotAllowed))
def get(reading: Reading, partner_id: UUID) -> PartnerRead:
    """One partner, and how the exchange with it goes."""
    return partners.get(reading, partner_id)


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

"""Where listings have gone: to whoever offers them, and to the staff."""

from uuid import UUID

from app.api.endpoints import Reading, Router
from app.api.openapi import problems
from app.federation.schemas import CopiesRead, ErasuresRead
from app.federation.service import copies
from app.kernel.problems import NotAllowed

router = Router(prefix="/api/v1", tags=["partners"])


@router.get("/me/copies", summary="See where your listings have gone")
def my_copies(reading: Reading) -> CopiesRead:
    """Which regions have read your listings, whether they know the latest, and where they are gone again."""
    return copies.copies(reading)


@router.get(
    "/partners/{partner_id:uuid}/erasures",
    summary="Read the ledger of erasures",
    responses=problems(NotAllowed),
)
def erasures(reading: Reading, partner_id: UUID) -> ErasuresRead:
    """What a partner had to forget, and when it signed that it read so. For admins."""
    return copies.ledger(reading, partner_id)

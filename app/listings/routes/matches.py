"""What fits each other, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from app.api.endpoints import PublicReading, Reading, Router
from app.api.languages import Language
from app.api.openapi import problems
from app.api.schemas import ListQuery, Page
from app.kernel.problems import NotAllowed
from app.listings import service
from app.listings.schemas import MatchesRead, MatchRead

router = Router(prefix="/api/v1/wants", tags=["listings"])
sought = Router(prefix="/api/v1/listings", tags=["listings"])


@router.get("/{want_id}/matches", summary="Look for offers that fit a want")
def matches(
    reading: PublicReading,
    want_id: Annotated[UUID, Path(description="The want.")],
    query: Annotated[ListQuery, Query()],
    language: Language,
) -> MatchesRead:
    """Offers that could fill it, ours and those of partners, the best first, each with its reasons.

    They fit in what they are, lie near, have units free for the whole time, and are meant for who is looking.
    """
    return service.answers(reading, want_id, query, language=language)


@sought.get(
    "/{listing_id}/matching-wants", summary="Look for wants that fit an offer", responses=problems(NotAllowed)
)
def matching_wants(
    reading: Reading,
    listing_id: Annotated[UUID, Path(description="The listing.")],
    query: Annotated[ListQuery, Query()],
    language: Language,
) -> Page[MatchRead]:
    """Open wants that this offer could fill, for its provider's side; the best first, each with its reasons."""
    return Page[MatchRead].model_validate(service.sought(reading, listing_id, query, language=language))

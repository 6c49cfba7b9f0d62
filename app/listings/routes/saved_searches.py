"""Saved searches over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app.api.endpoints import Reading, Router, Work, located
from app.api.openapi import problems
from app.api.versions import IfMatchOptional
from app.kernel.problems import NotNow, VersionStale
from app.listings import service
from app.listings.schemas import SavedSearchCreate, SavedSearchEdit, SavedSearchesRead, SavedSearchRead

router = Router(prefix="/api/v1/saved-searches", tags=["saved-searches"])

SearchId = Annotated[UUID, Path(description="The saved search.")]


@router.get("", summary="List what you keep")
def mine(reading: Reading) -> SavedSearchesRead:
    """All searches that you keep, the oldest first: fifty at most."""
    return service.mine(reading)


@router.post("", status_code=201, summary="Keep a search", responses=problems(NotNow))
@located("/api/v1/saved-searches/{id}")
def save(work: Work, body: SavedSearchCreate) -> SavedSearchRead:
    """From now on you are told of new listings that fit, ours and those of partners, each once; never of your own.

    Whether by mail or in the inbox, at once or with the morning's mail, say your switches for the topic `searches`.
    """
    return service.save(work, body)


@router.get("/{search_id}", summary="Look at a saved search")
def get(reading: Reading, search_id: SearchId) -> SavedSearchRead:
    """One of your own."""
    return service.read_saved(reading, search_id)


@router.patch("/{search_id}", summary="Change a saved search", responses=problems(VersionStale))
def edit(work: Work, search_id: SearchId, body: SavedSearchEdit, seen: IfMatchOptional) -> SavedSearchRead:
    """A merge patch: absent stays. After another query, or once alerts begin again, only what then appears is new."""
    return service.edit_saved(work, search_id, body, seen=seen)


@router.delete(
    "/{search_id}", status_code=204, summary="Drop a saved search", responses=problems(VersionStale)
)
def drop(work: Work, search_id: SearchId, seen: IfMatchOptional) -> None:
    """Nothing more is told."""
    service.drop_saved(work, search_id, seen=seen)

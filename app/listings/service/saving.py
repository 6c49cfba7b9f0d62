"""Saved searches: private standing wants, kept in the words of the search itself."""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import MISSING

from app.accounts import service as accounts
from app.kernel import versions
from app.kernel.ids import new_id
from app.kernel.places import bounding_box
from app.kernel.problems import FieldError, Invalid, NotFound, NotNow
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import saved
from app.listings.schemas.saved import (
    SavedQuery,
    SavedSearchCreate,
    SavedSearchEdit,
    SavedSearchesRead,
    SavedSearchRead,
)
from app.listings.schemas.views import ListingQuery
from app.listings.service import searching
from app.listings.tables import SavedSearch

MOST: Final = 50
"""So many searches may one person keep."""

_WHERE: Final = "/api/v1/listings"


def save(work: UnitOfWork, command: SavedSearchCreate) -> SavedSearchRead:
    """Keep a search of the acting person; what appears from now on and fits is told. NotNow beyond fifty."""
    person_id = accounts.acting_person(work)
    accounts.hold_still(work, person_id)
    if saved.count(work.session, person_id) >= MOST:
        raise NotNow(message("You keep {most} searches already. Drop one first.", most=MOST))
    row = SavedSearch(
        id=new_id(),
        person_id=person_id,
        name=command.name,
        alert=command.alert,
        since=work.now,
        created_at=work.now,
        updated_at=work.now,
        **_columns(work, command.query),
    )
    work.session.add(row)
    return _shown(row)


def mine(reading: Reading) -> SavedSearchesRead:
    """What the acting person keeps."""
    return of_person(reading, accounts.acting_person(reading))


def of_person(reading: Reading, person_id: UUID) -> SavedSearchesRead:
    """A person's searches, for them and for their export."""
    return SavedSearchesRead(items=[_shown(row) for row in saved.of_person(reading.session, person_id)])


def read_saved(reading: Reading, search_id: UUID) -> SavedSearchRead:
    """One of one's own; NotFound for others'."""
    return _shown(_own(reading, search_id))


def edit_saved(
    work: UnitOfWork, search_id: UUID, change: SavedSearchEdit, *, seen: int | None
) -> SavedSearchRead:
    """Change what the patch names. With another query, or alerts that begin again, only what appears from now on is
    new.
    """
    row = _own(work, search_id)
    versions.require(seen, row.version)
    if change.name is not MISSING:
        row.name = change.name
    if change.query is not MISSING and (columns := _columns(work, change.query))["query"] != row.query:
        row.since = work.now
        for name, value in columns.items():
            setattr(row, name, value)
    if change.alert is not MISSING:
        row.since = work.now if change.alert and not row.alert else row.since
        row.alert = change.alert
    row.version += 1
    row.updated_at = work.now
    return _shown(row)


def drop_saved(work: UnitOfWork, search_id: UUID, *, seen: int | None) -> None:
    """Keep it no longer."""
    row = _own(work, search_id)
    versions.require(seen, row.version)
    saved.forget_finds(work.session, [row.id])
    work.session.delete(row)


def saved_names(reading: Reading, search_ids: Collection[UUID]) -> dict[UUID, str]:
    """How these searches are called by those who keep them, for letters to them."""
    return saved.named(reading.session, search_ids)


def query_of(row: SavedSearch) -> ListingQuery:
    """The query that was saved, as if somebody asked it now."""
    return ListingQuery.model_validate(row.query)


def _own(reading: Reading, search_id: UUID) -> SavedSearch:
    changing = isinstance(reading, UnitOfWork)
    row = reading.session.get(SavedSearch, search_id, with_for_update=changing, populate_existing=changing)
    if row is None or row.person_id != accounts.acting_person(reading):
        raise NotFound
    return row


def _columns(work: UnitOfWork, query: SavedQuery) -> dict[str, Any]:
    """What was said, and what any listing that fits must be; Invalid where the search itself would refuse it."""
    try:
        asked = searching.read(work, query)
    except Invalid as refused:
        raise Invalid(*(FieldError(f"/query/{one.pointer}", one.detail) for one in refused.errors)) from None
    box = None if asked.near is None or query.radius_km is None else bounding_box(asked.near, query.radius_km)
    return {
        "query": query.model_dump(mode="json", exclude_defaults=True),
        "kind": query.kind,
        "purpose": query.purpose,
        "category": query.category,
        "units": query.units,
        "south": box and box.south,
        "west": box and box.west,
        "north": box and box.north,
        "east": box and box.east,
        "until": asked.span and asked.span.end,
    }


def _shown(row: SavedSearch) -> SavedSearchRead:
    said = {
        name: str(value).lower() if isinstance(value, bool) else value for name, value in row.query.items()
    }
    return SavedSearchRead(
        id=row.id,
        name=row.name,
        query=row.query,
        href=f"{_WHERE}?{urlencode(said)}" if said else _WHERE,
        alert=row.alert,
        since=row.since,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

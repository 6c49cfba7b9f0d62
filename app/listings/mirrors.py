"""Every query over the rows of partners' listings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from app.kernel.database import upsert
from app.listings.rules.lifecycle import State
from app.listings.tables import Listing, Photo, WantedPicture


class Known(NamedTuple):
    """The row of a partner's listing."""

    id: UUID
    state: State
    appeared_at: datetime | None


def known(session: Session, origin_id: UUID, ids_there: Collection[str]) -> dict[str, Known]:
    """Those of a partner's listings, named by its own ids, that have a row here."""
    query = select(Listing.origin_listing_id, Listing.id, Listing.state, Listing.appeared_at).where(
        col(Listing.origin_id) == origin_id, col(Listing.origin_listing_id).in_(ids_there)
    )
    rows = session.exec(query)
    return {there: Known(row_id, State(state), seen) for there, row_id, state, seen in rows if there}


def keep(session: Session, rows: Sequence[Mapping[str, Any]], *, once: Collection[str]) -> None:
    """Write a partner's listings: new ones whole, known ones without what is written `once`."""
    once = {"id", "created_at", "provider_id", "origin_id", "origin_listing_id", *once}
    upsert(session, Listing, rows, key=["id"], once=once, version=col(Listing.version) + 1)


def pictured(session: Session, listing_ids: Collection[UUID]) -> set[UUID]:
    """Which of these have a photo, or wait for one."""
    queries = (
        select(photo.listing_id).where(col(photo.listing_id).in_(listing_ids)).distinct()
        for photo in (Photo, WantedPicture)
    )
    return {listing_id for query in queries for listing_id in session.exec(query) if listing_id is not None}


def everything(session: Session, origin_id: UUID) -> Sequence[UUID]:
    """Every listing of a partner that has a row here."""
    return session.exec(select(Listing.id).where(col(Listing.origin_id) == origin_id)).all()

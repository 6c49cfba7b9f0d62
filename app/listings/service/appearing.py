"""Listings that appear, or are told anew: who waits for such a thing is found by a job, never while somebody waits."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from app.kernel.unit_of_work import UnitOfWork
from app.listings.rules.lifecycle import State
from app.listings.tables import Listing

FIND_JOB: Final = "listings.find"
_AT_ONCE: Final = 100
"""So many listings are one job's."""


def note(row: Listing, *, was: State | None, now: datetime) -> None:
    """Say since when the public has seen this listing, where it had not before."""
    row.appeared_at = since(row.state, was=was, seen=row.appeared_at, now=now)


def since(state: State, *, was: State | None, seen: datetime | None, now: datetime) -> datetime | None:
    """The same of a listing without a row: `seen` is since when the public had seen it before."""
    return now if state is State.PUBLISHED and was is not State.PUBLISHED else seen


def look(work: UnitOfWork, listing_ids: Collection[UUID]) -> None:
    """Have it found out who waits for one of these, after this transaction."""
    ids = [str(one) for one in listing_ids]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        key = f"{FIND_JOB} {some[0]}" if len(some) == 1 else None
        work.enqueue(FIND_JOB, {"listing_ids": some}, key=key)

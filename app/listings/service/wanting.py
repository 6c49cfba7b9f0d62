"""Wants, for those who answer them: what is still missing, and that a want ends once everything is found."""

from datetime import datetime
from uuid import UUID

from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import repository
from app.listings.rules.kinds import Purpose
from app.listings.rules.lifecycle import Action, CloseReason, State, move
from app.listings.schemas.values import Want
from app.listings.service.looking import find
from app.listings.service.writing import touch
from app.listings.tables import Listing


def want(reading: Reading, want_id: UUID) -> Want:
    """What somebody is looking for; NotFound where there is no want that the actor may see."""
    row = find(reading, want_id)
    if row.purpose is not Purpose.WANT:
        raise NotFound
    return Want(
        id=row.id,
        owner_id=row.provider_id,
        origin_id=row.origin_id,
        is_open=row.state is State.PUBLISHED,
        missing_units=missing_units(row),
    )


def missing_units(row: Listing) -> int:
    """How many are still to be found."""
    return max(0, row.units - (row.filled_units or 0))


def fill(work: UnitOfWork, want_id: UUID, *, units: int) -> bool:
    """Say how many units have been found, counted by the caller under the lock of the want; True when that is all.

    Then the want is closed as fulfilled here, and reopened when one of those who had filled it calls off in time. A
    want that has ended otherwise stays as it ended.
    """
    row = repository.lock(work.session, want_id)
    if row is None or row.purpose is not Purpose.WANT or row.filled_units == units:
        return False
    was, before, row.filled_units = row.state, row.filled_units or 0, units
    found_all = units >= row.units
    if found_all and move(row.state, Action.CLOSE) is not None:
        row.state, row.close_reason = State.CLOSED, CloseReason.FULFILLED_HERE
    elif not found_all and before >= row.units and _needed_still(row, work.now):
        reopened = move(row.state, Action.REOPEN)
        if reopened is not None:
            row.state, row.close_reason = reopened.to, None
    touch(work, row, was=was)
    return found_all and row.state is not was


def _needed_still(row: Listing, now: datetime) -> bool:
    """Whether it was closed because everything had been found, by nobody's hand, for a time that is to come."""
    to_come = row.wanted_ends_at is not None and row.wanted_ends_at > now
    return row.close_reason is CloseReason.FULFILLED_HERE and to_come

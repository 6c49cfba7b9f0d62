"""The queries behind quotas: what a borrower has, and how often a listing is asked for (T18)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.bookings.rules.counting import HAD, NEVER_HAD
from app.bookings.rules.words import Side, State
from app.bookings.tables import Booking
from app.kernel.intervals import Interval


@dataclass(frozen=True, slots=True)
class Counted:
    """A booking that counts against what somebody may have."""

    listing_id: UUID
    span: Interval
    under_way: bool


def counted(
    session: Session,
    *,
    party_id: UUID | None,
    remote: tuple[UUID | None, str | None],
    listing_id: UUID,
    under_way: Collection[State],
    had_since: datetime,
    besides: UUID | None,
) -> list[Counted]:
    """What a borrower has under way anywhere, and had of this listing since then.

    The borrower is a party here, or somebody whom a partner names.
    """
    partner_id, ref = remote
    theirs = (
        col(Booking.borrower_id) == party_id
        if party_id is not None
        else and_(
            col(Booking.side) == Side.SUPPLIER,
            col(Booking.partner_id) == partner_id,
            col(Booking.remote_ref) == ref,
        )
    )
    had = and_(
        col(Booking.listing_id) == listing_id,
        col(Booking.ends_at) > had_since,
        col(Booking.state).in_(HAD),
        or_(col(Booking.outcome).is_(None), col(Booking.outcome).not_in(NEVER_HAD)),
    )
    query = select(Booking.listing_id, Booking.starts_at, Booking.ends_at, Booking.state).where(
        theirs, or_(col(Booking.state).in_(under_way), had)
    )
    if besides is not None:
        query = query.where(col(Booking.id) != besides)
    return [
        Counted(listing, Interval(starts_at, ends_at), state in under_way)
        for listing, starts_at, ends_at, state in session.exec(query).all()
    ]


def asked_for(
    session: Session, listing_id: UUID, within: Interval, *, states: Collection[State], besides: UUID | None
) -> list[datetime]:
    """When what anybody asks for or had of this listing starts, as far as that lies within the stretch."""
    query = select(Booking.starts_at).where(
        col(Booking.listing_id) == listing_id,
        col(Booking.state).in_(states),
        col(Booking.starts_at) >= within.start,
        col(Booking.starts_at) < within.end,
        or_(col(Booking.outcome).is_(None), col(Booking.outcome).not_in(NEVER_HAD)),
    )
    if besides is not None:
        query = query.where(col(Booking.id) != besides)
    return list(session.exec(query).all())

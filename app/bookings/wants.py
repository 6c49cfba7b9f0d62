"""Queries over what answers a want. Who may see it is decided here: one's own side of it, nothing else."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from app.bookings.rules.words import PROMISED, Outcome, State
from app.bookings.tables import Booking

_CAME_TO_NOTHING = frozenset(
    {
        Outcome.DID_NOT_HAPPEN,
        Outcome.NOT_COLLECTED,
        Outcome.NO_SHOW_BORROWER,
        Outcome.NO_SHOW_PROVIDER,
    }
)


def offers(
    session: Session, want_id: UUID, *, of: Collection[UUID], before: UUID | None, limit: int
) -> Sequence[Booking]:
    """List what answers the want and has one of these parties as a side, newest first."""
    query = select(Booking).where(
        col(Booking.want_id) == want_id,
        or_(col(Booking.borrower_id).in_(of), col(Booking.provider_id).in_(of)),
    )
    if before is not None:
        query = query.where(col(Booking.id) < before)
    return session.exec(query.order_by(col(Booking.id).desc()).limit(limit)).all()


def promised_units(session: Session, want_id: UUID) -> int:
    """Count the units that were promised to the owner of the want and not called off, those given long ago included."""
    kept = and_(
        col(Booking.state) == State.COMPLETED,
        or_(col(Booking.outcome).is_(None), col(Booking.outcome).not_in(_CAME_TO_NOTHING)),
    )
    counted = select(func.coalesce(func.sum(col(Booking.units)), 0)).where(
        col(Booking.want_id) == want_id, or_(col(Booking.state).in_(PROMISED), kept)
    )
    return int(session.exec(counted).one())


def still_open(session: Session, want_id: UUID) -> Sequence[UUID]:
    """Name the offers that nobody has said yes or no to."""
    return session.exec(
        select(Booking.id)
        .where(col(Booking.want_id) == want_id, col(Booking.state).in_((State.REQUESTED, State.COUNTERED)))
        .order_by(col(Booking.id))
    ).all()

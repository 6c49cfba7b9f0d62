"""Queries over what was asked for together. Who may see it is decided here: what is not visible is not found."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, true, update
from sqlmodel import Session, col, select

from app.bookings.tables import Booking, BookingSeries, SeriesDate
from app.kernel.actor import Actor, ActorKind
from app.kernel.problems import NotFound


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """Both sides see a series, every member of an organisation its own; a case about one date is not about all."""
    return true() if actor.kind is ActorKind.SYSTEM else _one_side_is(actor.parties)


def _one_side_is(parties: Collection[UUID]) -> ColumnElement[bool]:
    return or_(col(BookingSeries.borrower_id).in_(parties), col(BookingSeries.provider_id).in_(parties))


def get_series(session: Session, series_id: UUID, *, to: Actor) -> BookingSeries:
    """Find the series; NotFound when there is none that this actor may see."""
    found = session.exec(
        select(BookingSeries).where(col(BookingSeries.id) == series_id, _visible_to(to))
    ).first()
    if found is None:
        raise NotFound
    return found


def lock_series(session: Session, series_id: UUID, *, to: Actor) -> BookingSeries:
    """The same as it is once whoever is changing it has finished; locked before any of its bookings."""
    found = session.exec(
        select(BookingSeries)
        .where(col(BookingSeries.id) == series_id, _visible_to(to))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound
    return found


def lock_series_of(session: Session, party_id: UUID) -> Sequence[BookingSeries]:
    """Every series in which this party is a side, locked in the order of ids."""
    return session.exec(
        select(BookingSeries)
        .where(_one_side_is([party_id]))
        .order_by(col(BookingSeries.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def series_with_person(session: Session, person_id: UUID) -> Sequence[BookingSeries]:
    """Every series this person borrows, lends or has asked for in an organisation's name, oldest first."""
    mine = or_(_one_side_is([person_id]), col(BookingSeries.requested_by) == person_id)
    return session.exec(select(BookingSeries).where(mine).order_by(col(BookingSeries.id))).all()


def dates(session: Session, series_id: UUID) -> Sequence[SeriesDate]:
    """The dates of a series in their order."""
    return session.exec(
        select(SeriesDate).where(col(SeriesDate.series_id) == series_id).order_by(col(SeriesDate.date))
    ).all()


def bookings_of_series(session: Session, series_id: UUID, *, lock: bool = False) -> Sequence[Booking]:
    """The bookings of a series by their ids; locked in that order when asked to."""
    query = select(Booking).where(col(Booking.series_id) == series_id).order_by(col(Booking.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).all()


def forget_asker(session: Session, person_id: UUID) -> None:
    """Wipe what this person wrote when they asked, and that it was them."""
    asked = update(BookingSeries).where(col(BookingSeries.requested_by) == person_id)
    session.connection().execute(asked.values(purpose=None, requested_by=None))

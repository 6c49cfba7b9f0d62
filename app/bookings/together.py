"""Queries over what was asked for together. Who may see it is decided here: what is not visible is not found."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, true, update
from sqlmodel import Session, col, select

from app.bookings.rules.words import TERMINAL, State
from app.bookings.tables import Booking, BookingGroup, BookingSeries, GroupItem, SeriesDate
from app.kernel.actor import Actor, ActorKind
from app.kernel.problems import NotFound


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """Both sides see a series, every member of an organisation its own; a case about one date is not about all."""
    return true() if actor.kind is ActorKind.SYSTEM else _one_side_is(actor.parties)


def _one_side_is(parties: Collection[UUID]) -> ColumnElement[bool]:
    return or_(col(BookingSeries.borrower_id).in_(parties), col(BookingSeries.provider_id).in_(parties))


def find_series(session: Session, series_id: UUID, *, to: Actor) -> BookingSeries | None:
    """Find the series, if this actor may see it."""
    query = select(BookingSeries).where(col(BookingSeries.id) == series_id, _visible_to(to))
    return session.exec(query).first()


def get_series(session: Session, series_id: UUID, *, to: Actor) -> BookingSeries:
    """Find the series; NotFound when there is none that this actor may see."""
    found = find_series(session, series_id, to=to)
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


def series_with_person(
    session: Session, person_id: UUID, parties: Collection[UUID]
) -> Sequence[BookingSeries]:
    """Every series this person borrows, lends or has asked for in the name of one of these parties, oldest first."""
    asked = and_(col(BookingSeries.requested_by) == person_id, _one_side_is(parties))
    mine = or_(_one_side_is([person_id]), asked)
    return session.exec(select(BookingSeries).where(mine).order_by(col(BookingSeries.id))).all()


def dates(session: Session, series_id: UUID) -> Sequence[SeriesDate]:
    """The dates of a series in their order."""
    return session.exec(
        select(SeriesDate).where(col(SeriesDate.series_id) == series_id).order_by(col(SeriesDate.date))
    ).all()


def date_of(session: Session, booking_id: UUID) -> SeriesDate | None:
    """The date of a series that this booking was asked for."""
    return session.exec(select(SeriesDate).where(col(SeriesDate.booking_id) == booking_id)).first()


def bookings_of_series(session: Session, series_id: UUID, *, lock: bool = False) -> Sequence[Booking]:
    """The bookings of a series by their ids; locked in that order when asked to."""
    query = select(Booking).where(col(Booking.series_id) == series_id).order_by(col(Booking.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).all()


def lapsing_with(session: Session, booking: Booking) -> Sequence[UUID]:
    """The other dates of its series that wait for an answer until the same moment, or have just lapsed."""
    if booking.series_id is None:
        return []
    waits = and_(col(Booking.state) == State.REQUESTED, col(Booking.expires_at) == booking.expires_at)
    lapsed = and_(col(Booking.state) == State.EXPIRED, col(Booking.since) >= booking.expires_at)
    query = select(Booking.id).where(
        col(Booking.series_id) == booking.series_id, col(Booking.id) != booking.id, or_(waits, lapsed)
    )
    return session.exec(query.order_by(col(Booking.id))).all()


def _group_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The borrower sees a group, and everybody who provides a part of it."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    theirs = exists().where(
        col(Booking.group_id) == col(BookingGroup.id), col(Booking.provider_id).in_(actor.parties)
    )
    return or_(col(BookingGroup.borrower_id).in_(actor.parties), theirs)


def get_group(session: Session, group_id: UUID, *, to: Actor, lock: bool = False) -> BookingGroup:
    """Find the group, locked before any of its bookings when asked to; NotFound unless this actor may see it."""
    query = select(BookingGroup).where(col(BookingGroup.id) == group_id, _group_visible_to(to))
    if lock:
        query = query.with_for_update(key_share=True, of=BookingGroup)
        query = query.execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise NotFound
    return found


def group_of(session: Session, booking: Booking) -> BookingGroup | None:
    """The group of which this booking is a part."""
    return session.get(BookingGroup, booking.group_id) if booking.group_id else None


def lock_groups_of(session: Session, party_id: UUID) -> Sequence[BookingGroup]:
    """Every group this party asked for, locked in the order of ids."""
    return session.exec(
        select(BookingGroup)
        .where(col(BookingGroup.borrower_id) == party_id)
        .order_by(col(BookingGroup.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def groups_with_person(
    session: Session, person_id: UUID, parties: Collection[UUID]
) -> Sequence[BookingGroup]:
    """Every group this person asked for, also in the name of one of these parties, oldest first."""
    theirs = col(BookingGroup.borrower_id).in_(parties)
    mine = or_(
        col(BookingGroup.borrower_id) == person_id, and_(col(BookingGroup.requested_by) == person_id, theirs)
    )
    return session.exec(select(BookingGroup).where(mine).order_by(col(BookingGroup.id))).all()


def items(session: Session, group_id: UUID) -> Sequence[GroupItem]:
    """The parts of a group in the order in which they were asked for."""
    return session.exec(
        select(GroupItem).where(col(GroupItem.group_id) == group_id).order_by(col(GroupItem.position))
    ).all()


def bookings_of_group(session: Session, group_id: UUID, *, lock: bool = False) -> Sequence[Booking]:
    """The bookings of a group by their ids; locked in that order when asked to."""
    query = select(Booking).where(col(Booking.group_id) == group_id).order_by(col(Booking.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(query).all()


def standing_beside(session: Session, booking: Booking) -> int:
    """How many other parts of its group are still asked for or promised."""
    return session.exec(
        select(func.count())
        .select_from(Booking)
        .where(
            col(Booking.group_id) == booking.group_id,
            col(Booking.id) != booking.id,
            col(Booking.state).not_in(TERMINAL),
        )
    ).one()


def forget_asker(session: Session, person_id: UUID) -> None:
    """Wipe what this person wrote when they asked, and that it was them."""
    for table in (BookingSeries, BookingGroup):
        asked = update(table).where(col(table.requested_by) == person_id)
        session.connection().execute(asked.values(purpose=None, requested_by=None))

"""Every query over bookings. Who may see one is decided here, in SQL: what is not visible is not found."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, func, or_, true
from sqlmodel import Session, col, select

from app.bookings.rules.words import TERMINAL, RecordKind, Role, Side, State
from app.bookings.tables import (
    Booking,
    BookingContract,
    BookingEvent,
    BookingMessage,
    BookingRecord,
    CalendarFeed,
)
from app.kernel.actor import Actor, ActorKind
from app.kernel.problems import NotFound

_MOST_IN_A_DAY: Final = 500


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """Sides see theirs, every member of an organisation its own, partners what their residents asked for.

    Staff see a booking once there was a case; before that it is none of their business.
    """
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if actor.kind is ActorKind.PARTNER:
        return and_(col(Booking.partner_id) == actor.id, col(Booking.side) == Side.SUPPLIER)
    seen: ColumnElement[bool] = _one_side_is(actor.parties)
    return or_(seen, col(Booking.case_opened_at).is_not(None)) if actor.is_staff else seen


def _one_side_is(parties: frozenset[UUID]) -> ColumnElement[bool]:
    if not parties:
        return false()
    return or_(col(Booking.borrower_id).in_(parties), col(Booking.provider_id).in_(parties))


def get_visible(session: Session, booking_id: UUID, *, to: Actor) -> Booking:
    """Find the booking; NotFound when there is none that this actor may see."""
    found = session.exec(select(Booking).where(col(Booking.id) == booking_id, _visible_to(to))).first()
    if found is None:
        raise NotFound
    return found


def by_ids(session: Session, ids: Collection[UUID]) -> Sequence[Booking]:
    """Find these bookings, whoever may see them."""
    return session.exec(select(Booking).where(col(Booking.id).in_(ids))).all() if ids else []


def lock_visible(session: Session, booking_id: UUID, *, to: Actor) -> Booking:
    """Find it as it is once whoever is acting on it has finished; on PostgreSQL FOR NO KEY UPDATE."""
    found = session.exec(
        select(Booking)
        .where(col(Booking.id) == booking_id, _visible_to(to))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound
    return found


def page(
    session: Session,
    *,
    of: frozenset[UUID],
    role: Role | None,
    state: State | None,
    ended: bool | None = None,
    series_id: UUID | None = None,
    group_id: UUID | None = None,
    before: UUID | None,
    limit: int,
) -> Sequence[Booking]:
    """List bookings of these parties, newest first."""
    sides: dict[Role | None, ColumnElement[bool]] = {
        None: _one_side_is(of),
        Role.BORROWER: col(Booking.borrower_id).in_(of),
        Role.PROVIDER: col(Booking.provider_id).in_(of),
    }
    query = select(Booking).where(sides[role])
    if state is not None:
        query = query.where(col(Booking.state) == state)
    if ended is not None:
        over = col(Booking.state).in_(TERMINAL)
        query = query.where(over if ended else ~over)
    if series_id is not None:
        query = query.where(col(Booking.series_id) == series_id)
    if group_id is not None:
        query = query.where(col(Booking.group_id) == group_id)
    if before is not None:
        query = query.where(col(Booking.id) < before)
    return session.exec(query.order_by(col(Booking.id).desc()).limit(limit)).all()


def changing_hands(
    session: Session,
    *,
    to: frozenset[UUID],
    provider_id: UUID | None,
    listing_id: UUID | None,
    going: Collection[State],
    coming: Collection[State],
    until: datetime,
) -> Sequence[Booking]:
    """List what one of these parties is a side of and goes out or comes back until then, in the order of time."""
    query = select(Booking).where(
        _one_side_is(to),
        or_(
            and_(col(Booking.state).in_(going), col(Booking.starts_at) < until),
            and_(col(Booking.state).in_(coming), col(Booking.ends_at) < until),
        ),
    )
    if provider_id is not None:
        query = query.where(col(Booking.provider_id) == provider_id)
    if listing_id is not None:
        query = query.where(col(Booking.listing_id) == listing_id)
    return session.exec(query.order_by(col(Booking.starts_at), col(Booking.id)).limit(_MOST_IN_A_DAY)).all()


def due(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Name the bookings whose clock has something to do, the longest due first."""
    return session.exec(
        select(Booking.id)
        .where(col(Booking.due_at) <= now)
        .order_by(col(Booking.due_at), col(Booking.id))
        .limit(limit)
    ).all()


def rivals(session: Session, promised: Sequence[Booking], listing_ids: Collection[UUID]) -> Sequence[Booking]:
    """List open requests and counter-offers of these listings that hold no units and touch the time of a promise."""
    found = session.exec(
        select(Booking).where(
            col(Booking.listing_id).in_(listing_ids),
            col(Booking.id).not_in([one.id for one in promised]),
            col(Booking.state).in_((State.REQUESTED, State.COUNTERED)),
            col(Booking.holds_units).is_(False),
            col(Booking.starts_at) < max(one.ends_at for one in promised),
            col(Booking.ends_at) > min(one.starts_at for one in promised),
        )
    ).all()
    return [
        rival
        for rival in found
        if any(rival.starts_at < one.ends_at and rival.ends_at > one.starts_at for one in promised)
    ]


def promised_to_start(
    session: Session, listing_ids: Collection[UUID], after: datetime, before: datetime
) -> Sequence[Booking]:
    """List promises of these listings that have not begun and start in `[after, before)`."""
    return session.exec(
        select(Booking)
        .where(
            col(Booking.listing_id).in_(listing_ids),
            col(Booking.state).in_((State.CONFIRMED, State.READY)),
            col(Booking.starts_at) >= after,
            col(Booking.starts_at) < before,
        )
        .order_by(col(Booking.starts_at), col(Booking.id))
    ).all()


def events(session: Session, booking_id: UUID) -> Sequence[BookingEvent]:
    """Tell the story from its beginning."""
    return session.exec(
        select(BookingEvent)
        .where(col(BookingEvent.booking_id) == booking_id)
        .order_by(col(BookingEvent.version))
    ).all()


def records(session: Session, booking_id: UUID) -> Sequence[BookingRecord]:
    """List hand-overs and returns, the oldest first."""
    return session.exec(
        select(BookingRecord)
        .where(col(BookingRecord.booking_id) == booking_id)
        .order_by(col(BookingRecord.recorded_at), col(BookingRecord.version), col(BookingRecord.id))
    ).all()


def unacknowledged(session: Session, booking_id: UUID, kind: RecordKind) -> Sequence[BookingRecord]:
    """List records of this kind that the borrower has not confirmed and that are not sealed yet."""
    return session.exec(
        select(BookingRecord).where(
            col(BookingRecord.booking_id) == booking_id,
            col(BookingRecord.kind) == kind,
            col(BookingRecord.acknowledged_at).is_(None),
            col(BookingRecord.digest).is_(None),
        )
    ).all()


def unsealed(session: Session, booking_id: UUID) -> Sequence[BookingRecord]:
    """List records that have no digest yet."""
    return session.exec(
        select(BookingRecord).where(
            col(BookingRecord.booking_id) == booking_id, col(BookingRecord.digest).is_(None)
        )
    ).all()


def sealed(session: Session) -> Iterable[BookingRecord]:
    """Go through all records that were sealed here, a few at a time."""
    query = (
        select(BookingRecord)
        .join(Booking, col(Booking.id) == col(BookingRecord.booking_id))
        .where(col(BookingRecord.digest).is_not(None), col(Booking.side) != Side.REQUESTER)
    )
    return session.exec(query.order_by(col(BookingRecord.id)).execution_options(yield_per=500))


def last_contract(session: Session, booking_id: UUID) -> BookingContract | None:
    """Find the newest version of a booking's contract."""
    return session.exec(
        select(BookingContract)
        .where(col(BookingContract.booking_id) == booking_id)
        .order_by(col(BookingContract.version).desc())
        .limit(1)
    ).first()


def contracts_of(session: Session, booking_ids: Collection[UUID]) -> Sequence[BookingContract]:
    """List every version of the contracts of these bookings, the oldest first."""
    return session.exec(
        select(BookingContract)
        .where(col(BookingContract.booking_id).in_(booking_ids))
        .order_by(col(BookingContract.booking_id), col(BookingContract.version))
    ).all()


def contracts_as_made(session: Session) -> Iterable[BookingContract]:
    """Go through all contracts from which nothing was taken out, a few at a time."""
    query = select(BookingContract).where(col(BookingContract.anonymised_at).is_(None))
    return session.exec(query.order_by(col(BookingContract.id)).execution_options(yield_per=500))


def contracts_ended(session: Session, *, before: datetime, limit: int) -> Sequence[BookingContract]:
    """List contracts that still name their parties although their bookings ended so long ago."""
    return session.exec(
        select(BookingContract)
        .join(Booking, col(Booking.id) == col(BookingContract.booking_id))
        .where(
            col(BookingContract.nameless).is_(False),
            col(Booking.state).in_(TERMINAL),
            col(Booking.since) < before,
        )
        .order_by(col(BookingContract.id))
        .limit(limit)
    ).all()


def in_calendar(
    session: Session,
    *,
    party_id: UUID | None,
    listing_id: UUID | None,
    unseen: Collection[State],
    ended: Collection[State],
    ended_after: datetime,
    window: tuple[datetime, datetime],
    now: datetime,
    limit: int,
) -> Sequence[Booking]:
    """List what a calendar shows of a party's or a listing's bookings: first what is to come, then what was last."""
    begins, ends = window
    to_come = col(Booking.ends_at) >= now
    of = _one_side_is(frozenset({party_id})) if party_id else col(Booking.listing_id) == listing_id
    return session.exec(
        select(Booking)
        .where(
            of,
            col(Booking.ends_at) > begins,
            col(Booking.starts_at) < ends,
            col(Booking.state).not_in(unseen),
            or_(col(Booking.state).not_in(ended), col(Booking.since) >= ended_after),
        )
        .order_by(
            case((to_come, 0), else_=1),
            case((to_come, col(Booking.starts_at)), else_=None),
            col(Booking.starts_at).desc(),
            col(Booking.id),
        )
        .limit(limit)
    ).all()


def changed_at(session: Session, booking_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Tell when the last step of each booking was taken."""
    rows = session.exec(
        select(BookingEvent.booking_id, func.max(col(BookingEvent.at)))
        .where(col(BookingEvent.booking_id).in_(booking_ids))
        .group_by(col(BookingEvent.booking_id))
    ).all()
    return dict(rows)


def feeds_of(session: Session, person_id: UUID) -> Sequence[CalendarFeed]:
    """List a person's calendar feeds, the oldest first."""
    return session.exec(
        select(CalendarFeed).where(col(CalendarFeed.person_id) == person_id).order_by(col(CalendarFeed.id))
    ).all()


def feed_by_digest(session: Session, digest: str) -> CalendarFeed | None:
    """Find a calendar feed by what is kept of its token."""
    return session.exec(select(CalendarFeed).where(col(CalendarFeed.digest) == digest)).first()


def messages(
    session: Session, booking_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> Sequence[BookingMessage]:
    """Read the conversation, oldest first."""
    query = select(BookingMessage).where(col(BookingMessage.booking_id) == booking_id)
    if after is not None:
        query = query.where(col(BookingMessage.id) > after)
    return session.exec(query.order_by(col(BookingMessage.id)).limit(limit)).all()


def message_by_remote_id(session: Session, booking_id: UUID, remote_id: UUID) -> BookingMessage | None:
    """Find a message by the id it has where it was written, or by our own where we told it."""
    return session.exec(
        select(BookingMessage).where(
            col(BookingMessage.booking_id) == booking_id,
            or_(col(BookingMessage.remote_id) == remote_id, col(BookingMessage.id) == remote_id),
        )
    ).first()


def written_by(session: Session, person_id: UUID) -> Sequence[BookingMessage]:
    """List what this person wrote, the oldest first."""
    return session.exec(
        select(BookingMessage)
        .where(col(BookingMessage.author_id) == person_id)
        .order_by(col(BookingMessage.id))
    ).all()


def of_party(session: Session, party_id: UUID) -> Sequence[Booking]:
    """List everything in which this party is a side, locked in the order of ids."""
    return session.exec(
        select(Booking)
        .where(_one_side_is(frozenset({party_id})))
        .order_by(col(Booking.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def with_person(session: Session, person_id: UUID, parties: frozenset[UUID]) -> Sequence[Booking]:
    """List everything this person borrows, lends or has asked for in the name of one of these parties, oldest first."""
    asked = and_(col(Booking.requested_by) == person_id, _one_side_is(parties))
    mine = or_(_one_side_is(frozenset({person_id})), asked)
    return session.exec(select(Booking).where(mine).order_by(col(Booking.id))).all()

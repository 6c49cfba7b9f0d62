"""The queries behind a region's numbers: what became of promises, and how many took part. Never who."""

from collections.abc import Sequence

from sqlalchemy import distinct, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from app.bookings.rules.words import Outcome, Role, State
from app.bookings.tables import Booking, BookingEvent
from app.kernel.months import Month, place_of


def outcomes(session: Session, months: Sequence[Month]) -> Sequence[tuple[int, Outcome, int]]:
    """How many promises came to which end in each of these months, by its place."""
    ended = (
        select_columns(place_of(col(Booking.since), months).label("month"), col(Booking.outcome).label("how"))
        .where(
            col(Booking.state).in_((State.COMPLETED, State.CANCELLED)),
            col(Booking.outcome).is_not(None),
            col(Booking.since) >= months[0].start,
        )
        .subquery()
    )
    rows = session.connection().execute(
        select_columns(ended.c.month, ended.c.how, func.count()).group_by(ended.c.month, ended.c.how)
    )
    return [(month, how, count) for month, how, count in rows]


def active(session: Session, months: Sequence[Month]) -> dict[int, tuple[int, int]]:
    """How many people took a step in each of these months, and in the name of how many organisations."""
    steps = (
        select_columns(
            place_of(col(BookingEvent.at), months).label("month"),
            col(BookingEvent.actor_id).label("person"),
            func.nullif(col(BookingEvent.for_id), col(BookingEvent.actor_id)).label("organisation"),
        )
        .where(
            col(BookingEvent.role).in_((Role.BORROWER, Role.PROVIDER)),
            col(BookingEvent.actor_id).is_not(None),
            col(BookingEvent.at) >= months[0].start,
        )
        .subquery()
    )
    rows = session.connection().execute(
        select_columns(
            steps.c.month, func.count(distinct(steps.c.person)), func.count(distinct(steps.c.organisation))
        ).group_by(steps.c.month)
    )
    return {month: (people, organisations) for month, people, organisations in rows}

"""Those who wait (T21): what they see of their place, and who is called when units become free."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.bookings import abroad, queues
from app.bookings.events import ToldAnew
from app.bookings.rules.queue import InTheWay, forecast
from app.bookings.rules.words import Side, State
from app.bookings.schemas import QueueRead
from app.bookings.service.judging import Borrower, Sitting, borrower_of, judge
from app.bookings.service.values import span_of
from app.bookings.tables import Booking
from app.kernel.intervals import Interval
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.events import ListingChanged
from app.listings.service import Tally, Verdict

TURNS_JOB: Final = "bookings.offer_turns"


def tell_anew(work: UnitOfWork, booking: Booking) -> None:
    """Nobody took a step, and a partner whose resident it is sees something else of it now."""
    if booking.side is Side.SUPPLIER and booking.partner_id is not None:
        work.record(ToldAnew(booking_id=booking.id, side=booking.side, partner_id=booking.partner_id))


def call_next(work: UnitOfWork, listing_id: UUID) -> None:
    """Units may have become free, of its whole and its parts, too: have the queues in which anybody waits looked at
    after this transaction, and partners told what the calendar says to their residents.
    """
    family = listings.family_of(work, listing_id)
    for booking in abroad.lent_abroad(work.session, family):
        tell_anew(work, booking)
    for one in family:
        if queues.anybody_waits(work.session, one):
            work.enqueue(TURNS_JOB, {"listing_id": str(one)}, key=f"{TURNS_JOB} {one}")


def listing_changed(work: UnitOfWork, changed: ListingChanged) -> None:
    """More units, a closure that went, other hours, a pause that ended: somebody who waits may fit now."""
    call_next(work, changed.listing_id)


def judge_newcomer(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Borrower,
    overriding: bool = False,
    tally: Tally | None = None,
    sitting: Sitting | None = None,
) -> Verdict:
    """Everything that speaks against an ask that comes just now, those included who have waited for what is free.

    Between the moment when units become free and their turn, nobody overtakes those who fit and came before (T21).
    Of several asks each is judged by what one `sitting` has read.
    """
    seen = sitting.seen if sitting else None
    verdict = judge(
        reading,
        listing_id,
        span=span,
        units=units,
        borrower=borrower,
        overriding=overriding,
        tally=sitting.counts.tally(span) if sitting else tally,
        seen=seen,
    )
    if not verdict.bookable or overriding:
        return verdict
    before = [
        one
        for one in (
            sitting.line(span) if sitting else queues.waiting_beside(reading.session, listing_id, span)
        )
        if one.borrower_id is None or one.borrower_id != borrower.party_id
    ]
    left = verdict.free_units
    for one in their_turn(reading, listing_id, before, seen=seen):
        left = max(0, left - one.units)
        if not left:
            break
    if left >= units:
        return verdict
    too_few = listings.reason(listings.Ground.NOT_ENOUGH_UNITS, free_units=left)
    return replace(verdict, free_units=left, reasons=(too_few,))


def their_turn(
    reading: Reading, listing_id: UUID, line: Sequence[Booking], *, seen: listings.Look | None = None
) -> Iterator[Booking]:
    """Those in the line who could have it now, in its order; who has passed, when the calendar is another since.

    For whom there is no room one look at the calendar tells; the others are judged one by one, as long as the caller
    wants more of them. So a long line costs little more than a short one.
    """
    free = listings.free_at(reading, listing_id, [span_of(one) for one in line], seen=seen) if line else []
    for one, units in zip(line, free, strict=True):
        if units >= one.units:
            verdict = judged_now(reading, one, seen=seen)
            if verdict.bookable and verdict.calendar_version != one.passed_at_version:
                yield one


def judged_now(reading: Reading, booking: Booking, *, seen: listings.Look | None = None) -> Verdict:
    """What the listing says today to somebody who waits, or has a turn."""
    return judge(
        reading,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units,
        borrower=borrower_of(reading, booking),
        holder_id=booking.id,
        seen=seen,
    )


def place_of(reading: Reading, booking: Booking) -> QueueRead | None:
    """How many are before this one for the same time, counting from 1, and when it is likely to be free."""
    if booking.state not in {State.WAITLISTED, State.OFFERED}:
        return None
    if booking.side is Side.REQUESTER:
        return _told(booking.outlook or {})
    before = queues.waiting_before(reading.session, booking)
    return QueueRead(
        position=1 + len(before),
        forecast_at=_forecast(reading, booking, sum(before)) if booking.state is State.WAITLISTED else None,
    )


def _told(outlook: Mapping[str, Any]) -> QueueRead | None:
    """The place as the partner has told it."""
    position, forecast_at = outlook.get("position"), outlook.get("forecast_at")
    if position is None:
        return None
    return QueueRead(
        position=position, forecast_at=datetime.fromisoformat(forecast_at) if forecast_at else None
    )


def _forecast(reading: Reading, booking: Booking, wanted_before: int) -> datetime | None:
    holding = queues.holding(reading.session, booking, reading.now)
    free = listings.free_as_they_end(
        reading,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units,
        holders=[holder_id for holder_id, _ in holding],
    )
    return forecast(
        needed=booking.units + wanted_before,
        in_the_way=[InTheWay(ends_at, units) for (_, ends_at), units in zip(holding, free, strict=True)],
        real_ends=queues.real_ends(reading.session, booking.listing_id),
        now=reading.now,
    )

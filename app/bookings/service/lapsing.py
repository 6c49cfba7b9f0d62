"""The dates of a series that wait until the same moment are told of together, once (T15, T20)."""

from app.bookings import together
from app.bookings.events import SeriesAnswered
from app.bookings.rules.moves import Move
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import Said
from app.bookings.tables import Booking
from app.kernel.unit_of_work import Reading, UnitOfWork


def speaks_for_its_series(reading: Reading, booking: Booking, reminder: Reminder) -> bool:
    """Whether this reminder is told for this booking: of dates that wait for one answer only the first."""
    if booking.series_id is None or reminder is not Reminder.ANSWER_DUE:
        return True
    return all(other > booking.id for other in together.lapsing_with(reading.session, booking))


def said_of_a_lapse(work: UnitOfWork, booking: Booking, move: Move) -> Said:
    """What the clock says: where several dates lapse at one moment the first of them tells it for all."""
    if move.row.action is not Action.EXPIRE:
        return Said()
    others = together.lapsing_with(work.session, booking)
    if not others or booking.series_id is None:
        return Said()
    if all(other > booking.id for other in others):
        work.record(
            SeriesAnswered(
                series_id=booking.series_id,
                listing_id=booking.listing_id,
                booking_id=booking.id,
                action=Action.EXPIRE,
                role=Role.CLOCK,
                moved=len(others) + 1,
                kept=0,
            )
        )
    return Said(together=booking.series_id)

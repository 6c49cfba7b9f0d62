"""Keeping count of what a want has found: after every step of an offer that answers it."""

from app.bookings import wants
from app.bookings.events import BookingReminded
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.words import Role
from app.bookings.tables import Booking
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings


def keep_count(work: UnitOfWork, booking: Booking) -> None:
    """Count anew, under the lock of the want, what has been promised to its owner; once it is enough others are told.

    The lock of the want comes last and nobody who holds it asks for another, so nobody waits in a circle.
    """
    if booking.want_id is None:
        return
    listings.hold_still(work, booking.want_id)
    work.session.flush()  # this step counts
    if listings.fill(work, booking.want_id, units=wants.promised_units(work.session, booking.want_id)):
        for other in wants.still_open(work.session, booking.want_id):
            whom = (Role.PROVIDER,)
            work.record(BookingReminded(booking_id=other, reminder=Reminder.WANT_FILLED, whom=whom))

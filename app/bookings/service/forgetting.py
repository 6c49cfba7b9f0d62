"""What is long over tells nobody any more who borrowed (domain.md §6); the provider's tallies stay."""

from typing import Final

from app.bookings import traces
from app.bookings.service import contract
from app.bookings.service.waiting import tell_anew
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

_BATCH: Final = 500


def forget_old(work: UnitOfWork) -> None:
    """Take out of what ended a year ago who borrowed and what anybody wrote or photographed, contracts included."""
    contract.forget_old(work)
    old = traces.lock_ended(work.session, before=work.now - contract.KEPT, limit=_BATCH)
    ids = {booking.id for booking in old}
    if not ids:
        return
    traces.forget_agreed_words(work.session, ids)
    traces.forget_all_words(work.session, ids, now=work.now)
    listings.forget_photos_of_bookings(work, ids)
    for booking in old:
        booking.borrower_id = booking.requested_by = booking.purpose = booking.override_reason = None
        booking.place_note = booking.condition = booking.hand_over_code = None
        booking.remote_contact = booking.remote_name = booking.remote_ref = None
        booking.counter = booking.change = None
        work.session.add(booking)
        tell_anew(work, booking)
    work.session.flush()
    traces.forget_who_asked_for_nothing_else(work.session)

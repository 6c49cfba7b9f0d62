"""Photos of what changes hands: only the two sides see them, and staff when there was a case."""

from uuid import UUID

from app.bookings import policy, repository
from app.bookings.problems import StepNotPossible
from app.bookings.rules.states import is_answered, is_terminal
from app.bookings.rules.words import Role
from app.bookings.service.values import parties_of
from app.bookings.tables import Booking
from app.kernel.problems import NotAllowed
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.schemas import PhotoRead


def may_add(reading: Reading, booking_id: UUID) -> None:
    """Refuse, before anything slow is done, who may not add a photo: NotFound, NotAllowed, StepNotPossible."""
    _require_side(reading, repository.get_visible(reading.session, booking_id, to=reading.actor))


def add(work: UnitOfWork, booking_id: UUID, prepared: listings.PreparedPhoto, *, alt: str) -> PhotoRead:
    """Add a photo, from the promise until the booking has ended."""
    _require_side(work, repository.lock_visible(work.session, booking_id, to=work.actor))
    return listings.add_photo_to_booking(work, booking_id, prepared, alt=alt)


def require_visible(reading: Reading, booking_id: UUID, photo_id: UUID) -> listings.ShownPhoto:
    """The digest of a photo of this booking, for who may see the booking; NotFound for everybody else."""
    repository.get_visible(reading.session, booking_id, to=reading.actor)
    return listings.require_visible_photo(reading, photo_id, booking_id=booking_id)


def _require_side(reading: Reading, booking: Booking) -> None:
    if not policy.roles_of(reading.actor, parties_of(booking)) & {Role.BORROWER, Role.PROVIDER}:
        raise NotAllowed
    if not is_answered(booking.state) or is_terminal(booking.state):
        raise StepNotPossible(state=booking.state)

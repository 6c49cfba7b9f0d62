"""What a part that will not come means for the rest of a group (T16)."""

from uuid import UUID

from app.bookings import together
from app.bookings.events import GroupBroken
from app.bookings.rules.groups import leaves_a_gap
from app.bookings.rules.moves import Move
from app.bookings.rules.words import Role
from app.bookings.schemas import Said
from app.bookings.tables import Booking
from app.kernel.unit_of_work import UnitOfWork


def told_with_group(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> UUID | None:
    """Tell who wanted all or nothing that a part will not come while others stand (T16).

    Answers the group where that takes the place of the step's own letter: when the provider said no.
    """
    if said.together is not None or booking.group_id is None:
        return said.together
    group = together.group_of(work.session, booking)
    if group is None or not leaves_a_gap(group.mode, move.target, move.role):
        return None
    left = together.standing_beside(work.session, booking)
    if not left:
        return None
    work.record(GroupBroken(group_id=group.id, booking_id=booking.id, action=move.row.action, left=left))
    return group.id if move.role is Role.PROVIDER else None

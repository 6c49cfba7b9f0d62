"""Moving several bookings with one call: each as if by itself; what cannot follow stays and says why."""

from uuid import UUID

from app.bookings.problems import StepNotPossible
from app.bookings.rules.moves import after, allowed_actions
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import Said, Step
from app.bookings.service import carrying
from app.bookings.service.reasons import reasons_of
from app.bookings.service.values import facts_of
from app.bookings.tables import Booking
from app.kernel.problems import NotNow, Reason
from app.kernel.unit_of_work import UnitOfWork
from app.listings.problems import SlotTaken


def said_together(step: Step, whole_id: UUID) -> Said:
    """What is said with every single step; the whole tells it once."""
    return Said(reason=step.reason, note=step.note, together=whole_id)


def move_one(
    work: UnitOfWork, booking: Booking, role: Role, actions: tuple[Action, ...], said: Said
) -> tuple[Reason, ...]:
    """Take the first of these actions that the booking allows; answers why not, and then nothing has happened to it."""
    facts = facts_of(booking)
    possible = allowed_actions(booking.tail, booking.state, {role}, facts=facts, now=work.now)
    action = next((one for one in actions if one in possible), None)
    if action is None:
        return (Reason("step_not_possible", StepNotPossible.title),)
    try:
        with work.attempt():
            move = after(booking.tail, booking.state, action, {role}, facts=facts, now=work.now)
            carrying.step(work, booking, move, said)
    except (NotNow, SlotTaken) as refused:
        return reasons_of(refused)
    return ()

"""Moving one side's parts of a group with one call (T16)."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.bookings import together
from app.bookings.events import GroupAnswered
from app.bookings.problems import StepNotPossible
from app.bookings.rules.states import is_answered, is_terminal
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import GroupRead, Step
from app.bookings.service import group_views
from app.bookings.service.moving import move_one, said_together
from app.bookings.service.reasons import distinct
from app.bookings.tables import Booking, BookingGroup
from app.kernel.problems import NotAllowed, Reason
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings

_TAKES_BACK: Final = (Action.WITHDRAW, Action.CANCEL)


def withdraw(work: UnitOfWork, group_id: UUID, step: Step, *, language: str) -> GroupRead:
    """Take back or cancel, as the borrower, every part that still can be; the rest stays and says why."""
    group = together.get_group(work.session, group_id, to=work.actor, lock=True)
    if not work.actor.speaks_for(group.borrower_id):
        raise NotAllowed
    return _move(work, group, Role.BORROWER, _TAKES_BACK, step, language=language)


def accept(work: UnitOfWork, group_id: UUID, step: Step, *, language: str) -> GroupRead:
    """Say yes, as a provider, to every part of one's own that waits for it and can still be kept."""
    return _answer(work, group_id, Action.ACCEPT, step, language)


def decline(work: UnitOfWork, group_id: UUID, step: Step, *, language: str) -> GroupRead:
    """Say no, as a provider, to every part of one's own that waits for an answer."""
    return _answer(work, group_id, Action.DECLINE, step, language)


def _answer(work: UnitOfWork, group_id: UUID, action: Action, step: Step, language: str) -> GroupRead:
    group = together.get_group(work.session, group_id, to=work.actor, lock=True)
    return _move(work, group, Role.PROVIDER, (action,), step, language=language)


def _move(
    work: UnitOfWork,
    group: BookingGroup,
    role: Role,
    actions: tuple[Action, ...],
    step: Step,
    *,
    language: str,
) -> GroupRead:
    bookings = together.bookings_of_group(work.session, group.id, lock=True)
    mine = [one for one in bookings if role is Role.BORROWER or work.actor.speaks_for(one.provider_id)]
    if not mine:
        raise NotAllowed
    # Who borrows, then every listing at once, as when it was asked for: nobody waits in a circle.
    if group.borrower_id is not None:
        accounts.hold_still(work, group.borrower_id)
    listings.hold_all_still(work, {one.listing_id for one in mine})
    said, moved, kept = said_together(step, group.id), list[Booking](), dict[UUID, tuple[Reason, ...]]()
    for booking in mine:
        if is_terminal(booking.state) or (role is Role.PROVIDER and is_answered(booking.state)):
            continue
        why_not = move_one(work, booking, role, actions, said)
        if why_not:
            kept[booking.id] = why_not
        else:
            moved.append(booking)
    if not moved:
        raise StepNotPossible(
            message("There is no part that could follow."),
            reasons=distinct(reason for reasons in kept.values() for reason in reasons),
        )
    _tell(work, group, role, actions[0], moved, left=sum(not is_terminal(one.state) for one in bookings))
    return group_views.read(work, group, kept=kept, language=language)


def _tell(
    work: UnitOfWork, group: BookingGroup, role: Role, action: Action, moved: Sequence[Booking], *, left: int
) -> None:
    """One fact for each party on the other side."""
    others: Mapping[UUID | None, list[Booking]] = {
        whom: [one for one in moved if role is Role.PROVIDER or one.provider_id == whom]
        for whom in ({group.borrower_id} if role is Role.PROVIDER else {one.provider_id for one in moved})
    }
    for whom, theirs in others.items():
        if whom is not None:
            work.record(
                GroupAnswered(
                    group_id=group.id,
                    booking_id=min(theirs, key=lambda one: one.id).id,
                    whom=whom,
                    action=action,
                    role=role,
                    moved=len(theirs),
                    left=left,
                )
            )

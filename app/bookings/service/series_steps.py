"""Moving many dates of a series with one call: what can follow follows, the rest stays and is told (T15)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from app.bookings import policy, together
from app.bookings.events import SeriesAnswered
from app.bookings.policy import Parties
from app.bookings.problems import StepNotPossible
from app.bookings.rules.series import Answer
from app.bookings.rules.states import is_answered, is_terminal
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import SeriesCancel, SeriesRead, Step
from app.bookings.service import series_views
from app.bookings.service.moving import move_one, said_together
from app.bookings.service.reasons import distinct
from app.bookings.tables import BookingSeries, SeriesDate
from app.kernel.problems import FieldError, Invalid, NotAllowed, Reason
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork

_CALLS_OFF: Final[Mapping[Role, tuple[Action, ...]]] = {
    Role.BORROWER: (Action.WITHDRAW, Action.CANCEL),
    Role.PROVIDER: (Action.DECLINE, Action.CANCEL),
}
"""What ends a date, by who calls it off."""


def accept(work: UnitOfWork, series_id: UUID, step: Step, *, language: str) -> SeriesRead:
    """Say yes to every date that waits for it and can still be kept."""
    return _answer(work, series_id, Action.ACCEPT, step, language)


def decline(work: UnitOfWork, series_id: UUID, step: Step, *, language: str) -> SeriesRead:
    """Say no to every date that waits for an answer; what was promised stays."""
    return _answer(work, series_id, Action.DECLINE, step, language)


def cancel(work: UnitOfWork, series_id: UUID, step: SeriesCancel, *, language: str) -> SeriesRead:
    """Call off what still can be, from a date on or all of it; for providers only with a reason (T19).

    Dates that had failed are not tried again. What is handed over or over stays as it is.
    """
    series, role = _held(work, series_id, {Role.BORROWER, Role.PROVIDER})
    if role is Role.PROVIDER and not (step.reason or step.note):
        raise Invalid(FieldError("/reason", message("Please tell the borrower why.")))
    rows = [
        row
        for row in together.dates(work.session, series.id)
        if step.from_date is None or row.date >= step.from_date
    ]
    tried = {one.id: one for one in together.bookings_of_series(work.session, series.id)}
    given_up = [row for row in rows if series_views.failed(row, tried)]
    for row in given_up:
        row.answer = Answer.CANCELLED
    kept = _move(
        work, series, rows, role=role, actions=_CALLS_OFF[role], step=step, others_moved=bool(given_up)
    )
    return series_views.read(work, series, kept=kept, language=language)


def _answer(work: UnitOfWork, series_id: UUID, action: Action, step: Step, language: str) -> SeriesRead:
    series, role = _held(work, series_id, {Role.PROVIDER})
    rows = together.dates(work.session, series.id)
    kept = _move(work, series, rows, role=role, actions=(action,), step=step)
    return series_views.read(work, series, kept=kept, language=language)


def _held(work: UnitOfWork, series_id: UUID, whose: set[Role]) -> tuple[BookingSeries, Role]:
    """The series, locked, and as which side the actor moves it."""
    series = together.lock_series(work.session, series_id, to=work.actor)
    parties = Parties(borrower_id=series.borrower_id, provider_id=series.provider_id)
    roles = policy.roles_of(work.actor, parties) & whose
    if not roles:
        raise NotAllowed
    return series, next(role for role in Role if role in roles)


def _move(
    work: UnitOfWork,
    series: BookingSeries,
    rows: Sequence[SeriesDate],
    *,
    role: Role,
    actions: tuple[Action, ...],
    step: Step,
    others_moved: bool = False,
) -> dict[date, tuple[Reason, ...]]:
    """Take the first of these actions that each date allows; answers why the others stayed, by date."""
    bookings = {one.id: one for one in together.bookings_of_series(work.session, series.id, lock=True)}
    said = said_together(step, series.id)
    calling_off = Action.CANCEL in actions
    moved, kept = list[UUID](), dict[date, tuple[Reason, ...]]()
    for row in rows:
        booking = bookings.get(row.booking_id) if row.booking_id else None
        if booking is None or is_terminal(booking.state):
            continue
        if is_answered(booking.state) and not calling_off:
            continue
        why_not = move_one(work, booking, role, actions, said)
        if why_not:
            kept[row.date] = why_not
        else:
            moved.append(booking.id)
    if not moved and not others_moved:
        raise StepNotPossible(
            message("There is no date that could follow."),
            reasons=distinct(reason for reasons in kept.values() for reason in reasons),
        )
    if moved:
        work.record(
            SeriesAnswered(
                series_id=series.id,
                listing_id=series.listing_id,
                booking_id=moved[0],
                action=Action.CANCEL if calling_off else actions[0],
                role=role,
                moved=len(moved),
                kept=len(kept),
            )
        )
    return kept

"""Asking the table: what follows from an action, and what somebody may do now."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.bookings.problems import StepNotPossible
from app.bookings.rules.facts import Facts, holds
from app.bookings.rules.table import Row, rows_of
from app.bookings.rules.words import Action, Guard, Outcome, Role, State, Tail
from app.kernel.problems import NotAllowed, Reason
from app.kernel.text import Message, message

_REFUSALS: Final[dict[Guard, Message]] = {
    Guard.COUNTERS_LEFT: message(
        "There have been three counter-offers already, or the time to answer is over."
    ),
    Guard.TURN_OPEN: message("The turn was not taken in time and has lapsed."),
    Guard.STARTED: message("This can be said from the agreed start on."),
    Guard.NOT_OVER: message("The agreed time is over."),
    Guard.NOT_LAPSED: message("The request was not answered in time and has lapsed."),
    Guard.ACCOUNT_OPEN: message("There is nothing to add your account to, or no longer."),
    Guard.CASE_IN_TIME: message("This was completed more than 14 days ago, or has been settled already."),
    Guard.BY_THE_OTHER: message("It is for the other side to answer."),
    Guard.UNACKNOWLEDGED: message("You have said already that you have it."),
    Guard.UNITS_OUT: message("Nothing is out on loan."),
    Guard.NO_CHANGE_OPEN: message("A change has been proposed already."),
    Guard.CHANGE_TO_ANSWER: message("There is no proposed change for you to answer."),
    Guard.OWN_CHANGE_OPEN: message("There is no proposed change of yours to take back."),
}
_DONE_ALREADY: Final = message("This has been done already.")


@dataclass(frozen=True, slots=True)
class Move:
    """One step that the law allows: who takes it, where from and where to."""

    row: Row
    role: Role
    source: State | None
    target: State

    @property
    def changes_state(self) -> bool:
        return self.source is not self.target


def after(
    tail: Tail,
    state: State | None,
    action: Action,
    roles: Collection[Role],
    *,
    facts: Facts,
    now: datetime,
) -> Move:
    """Find the move that `action` is for somebody in these roles, now. No state: the booking begins.

    Refused with NotAllowed when it is for others to do, and StepNotPossible, with what is possible, when the state
    or the moment is wrong. What the calendar says is not looked at here: whoever takes units asks it under its lock.
    """
    known = [row for row in rows_of(tail) if row.action is action]
    if not roles or (known and not any(row.who & set(roles) for row in known)):
        raise NotAllowed
    rows = [row for row in known if state in row.sources or (state is None and row.begins)]
    mine = [(row, role) for row in rows for role in Role if role in roles and role in row.who]
    for row, role in mine:
        if holds(row.guard, facts, role, now):
            return _move(row, role, state)
    tapped_twice = _has_led_here(known, state, action, roles, facts)
    if rows and not mine and not tapped_twice:
        raise NotAllowed
    unmet = [row.guard for row, _ in mine if row.guard in _REFUSALS]
    done = [Reason("done_already", _DONE_ALREADY)] if tapped_twice and not mine else []
    raise StepNotPossible(
        reasons=[*done, *(Reason(guard, _REFUSALS[guard]) for guard in unmet)],
        state=state,
        allowed_actions=allowed_actions(tail, state, roles, facts=facts, now=now),
    )


def _has_led_here(
    known: Collection[Row], state: State | None, action: Action, roles: Collection[Role], facts: Facts
) -> bool:
    """Whether this action of theirs leads to where it stands: a second tap is told so, and forbidden nothing."""
    by_them = any(row.target is state and row.who & set(roles) for row in known)
    return by_them and (action is not Action.COUNTER or facts.counters > 0)


def _move(row: Row, role: Role, state: State | None) -> Move:
    target = row.target or state
    if target is None:
        raise AssertionError(row)
    return Move(row, role, state, target)


def allowed_actions(
    tail: Tail, state: State | None, roles: Collection[Role], *, facts: Facts, now: datetime
) -> list[Action]:
    """List every action that somebody in these roles can take now, in the order of the table."""
    possible = {
        row.action: None
        for row in rows_of(tail)
        if state in row.sources or (state is None and row.begins)
        for role in roles
        if role in row.who and holds(row.guard, facts, role, now)
    }
    return list(possible)


def outcome_of(move: Move, facts: Facts, now: datetime, said: Outcome | None = None) -> Outcome | None:
    """Name the outcome this move leaves: none while the booking goes on, else what people or facts say."""
    outcomes = move.row.outcomes
    if len(outcomes) < 2:  # noqa: PLR2004 - none or the only one
        return outcomes[0] if outcomes else None
    if said in outcomes and _may_name(move):
        return said
    by_facts = _BY_FACTS.get(move.row.action)
    return by_facts(move, facts, now) if by_facts else outcomes[0]


def _may_name(move: Move) -> bool:
    """Of a case the two sides agree that it is settled; only a moderator says as what."""
    return move.row.action is not Action.SETTLE or move.role is Role.MODERATOR


def _attendance(facts: Facts) -> Outcome:
    """All came, some did, or nobody."""
    attended = facts.units if facts.attended is None else facts.attended
    if attended >= facts.units:
        return Outcome.FULFILLED
    return Outcome.PARTLY_FULFILLED if attended else Outcome.NO_SHOW_BORROWER


def is_late(facts: Facts, now: datetime) -> bool:
    """Whether to cancel now is late: after the listing's deadline; without one, from the start on (T19)."""
    return now >= facts.starts_at - timedelta(hours=facts.cancel_hours or 0)


_BY_FACTS: Final[Mapping[Action, Callable[[Move, Facts, datetime], Outcome]]] = MappingProxyType(
    {
        Action.CANCEL: lambda _move, facts, now: (
            Outcome.CANCELLED_LATE if is_late(facts, now) else Outcome.CANCELLED_EARLY
        ),
        Action.SETTLE: lambda move, _facts, _now: (
            Outcome.LOST if move.source is State.LOST else Outcome.SETTLED
        ),
        Action.COMPLETE: lambda _move, facts, _now: (
            Outcome.PARTLY_FULFILLED if facts.units_handed_over < facts.units else Outcome.FULFILLED
        ),
        Action.RECORD_ATTENDANCE: lambda _move, facts, _now: _attendance(facts),
    }
)

"""What is said in time, without moving anything: each reminder is told once, at its moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.bookings.rules.facts import Facts, deadline
from app.bookings.rules.words import CASES, Clock, Role, State

_A_DAY: Final = timedelta(hours=24)
_NOT_BEGUN: Final = frozenset({State.CONFIRMED, State.READY})


class Reminder(StrEnum):
    """What somebody is told."""

    ANSWER_DUE = "answer_due"
    STARTS_SOON = "starts_soon"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    WHAT_HAPPENED = "what_happened"
    MODERATOR_CALLED = "moderator_called"
    AT_RISK = "at_risk"  # told at once, when something late reaches into the next promise (T5)
    NO_LONGER_FITS = "no_longer_fits"  # told at once, when somebody else is promised the last units (T20)


@dataclass(frozen=True, slots=True)
class Telling:
    """In these states, at this moment, these are told this."""

    reminder: Reminder
    states: frozenset[State]
    moment: Callable[[Facts], datetime]
    whom: frozenset[Role]


_BOTH: Final = frozenset({Role.BORROWER, Role.PROVIDER})

TELLINGS: Final = (
    Telling(
        Reminder.ANSWER_DUE,
        frozenset({State.REQUESTED}),
        lambda facts: (deadline(Clock.ANSWER, facts) or facts.starts_at) - _A_DAY,
        frozenset({Role.PROVIDER}),
    ),
    Telling(Reminder.STARTS_SOON, _NOT_BEGUN, lambda facts: facts.starts_at - _A_DAY, _BOTH),
    Telling(
        Reminder.DUE_SOON,
        frozenset({State.HANDED_OVER}),
        lambda facts: facts.ends_at - _A_DAY,
        frozenset({Role.BORROWER}),
    ),
    Telling(Reminder.OVERDUE, frozenset({State.HANDED_OVER}), lambda facts: facts.ends_at, _BOTH),
    Telling(
        Reminder.WHAT_HAPPENED,
        _NOT_BEGUN | {State.IN_PROGRESS},
        lambda facts: facts.ends_at + _A_DAY,
        _BOTH,
    ),
    Telling(
        Reminder.MODERATOR_CALLED,
        CASES,
        lambda facts: facts.since + timedelta(days=30),
        frozenset({Role.MODERATOR}),
    ),
)


def tellings(state: State, facts: Facts, *, after: datetime, until: datetime) -> tuple[Telling, ...]:
    """List what has fallen due in `(after, until]`; a moment before the state began is past and not told."""
    return tuple(
        telling
        for telling in TELLINGS
        if state in telling.states and max(after, facts.since) < telling.moment(facts) <= until
    )


def next_telling(state: State, facts: Facts, *, after: datetime) -> datetime | None:
    """Find the next moment at which something is to be said."""
    moments = (telling.moment(facts) for telling in TELLINGS if state in telling.states)
    return min((moment for moment in moments if moment > max(after, facts.since)), default=None)

"""What is said in time, without moving anything: each reminder is told once, at its moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.bookings.rules.facts import Facts, deadline
from app.bookings.rules.words import CASES, Clock, Role, State, Tail

MODERATOR_AFTER: Final = timedelta(days=30)
_A_DAY: Final = timedelta(hours=24)
_NOT_BEGUN: Final = frozenset({State.CONFIRMED, State.READY})


class Reminder(StrEnum):
    """What somebody is told."""

    ANSWER_DUE = "answer_due"
    TURN_ENDS_SOON = "turn_ends_soon"
    STARTS_SOON = "starts_soon"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    TAKE_BACK_DUE = "take_back_due"  # the borrower says it is back; silence will take it back tomorrow
    REPORT_DUE = "report_due"  # it is over: how long did it take?
    AGREEMENT_DUE = "agreement_due"  # the other has said how long; silence will agree tomorrow
    ATTENDANCE_DUE = "attendance_due"  # the session is over: who was there?
    ACCESS_DUE = "access_due"  # promised a day ago, and nobody has opened it yet
    WHAT_HAPPENED = "what_happened"
    MODERATOR_CALLED = "moderator_called"
    AT_RISK = "at_risk"  # told at once, when something late reaches into the next promise (T5)
    WANT_FILLED = "want_filled"  # told at once, when whoever is looking has found everything
    NO_LONGER_FITS = "no_longer_fits"  # told at once, when somebody else is promised the last units (T20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """In these states of these tails, at this moment, these are told this; once it is `stale`, nobody is."""

    reminder: Reminder
    states: frozenset[State]
    moment: Callable[[Facts], datetime]
    whom: frozenset[Role]
    tails: frozenset[Tail] = frozenset(Tail)
    stale: Callable[[Facts], datetime] | None = None
    only_the_other: bool = False

    def readers(self, facts: Facts) -> tuple[Role, ...]:
        """Who is told: of two sides only the one that has not spoken, where it is for that one to answer."""
        spoke = facts.spoke if self.only_the_other else None
        return tuple(role for role in Role if role in self.whom and role is not spoke)


_BOTH: Final = frozenset({Role.BORROWER, Role.PROVIDER})
_PROVIDER: Final = frozenset({Role.PROVIDER})


def _before(clock: Clock) -> Callable[[Facts], datetime]:
    """A day before this clock strikes."""
    return lambda facts: (deadline(clock, facts) or facts.starts_at) - _A_DAY


TELLINGS: Final = (
    Telling(
        reminder=Reminder.ANSWER_DUE,
        states=frozenset({State.REQUESTED}),
        moment=_before(Clock.ANSWER),
        whom=_PROVIDER,
    ),
    Telling(
        reminder=Reminder.ANSWER_DUE,
        states=frozenset({State.COUNTERED}),
        moment=_before(Clock.ANSWER),
        whom=frozenset({Role.BORROWER}),
    ),
    Telling(
        reminder=Reminder.TURN_ENDS_SOON,
        states=frozenset({State.OFFERED}),
        moment=_before(Clock.TURN),
        whom=frozenset({Role.BORROWER}),
    ),
    Telling(
        reminder=Reminder.STARTS_SOON,
        states=_NOT_BEGUN,
        moment=lambda facts: facts.starts_at - _A_DAY,
        stale=lambda facts: facts.starts_at,
        whom=_BOTH,
        tails=frozenset(Tail) - {Tail.RECORDED},
    ),
    Telling(
        reminder=Reminder.DUE_SOON,
        states=frozenset({State.HANDED_OVER}),
        moment=lambda facts: facts.ends_at - _A_DAY,
        stale=lambda facts: facts.ends_at,
        whom=frozenset({Role.BORROWER}),
    ),
    Telling(
        reminder=Reminder.OVERDUE,
        states=frozenset({State.HANDED_OVER}),
        moment=lambda facts: facts.ends_at,
        whom=_BOTH,
    ),
    Telling(
        reminder=Reminder.TAKE_BACK_DUE,
        states=frozenset({State.RETURN_REPORTED}),
        moment=_before(Clock.RETURN_SILENCE),
        whom=_PROVIDER,
    ),
    Telling(
        reminder=Reminder.REPORT_DUE,
        states=frozenset({State.CONFIRMED, State.IN_PROGRESS}),
        moment=lambda facts: facts.ends_at,
        stale=lambda facts: facts.ends_at + _A_DAY,
        whom=_BOTH,
        tails=frozenset({Tail.ONE_TO_ONE}),
    ),
    Telling(
        reminder=Reminder.AGREEMENT_DUE,
        states=frozenset({State.REPORTED}),
        moment=_before(Clock.AGREEMENT),
        whom=_BOTH,
        only_the_other=True,
    ),
    Telling(
        reminder=Reminder.ATTENDANCE_DUE,
        states=frozenset({State.CONFIRMED}),
        moment=lambda facts: facts.ends_at,
        stale=lambda facts: facts.ends_at + _A_DAY,
        whom=_PROVIDER,
        tails=frozenset({Tail.GROUP}),
    ),
    Telling(
        reminder=Reminder.ACCESS_DUE,
        states=frozenset({State.CONFIRMED}),
        moment=lambda facts: facts.since + _A_DAY,
        whom=_PROVIDER,
        tails=frozenset({Tail.RECORDED}),
    ),
    Telling(
        reminder=Reminder.WHAT_HAPPENED,
        states=_NOT_BEGUN | {State.IN_PROGRESS},
        moment=lambda facts: facts.ends_at + _A_DAY,
        whom=_BOTH,
    ),
    Telling(
        reminder=Reminder.MODERATOR_CALLED,
        states=CASES,
        moment=lambda facts: facts.since + MODERATOR_AFTER,
        whom=frozenset({Role.MODERATOR}),
    ),
)


def _of(tail: Tail, state: State) -> tuple[Telling, ...]:
    return tuple(telling for telling in TELLINGS if state in telling.states and tail in telling.tails)


def tellings(
    tail: Tail, state: State, facts: Facts, *, after: datetime, until: datetime
) -> tuple[Telling, ...]:
    """List what has fallen due in `(after, until]`, in the order of its moments.

    A moment before the state began is past and not told. Nor is, after a day without a clock, what has become
    stale meanwhile: nobody hears on Tuesday that something begins on Monday.
    """
    due = [
        (telling.moment(facts), place, telling)
        for place, telling in enumerate(_of(tail, state))
        if max(after, facts.since) < telling.moment(facts) <= until
        and (telling.stale is None or until < telling.stale(facts))
    ]
    return tuple(telling for _, _, telling in sorted(due, key=lambda one: one[:2]))


def next_telling(tail: Tail, state: State, facts: Facts, *, after: datetime) -> datetime | None:
    """Find the next moment at which something is to be said."""
    moments = (telling.moment(facts) for telling in _of(tail, state))
    return min((moment for moment in moments if moment > max(after, facts.since)), default=None)

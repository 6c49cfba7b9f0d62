"""What the law looks at: plain values of one booking, the guards over them, and the deadlines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.bookings.rules.table import Row, rows_of
from app.bookings.rules.words import NOTHING_CAME_OF_IT, Action, Clock, Guard, Outcome, Role, State, Tail

COUNTERS_IN_ALL: Final = 3
CASE_WINDOW: Final = timedelta(days=14)
CHANGE_OPEN: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One booking as the law sees it; `since` is when it came into its state.

    `returning` is what somebody brings back just now (None: all that is out); `other_spoke` is the side that
    reported or agreed last, of which only the other may answer; `change_by` the side that proposed a change.
    """

    since: datetime
    starts_at: datetime
    ends_at: datetime
    answer_hours: int
    cancel_hours: int | None = None
    instant: bool = False
    units: int = 1
    units_handed_over: int = 0
    units_out: int = 0
    returning: int | None = None
    acknowledged: bool = False
    counters: int = 0
    passes: int = 0
    spoke: Role | None = None
    turn_hours: int = 48
    change_since: datetime | None = None
    change_by: Role | None = None
    outcome: Outcome | None = None
    had_case: bool = False
    release_after: timedelta | None = None
    access_at_once: bool = False
    access_given: bool = False
    timeless: bool = False  # what is recorded is there at any time: its request does not lapse at a start
    attended: int | None = None


def _answer_by(facts: Facts) -> datetime:
    answer_by = facts.since + timedelta(hours=facts.answer_hours)
    return answer_by if facts.timeless else min(answer_by, facts.starts_at)


def _turn_until(facts: Facts) -> datetime:
    return min(facts.since + timedelta(hours=facts.turn_hours), facts.starts_at)


def _change_is_open(facts: Facts, now: datetime) -> bool:
    return facts.change_since is not None and now < facts.change_since + CHANGE_OPEN


_GUARDS: Final[Mapping[Guard, Callable[[Facts, Role, datetime], bool]]] = MappingProxyType(
    {
        Guard.INSTANT: lambda facts, _role, _now: facts.instant,
        Guard.INSTANT_TURN: lambda facts, _role, now: facts.instant and now < _turn_until(facts),
        Guard.TURN_OPEN: lambda facts, _role, now: now < _turn_until(facts),
        Guard.COUNTERS_LEFT: lambda facts, _role, now: (
            facts.counters < COUNTERS_IN_ALL and now < _answer_by(facts)
        ),
        Guard.TURN_KEPT: lambda facts, _role, _now: facts.passes == 0,
        Guard.STARTED: lambda facts, _role, now: now >= facts.starts_at,
        Guard.NOT_OVER: lambda facts, _role, now: now < facts.ends_at,
        Guard.NOT_LAPSED: lambda facts, _role, now: now < _answer_by(facts),
        Guard.ACCOUNT_OPEN: lambda facts, role, now: (
            facts.outcome in NOTHING_CAME_OF_IT
            and facts.spoke is not role
            and not facts.had_case
            and now <= facts.since + CASE_WINDOW
        ),
        Guard.CASE_IN_TIME: lambda facts, _role, now: (
            now <= facts.since + CASE_WINDOW
            and not facts.had_case
            and facts.outcome not in (Outcome.SETTLED, Outcome.LOST)
        ),
        Guard.OTHER_AGREED: lambda facts, role, _now: facts.spoke not in (None, role),
        Guard.BY_THE_OTHER: lambda facts, role, _now: facts.spoke not in (None, role),
        Guard.UNACKNOWLEDGED: lambda facts, _role, _now: not facts.acknowledged,
        Guard.SOME_UNITS: lambda facts, _role, _now: (
            facts.returning is not None and facts.returning < facts.units_out
        ),
        Guard.UNITS_OUT: lambda facts, _role, _now: facts.units_out > 0,
        Guard.CHANGE_OPEN: lambda facts, _role, _now: facts.change_since is not None,
        Guard.NO_CHANGE_OPEN: lambda facts, _role, now: not _change_is_open(facts, now),
        Guard.CHANGE_TO_ANSWER: lambda facts, role, now: (
            facts.change_by not in (None, role) and _change_is_open(facts, now)
        ),
        Guard.OWN_CHANGE_OPEN: lambda facts, role, now: (
            facts.change_by is role and _change_is_open(facts, now)
        ),
        Guard.RELEASES_NO_SHOWS: lambda facts, _role, _now: facts.release_after is not None,
        Guard.ACCESS_AT_ONCE: lambda facts, _role, _now: facts.access_at_once,
    },
)


def holds(guard: Guard | None, facts: Facts, role: Role, now: datetime) -> bool:
    """Whether the guard lets this role through now. No guard lets everybody through."""
    return guard is None or _GUARDS[guard](facts, role, now)


_DEADLINES: Final[Mapping[Clock, Callable[[Facts], datetime | None]]] = MappingProxyType(
    {
        Clock.ANSWER: _answer_by,
        Clock.OWN_START: lambda facts: facts.starts_at,
        Clock.VACANCY: lambda _facts: None,  # strikes when units become free, which no calendar date tells
        Clock.TURN: _turn_until,
        Clock.CHANGE: lambda facts: None if facts.change_since is None else facts.change_since + CHANGE_OPEN,
        Clock.UNREPORTED: lambda facts: facts.ends_at + timedelta(days=14),
        Clock.RETURN_MISSING: lambda facts: facts.ends_at + timedelta(days=14),
        Clock.RETURN_SILENCE: lambda facts: facts.since + timedelta(days=7),
        Clock.COMPLETION: lambda facts: facts.since + timedelta(hours=48),
        Clock.SETTLEMENT: lambda facts: facts.since + timedelta(days=90),
        Clock.NO_SHOW: lambda facts: (
            None if facts.release_after is None else facts.starts_at + facts.release_after
        ),
        Clock.CHECK_OUT: lambda facts: facts.ends_at + timedelta(hours=2),
        Clock.AGREEMENT: lambda facts: facts.since + timedelta(days=7),
        Clock.AT_ONCE: lambda facts: facts.since if facts.access_at_once else None,
    },
)


def deadline(clock: Clock, facts: Facts) -> datetime | None:
    """When this clock strikes for this booking; None: not by date, or not for this listing."""
    return _DEADLINES[clock](facts)


def clocks_of(tail: Tail, state: State) -> tuple[Row, ...]:
    """Name the moves that a clock makes from this state."""
    return tuple(row for row in rows_of(tail) if row.clock and state in row.sources)


def lapses_at(tail: Tail, state: State, facts: Facts) -> datetime | None:
    """When what is not yet a promise lapses, if nobody says anything before."""
    lapses = (row.clock for row in clocks_of(tail, state) if row.action is Action.EXPIRE)
    return next((deadline(clock, facts) for clock in lapses if clock), None)


def next_strike(tail: Tail, state: State, facts: Facts) -> tuple[datetime, Row] | None:
    """Find the clock that strikes first, and when; None in states that nothing ends."""
    strikes = [
        (moment, row)
        for row in clocks_of(tail, state)
        if row.clock and (moment := deadline(row.clock, facts)) is not None
    ]
    return min(strikes, key=lambda strike: strike[0], default=None)

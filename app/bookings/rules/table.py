"""The lifecycle as data (domain.md §5). Service, API, pages, diagram and tests all read this one table.

A row says: in one of these states, one of these roles may do this, if the guard holds; that leads there.
Order matters only among rows for the same action: the first whose guard holds is the move.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from app.bookings.rules.words import (
    CASES,
    PROMISED,
    SETTLED_AS,
    Action,
    Clock,
    Effect,
    Guard,
    Outcome,
    Role,
    State,
    Tail,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the law. No tail: for all. No sources: it begins a booking. No target: the state stays."""

    action: Action
    sources: frozenset[State]
    target: State | None
    who: frozenset[Role]
    tail: Tail | None = None
    guard: Guard | None = None
    clock: Clock | None = None
    effect: Effect | None = None
    outcomes: tuple[Outcome, ...] = ()

    @property
    def begins(self) -> bool:
        return not self.sources


_BORROWER: Final = frozenset({Role.BORROWER})
_PROVIDER: Final = frozenset({Role.PROVIDER})
_EITHER: Final = _BORROWER | _PROVIDER
_MODERATOR: Final = frozenset({Role.MODERATOR})
_CLOCK: Final = frozenset({Role.CLOCK})

_NEW: Final[frozenset[State]] = frozenset()
_REQUESTED: Final = frozenset({State.REQUESTED})
_COUNTERED: Final = frozenset({State.COUNTERED})
_WAITLISTED: Final = frozenset({State.WAITLISTED})
_OFFERED: Final = frozenset({State.OFFERED})
_QUEUED: Final = _WAITLISTED | _OFFERED
_CONFIRMED: Final = frozenset({State.CONFIRMED})
_NOT_BEGUN: Final = frozenset({State.CONFIRMED, State.READY})
_UNREPORTED: Final = _NOT_BEGUN | {State.IN_PROGRESS}
CHANGEABLE: Final = _UNREPORTED | {State.HANDED_OVER, State.CHECKED_IN}
_OUT: Final = frozenset({State.HANDED_OVER, State.RETURN_REPORTED})

_FRONT: Final = (
    Row(Action.REQUEST, _NEW, State.CONFIRMED, _BORROWER,
        guard=Guard.INSTANT, effect=Effect.SNAPSHOT),
    Row(Action.REQUEST, _NEW, State.REQUESTED, _BORROWER, effect=Effect.SNAPSHOT),
    Row(Action.OFFER, _NEW, State.COUNTERED, _PROVIDER,
        effect=Effect.SNAPSHOT),
    Row(Action.JOIN_QUEUE, _NEW, State.WAITLISTED, _BORROWER,
        effect=Effect.SNAPSHOT),
    Row(Action.COUNTER, _REQUESTED, State.COUNTERED, _PROVIDER,
        guard=Guard.COUNTERS_LEFT, effect=Effect.NEW_TERMS),
    Row(Action.COUNTER, _COUNTERED, State.REQUESTED, _BORROWER,
        guard=Guard.COUNTERS_LEFT, effect=Effect.NEW_TERMS),
    Row(Action.ACCEPT, _REQUESTED, State.CONFIRMED, _PROVIDER,
        guard=Guard.NOT_LAPSED, effect=Effect.RECHECK),
    Row(Action.ACCEPT_COUNTER, _COUNTERED, State.CONFIRMED, _BORROWER,
        guard=Guard.NOT_LAPSED, effect=Effect.RECHECK),
    Row(Action.DECLINE, _REQUESTED | _COUNTERED, State.DECLINED, _PROVIDER),
    Row(Action.WITHDRAW, _REQUESTED | _COUNTERED | _QUEUED, State.WITHDRAWN, _BORROWER),
    Row(Action.EXPIRE, _REQUESTED | _COUNTERED, State.EXPIRED, _CLOCK, clock=Clock.ANSWER),
    Row(Action.EXPIRE, _WAITLISTED, State.EXPIRED, _CLOCK, clock=Clock.OWN_START),
    Row(Action.EXPIRE, _OFFERED, State.EXPIRED, _CLOCK, clock=Clock.TURN),
    Row(Action.OFFER_TURN, _WAITLISTED, State.OFFERED, _CLOCK, clock=Clock.VACANCY),
    Row(Action.TAKE, _OFFERED, State.CONFIRMED, _BORROWER, guard=Guard.INSTANT_TURN,
        effect=Effect.RECHECK),
    Row(Action.TAKE, _OFFERED, State.REQUESTED, _BORROWER, guard=Guard.TURN_OPEN,
        effect=Effect.RECHECK),
    Row(Action.PASS, _OFFERED, State.WAITLISTED, _BORROWER, guard=Guard.TURN_KEPT,
        effect=Effect.COUNT_PASS),
    Row(Action.PASS, _OFFERED, State.WITHDRAWN, _BORROWER),
)  # fmt: skip

_PROMISE: Final = (
    Row(Action.PROPOSE_CHANGE, CHANGEABLE, None, _EITHER,
        guard=Guard.NO_CHANGE_OPEN, effect=Effect.REMEMBER_CHANGE),
    Row(Action.ACCEPT_CHANGE, CHANGEABLE, None, _EITHER,
        guard=Guard.CHANGE_TO_ANSWER, effect=Effect.AGREED_TERMS),
    Row(Action.DECLINE_CHANGE, CHANGEABLE, None, _EITHER,
        guard=Guard.CHANGE_TO_ANSWER, effect=Effect.FORGET_CHANGE),
    Row(Action.WITHDRAW_CHANGE, CHANGEABLE, None, _EITHER,
        guard=Guard.OWN_CHANGE_OPEN, effect=Effect.FORGET_CHANGE),
    Row(Action.DECLINE_CHANGE, CHANGEABLE, None, _CLOCK,
        guard=Guard.CHANGE_OPEN, clock=Clock.CHANGE, effect=Effect.FORGET_CHANGE),
    Row(Action.CANCEL, _NOT_BEGUN, State.CANCELLED, _EITHER,
        outcomes=(Outcome.CANCELLED_EARLY, Outcome.CANCELLED_LATE)),
    Row(Action.DID_NOT_HAPPEN, _UNREPORTED, State.COMPLETED, _EITHER,
        guard=Guard.STARTED,
        outcomes=(Outcome.DID_NOT_HAPPEN, Outcome.NO_SHOW_BORROWER, Outcome.NO_SHOW_PROVIDER)),
    Row(Action.RAISE_CASE, PROMISED - CASES, State.UNRESOLVED, _EITHER),
    Row(Action.RAISE_CASE, frozenset({State.COMPLETED}), State.UNRESOLVED, _EITHER,
        guard=Guard.CASE_IN_TIME),
    Row(Action.CLOSE_UNREPORTED, _UNREPORTED, State.COMPLETED, _CLOCK,
        clock=Clock.UNREPORTED, outcomes=(Outcome.UNREPORTED,)),
    Row(Action.SETTLE, CASES, State.COMPLETED, _MODERATOR,
        effect=Effect.WIND_UP, outcomes=SETTLED_AS),
    Row(Action.SETTLE, CASES, State.COMPLETED, _EITHER, guard=Guard.OTHER_AGREED,
        effect=Effect.WIND_UP, outcomes=(Outcome.SETTLED, Outcome.LOST)),
    Row(Action.SETTLE, CASES, None, _EITHER, effect=Effect.REMEMBER_YES),
    Row(Action.SETTLE, CASES, State.COMPLETED, _CLOCK, clock=Clock.SETTLEMENT,
        effect=Effect.WIND_UP, outcomes=(Outcome.SETTLED, Outcome.LOST)),
    Row(Action.ADD_ACCOUNT, frozenset({State.COMPLETED}), None, _EITHER,
        guard=Guard.ACCOUNT_OPEN, effect=Effect.ADD_ACCOUNT),
)  # fmt: skip


def _only(tail: Tail, *rows: Row) -> tuple[Row, ...]:
    return tuple(replace(row, tail=tail) for row in rows)


_EQUIPMENT: Final = _only(
    Tail.EQUIPMENT,
    Row(Action.MAKE_READY, _CONFIRMED, State.READY, _PROVIDER),
    Row(Action.HAND_OVER, _NOT_BEGUN, State.HANDED_OVER, _PROVIDER,
        guard=Guard.NOT_OVER, effect=Effect.RECORD_HAND_OVER),
    Row(Action.HAND_OVER, frozenset({State.HANDED_OVER}), None, _BORROWER,
        guard=Guard.UNACKNOWLEDGED, effect=Effect.ACKNOWLEDGE),
    Row(Action.NOT_COLLECTED, _NOT_BEGUN, State.COMPLETED, _PROVIDER,
        guard=Guard.STARTED, outcomes=(Outcome.NOT_COLLECTED,)),
    Row(Action.REPORT_RETURN, frozenset({State.HANDED_OVER}), State.RETURN_REPORTED, _BORROWER),
    # What is still out is out: its clock is the missing return, no longer the silence after a report.
    Row(Action.TAKE_BACK, _OUT, State.HANDED_OVER, _PROVIDER,
        guard=Guard.SOME_UNITS, effect=Effect.RECORD_RETURN),
    Row(Action.TAKE_BACK, _OUT, State.RETURNED, _PROVIDER, effect=Effect.RECORD_RETURN),
    Row(Action.TAKE_BACK, frozenset({State.RETURN_REPORTED}), State.RETURNED, _CLOCK,
        clock=Clock.RETURN_SILENCE, effect=Effect.RECORD_RETURN),
    Row(Action.COMPLETE, frozenset({State.RETURNED}), State.COMPLETED, _BORROWER,
        effect=Effect.ACKNOWLEDGE_RETURN, outcomes=(Outcome.FULFILLED, Outcome.PARTLY_FULFILLED)),
    Row(Action.COMPLETE, frozenset({State.RETURNED}), State.COMPLETED, _CLOCK,
        clock=Clock.COMPLETION, outcomes=(Outcome.FULFILLED, Outcome.PARTLY_FULFILLED)),
    Row(Action.MARK_LOST, _OUT | {State.UNRESOLVED}, State.LOST, _EITHER,
        guard=Guard.UNITS_OUT, effect=Effect.CLOSE_UNITS),
    Row(Action.RAISE_CASE, frozenset({State.HANDED_OVER}), State.UNRESOLVED, _CLOCK,
        clock=Clock.RETURN_MISSING, effect=Effect.TELL_STAFF),
)  # fmt: skip

_SPACE: Final = _only(
    Tail.SPACE,
    Row(Action.CHECK_IN, _CONFIRMED, State.CHECKED_IN, _EITHER),
    Row(Action.RELEASE, _CONFIRMED, State.COMPLETED, _PROVIDER,
        guard=Guard.STARTED, outcomes=(Outcome.NO_SHOW_BORROWER,)),
    Row(Action.RELEASE, _CONFIRMED, State.COMPLETED, _CLOCK,
        guard=Guard.RELEASES_NO_SHOWS, clock=Clock.NO_SHOW, outcomes=(Outcome.NO_SHOW_BORROWER,)),
    Row(Action.CHECK_OUT, frozenset({State.CHECKED_IN}), State.CHECKED_OUT, _EITHER),
    Row(Action.CHECK_OUT, frozenset({State.CHECKED_IN}), State.CHECKED_OUT, _CLOCK,
        clock=Clock.CHECK_OUT),
    Row(Action.COMPLETE, frozenset({State.CHECKED_OUT}), State.COMPLETED, _EITHER,
        outcomes=(Outcome.FULFILLED,)),
    Row(Action.COMPLETE, frozenset({State.CHECKED_OUT}), State.COMPLETED, _CLOCK,
        clock=Clock.COMPLETION, outcomes=(Outcome.FULFILLED,)),
)  # fmt: skip

_ONE_TO_ONE: Final = _only(
    Tail.ONE_TO_ONE,
    Row(Action.START, _CONFIRMED, State.IN_PROGRESS, _EITHER),
    Row(Action.REPORT, _CONFIRMED | {State.IN_PROGRESS}, State.REPORTED, _EITHER,
        effect=Effect.RECORD_MINUTES),
    Row(Action.AGREE, frozenset({State.REPORTED}), State.COMPLETED, _EITHER,
        guard=Guard.BY_THE_OTHER, outcomes=(Outcome.FULFILLED,)),
    Row(Action.AGREE, frozenset({State.REPORTED}), State.COMPLETED, _CLOCK,
        clock=Clock.AGREEMENT, outcomes=(Outcome.FULFILLED,)),
    Row(Action.DIFFER, frozenset({State.REPORTED}), State.UNRESOLVED, _EITHER,
        guard=Guard.BY_THE_OTHER),
)  # fmt: skip

_GROUP: Final = _only(
    Tail.GROUP,
    Row(Action.RECORD_ATTENDANCE, _CONFIRMED, State.COMPLETED, _PROVIDER,
        effect=Effect.RECORD_ATTENDANCE,
        outcomes=(Outcome.FULFILLED, Outcome.PARTLY_FULFILLED, Outcome.NO_SHOW_BORROWER)),
)  # fmt: skip

_RECORDED: Final = _only(
    Tail.RECORDED,
    Row(Action.GIVE_ACCESS, _CONFIRMED, State.COMPLETED, _PROVIDER,
        effect=Effect.OPEN_ACCESS, outcomes=(Outcome.FULFILLED,)),
    Row(Action.GIVE_ACCESS, _CONFIRMED, State.COMPLETED, _CLOCK,
        guard=Guard.ACCESS_AT_ONCE, clock=Clock.AT_ONCE, effect=Effect.OPEN_ACCESS,
        outcomes=(Outcome.FULFILLED,)),
)  # fmt: skip

ROWS: Final = _FRONT + _PROMISE + _EQUIPMENT + _SPACE + _ONE_TO_ONE + _GROUP + _RECORDED


def reachable(rows: Iterable[Row]) -> frozenset[State]:
    """Every state that some chain of these rows leads to from nothing."""
    rows = tuple(rows)
    found: set[State] = set()
    while (
        more := {row.target for row in rows if row.target is not None and (row.begins or row.sources & found)}
        - found
    ):
        found |= more
    return frozenset(found)


@cache
def rows_of(tail: Tail) -> tuple[Row, ...]:
    """Give the law of one tail: its own rows and the common ones, without states that it never reaches."""
    rows = tuple(row for row in ROWS if row.tail in (None, tail))
    states = reachable(rows)
    return tuple(
        replace(row, sources=row.sources & states) for row in rows if row.begins or row.sources & states
    )

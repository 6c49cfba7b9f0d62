"""What follows from a state alone, or from a state and the time: units, contact, and what is never stored."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.bookings.rules.facts import Facts
from app.bookings.rules.words import CASES, PROMISED, TERMINAL, UNANSWERED, State, Tail

CONTACT_AFTER_END: Final = timedelta(days=14)
ACCESS_BEFORE: Final = timedelta(hours=24)
ACCESS_AFTER: Final = timedelta(hours=2)
_DUE_SOON: Final = timedelta(hours=24)
_BACK: Final = frozenset({State.RETURNED, State.CHECKED_OUT, State.REPORTED, State.LOST})
_IN_USE: Final = frozenset({State.CHECKED_IN, State.IN_PROGRESS})
_USED: Final = frozenset({State.CHECKED_OUT, State.REPORTED})
_ENDED_PROMISES: Final = frozenset({State.COMPLETED, State.CANCELLED})


class Units(StrEnum):
    """What a state means for the calendar (T5)."""

    TAKEN = "taken"
    TAKEN_IF_REQUESTS_HOLD = "taken_if_requests_hold"
    AS_BEFORE = "as_before"  # while people disagree nobody frees or takes anything
    FREE = "free"


def units_in(state: State) -> Units:
    """Whether a booking in this state takes its units in the calendar."""
    if state in TERMINAL | _BACK or state is State.WAITLISTED:
        return Units.FREE
    if state in {State.REQUESTED, State.COUNTERED}:
        return Units.TAKEN_IF_REQUESTS_HOLD
    return Units.AS_BEFORE if state is State.UNRESOLVED else Units.TAKEN


def takes_units(tail: Tail, state: State, *, request_holds: bool, before: bool = False) -> bool:
    """Answer the same by yes or no; `before` is what held in the state before. What is recorded takes none, ever."""
    units = Units.FREE if tail is Tail.RECORDED else units_in(state)
    return {
        Units.TAKEN: True,
        Units.TAKEN_IF_REQUESTS_HOLD: request_holds,
        Units.AS_BEFORE: before,
        Units.FREE: False,
    }[units]


def was_used(source: State | None, target: State) -> bool:
    """Whether a step out of one state into another tells that a room, an hour or a seat was in use until now."""
    return source in _IN_USE or target in _USED


def contact_is_open(state: State, facts: Facts, now: datetime) -> bool:
    """Whether the two parties see each other's contact data and the exact address.

    From the promise on, and 14 days after its end (domain.md §6, DFP/1 §2.9): a deposit or a forgotten cable
    still finds its way home, and afterwards nobody keeps an address they no longer need.
    """
    if state in _ENDED_PROMISES:
        return now < facts.since + CONTACT_AFTER_END
    return state in PROMISED


def access_is_open(tail: Tail, state: State, facts: Facts, now: datetime) -> bool:
    """Whether the borrower sees how to get in: into a room around its time, into a recording once it was given."""
    if tail is Tail.SPACE:
        around = facts.starts_at - ACCESS_BEFORE <= now <= facts.ends_at + ACCESS_AFTER
        return state in PROMISED and around
    return tail is Tail.RECORDED and facts.access_given


class Standing(StrEnum):
    """How things stand right now; derived, never stored."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    AT_RISK = "at_risk"


def standing(state: State, facts: Facts, now: datetime, *, in_conflict: bool = False) -> Standing | None:
    """Due back within a day, overdue, or a promise whose units the calendar knows to be in conflict."""
    if state is State.HANDED_OVER and now >= facts.ends_at:
        return Standing.OVERDUE
    if state is State.HANDED_OVER and now >= facts.ends_at - _DUE_SOON:
        return Standing.DUE_SOON
    if in_conflict and state in {State.CONFIRMED, State.READY}:
        return Standing.AT_RISK
    return None


def is_terminal(state: State) -> bool:
    return state in TERMINAL


def is_answered(state: State) -> bool:
    """Whether somebody has said yes or no; before that there is nothing to keep or to break."""
    return state not in UNANSWERED


def is_case(state: State) -> bool:
    return state in CASES

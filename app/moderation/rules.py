"""The law of a report, as data: what can be decided in which state, and what of it is in force. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final


class TargetKind(StrEnum):
    """What is reported."""

    LISTING = "listing"
    PERSON = "person"
    ORGANISATION = "organisation"
    MESSAGE = "message"


class Wrong(StrEnum):
    """What somebody says is wrong with it."""

    ILLEGAL = "illegal"
    DANGEROUS = "dangerous"
    FRAUD = "fraud"
    HARASSMENT = "harassment"
    PRIVACY = "privacy"
    SPAM = "spam"
    OTHER = "other"


class Ground(StrEnum):
    """On what a decision rests."""

    LAW = "law"
    HOUSE_RULES = "house_rules"


class State(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    DECIDED = "decided"
    OBJECTED = "objected"
    FINAL = "final"


class Action(StrEnum):
    """What the staff decides. `uphold` and `lift` are about what was decided before."""

    DISMISS = "dismiss"
    WARN = "warn"
    HIDE = "hide"
    CLOSE = "close"
    SUSPEND = "suspend"
    UPHOLD = "uphold"
    LIFT = "lift"


MEASURES: Final = frozenset({Action.WARN, Action.HIDE, Action.CLOSE, Action.SUSPEND})
"""What somebody bears, and may object to."""

_OF_LISTINGS: Final = frozenset({Action.HIDE, Action.CLOSE})
_OF_PARTIES: Final = frozenset({Action.WARN, Action.SUSPEND})

MOVES: Final[dict[tuple[State, Action], State]] = {
    (State.OPEN, Action.DISMISS): State.DECIDED,
    **{(State.OPEN, measure): State.DECIDED for measure in MEASURES},
    **{(State.OBJECTED, measure): State.DECIDED for measure in MEASURES},
    (State.OBJECTED, Action.UPHOLD): State.FINAL,
    (State.OBJECTED, Action.LIFT): State.FINAL,
    (State.DECIDED, Action.LIFT): State.FINAL,
    (State.FINAL, Action.LIFT): State.FINAL,
}

OBJECTIONS_FOR: Final = timedelta(days=183)
"""Half a year after a decision somebody may still object to it."""

KEPT_FOR: Final = timedelta(days=365)
"""How long a report is kept after the last decision on it."""

REPORTS_A_DAY: Final = 20
"""So many one person may make within 24 hours."""


def in_force(decided: Sequence[Action]) -> Action | None:
    """The measure that holds after these decisions, the oldest first; None where none does."""
    measure: Action | None = None
    for action in decided:
        if action in MEASURES:
            measure = action
        elif action in (Action.LIFT, Action.DISMISS):
            measure = None
    return measure


def possible(
    state: State, decided: Sequence[Action], *, target: TargetKind, has_party: bool
) -> tuple[Action, ...]:
    """What can be decided now. `has_party`: whoever it concerns lives here, and can be told and suspended."""

    def fits(action: Action) -> bool:
        if action in _OF_LISTINGS and target is not TargetKind.LISTING:
            return False
        if action in _OF_PARTIES and not has_party:
            return False
        return action is not Action.LIFT or in_force(decided) is not None

    return tuple(action for action in Action if (state, action) in MOVES and fits(action))

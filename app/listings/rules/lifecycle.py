"""A listing's own life as data (domain.md §3). Who may do what follows from the same table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a listing is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    PAUSED = "paused"
    EXPIRED = "expired"
    CLOSED = "closed"


class Action(StrEnum):
    """What moves it on. `publish` also ends a pause; a want reopens when what had filled it is called off.

    Staff may hide what is to be seen: it is reviewed anew. What they reject is a draft again.
    """

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    HIDE = "hide"
    PUBLISH = "publish"
    PAUSE = "pause"
    EXPIRE = "expire"
    RENEW = "renew"
    CLOSE = "close"
    REOPEN = "reopen"


class CloseReason(StrEnum):
    """How it ended."""

    FULFILLED_HERE = "fulfilled_here"
    FULFILLED_ELSEWHERE = "fulfilled_elsewhere"
    NOT_FULFILLED = "not_fulfilled"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class Mover(StrEnum):
    """Who may move it. Staff may do what providers may."""

    PROVIDER = "provider"
    STAFF = "staff"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    to: State
    by: Mover = Mover.PROVIDER


MOVES: Final[dict[tuple[State, Action], Move]] = {
    (State.DRAFT, Action.SUBMIT): Move(State.IN_REVIEW),
    (State.DRAFT, Action.PUBLISH): Move(State.PUBLISHED),
    (State.DRAFT, Action.CLOSE): Move(State.CLOSED),
    (State.IN_REVIEW, Action.APPROVE): Move(State.PUBLISHED, Mover.STAFF),
    (State.IN_REVIEW, Action.REJECT): Move(State.DRAFT, Mover.STAFF),
    (State.IN_REVIEW, Action.CLOSE): Move(State.CLOSED),
    (State.PUBLISHED, Action.PAUSE): Move(State.PAUSED),
    (State.PUBLISHED, Action.RENEW): Move(State.PUBLISHED),
    (State.PUBLISHED, Action.EXPIRE): Move(State.EXPIRED, Mover.CLOCK),
    (State.PUBLISHED, Action.HIDE): Move(State.IN_REVIEW, Mover.STAFF),
    (State.PUBLISHED, Action.CLOSE): Move(State.CLOSED),
    (State.PAUSED, Action.PUBLISH): Move(State.PUBLISHED),
    (State.PAUSED, Action.EXPIRE): Move(State.EXPIRED, Mover.CLOCK),
    (State.PAUSED, Action.HIDE): Move(State.IN_REVIEW, Mover.STAFF),
    (State.PAUSED, Action.CLOSE): Move(State.CLOSED),
    (State.EXPIRED, Action.RENEW): Move(State.PUBLISHED),
    (State.EXPIRED, Action.HIDE): Move(State.IN_REVIEW, Mover.STAFF),
    (State.EXPIRED, Action.CLOSE): Move(State.CLOSED),
    (State.CLOSED, Action.REOPEN): Move(State.PUBLISHED, Mover.CLOCK),
}

PUBLIC_STATES: Final = frozenset({State.PUBLISHED, State.PAUSED})


def move(state: State, action: Action, *, reviewed_first: bool = False) -> Move | None:
    """Where the action leads from here, or None when it leads nowhere.

    Where the instance reviews new listings first, publishing a draft submits it.
    """
    if reviewed_first and (state, action) == (State.DRAFT, Action.PUBLISH):
        action = Action.SUBMIT
    return MOVES.get((state, action))


def open_actions(state: State) -> tuple[Action, ...]:
    """What a provider can do from here."""
    return tuple(
        action
        for (from_state, action), row in MOVES.items()
        if from_state is state and row.by is Mover.PROVIDER
    )

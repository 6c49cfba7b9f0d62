"""What a calendar shows of bookings: how sure each is, and how long what was called off stays to be seen."""

from datetime import timedelta
from typing import Final

from app.bookings.rules.words import TERMINAL, UNANSWERED, Outcome, State
from app.kernel.ics import Status

PAST: Final = timedelta(days=90)
AHEAD: Final = timedelta(days=400)
CANCELLED_FOR: Final = timedelta(days=60)
MOST: Final = 2_000

ENDED: Final = TERMINAL - {State.COMPLETED}
"""What came to nothing: it leaves calendars, but not before they have all been told."""
UNSEEN: Final = frozenset({State.WAITLISTED})
"""A place in a queue is nothing to be at."""

_CAME_TO_NOTHING: Final = frozenset(
    {
        Outcome.DID_NOT_HAPPEN,
        Outcome.NOT_COLLECTED,
        Outcome.NO_SHOW_BORROWER,
        Outcome.NO_SHOW_PROVIDER,
    }
)


def status_of(state: State, outcome: Outcome | None) -> Status:
    """How sure it is, in the three words that calendars have."""
    if state in ENDED or outcome in _CAME_TO_NOTHING:
        return Status.CANCELLED
    return Status.TENTATIVE if state in UNANSWERED else Status.CONFIRMED


def is_time_spent(kind: str) -> bool:
    """Whether one is there all the while: in a room, with somebody; a borrowed drill keeps nobody busy."""
    return kind != "equipment"

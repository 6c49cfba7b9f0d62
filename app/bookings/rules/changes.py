"""What can still be changed about a promise, and when a proposed change has lost its meaning."""

from datetime import datetime
from typing import Final

from app.bookings.rules.table import CHANGEABLE
from app.bookings.rules.words import State

BEGUN: Final = CHANGEABLE - {State.CONFIRMED, State.READY}
"""From here on the start and the units are facts; only the end can move."""


def outlived(target: State, *, promised: tuple[datetime, int], proposed: tuple[datetime, int]) -> bool:
    """Whether a step into this state makes the proposal meaningless; each is named by its start and its units."""
    if target not in CHANGEABLE:
        return True
    return target in BEGUN and promised != proposed

"""Several listings in one ask (T16). Pure."""

from enum import StrEnum
from typing import Final

from app.bookings.rules.words import Role, State

MOST_ITEMS: Final = 20


class Mode(StrEnum):
    """What one refusal means for the rest of a group, when it is asked for."""

    ALL_OR_NOTHING = "all_or_nothing"
    BEST_EFFORT = "best_effort"


_MISSING: Final = frozenset({State.DECLINED, State.CANCELLED, State.EXPIRED})


def leaves_a_gap(mode: Mode, target: State, role: Role) -> bool:
    """Whether this step takes a part from somebody who wanted all or nothing, and did not take it themself."""
    return mode is Mode.ALL_OR_NOTHING and target in _MISSING and role is not Role.BORROWER

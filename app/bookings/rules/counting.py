"""Which bookings count against what somebody may have (T18)."""

from typing import Final

from app.bookings.rules.states import Units, units_in
from app.bookings.rules.words import PROMISED, Outcome, State

UNDER_WAY: Final = frozenset(state for state in State if units_in(state) is not Units.FREE)
"""Asked for, promised or out, and not back: these are what somebody has at a time."""

PROMISES: Final = UNDER_WAY & PROMISED
"""At a confirmation only promises count: who has asked three times may be promised the first."""

HAD: Final = (PROMISED - UNDER_WAY) | {State.COMPLETED}
"""What was had and is back: it counts for the days of a month, but not for what one has at a time."""

NEVER_HAD: Final = frozenset(
    {Outcome.DID_NOT_HAPPEN, Outcome.NO_SHOW_PROVIDER, Outcome.CANCELLED_EARLY, Outcome.CANCELLED_LATE}
)
"""Nobody is charged for what came to nothing without them."""

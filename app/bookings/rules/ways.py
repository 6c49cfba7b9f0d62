"""What somebody who cannot have it could do instead, and for whom there is no other way."""

from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """A way out, in the order in which they are told."""

    NEXT_FREE = "next_free"
    FEWER_UNITS = "fewer_units"
    SIMILAR = "similar"
    AT_PARTNER = "at_partner"
    JOIN_QUEUE = "join_queue"
    POST_WANT = "post_want"


MOST: Final = 3
"""How many ways are told at most."""

NO_WAY: Final = frozenset({"instance_policy", "own_listing", "suspended", "too_many_bookings"})
"""Reasons that speak against whatever somebody might ask for instead."""

QUEUED_FOR: Final = frozenset({"not_enough_units", "related_taken"})
"""Reasons that pass when somebody gives units back: one can wait for that."""

"""How long a partner's copies may be shown without news (federation.md §2.6). Pure.

Thirty days are fewer than the 45 for which tombstones are kept: whoever still holds copies can always be told
what was deleted, and an unreachable partner's residents are erased everywhere in the end, without any message.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Freshness(StrEnum):
    """How far copies can be trusted."""

    FRESH = "fresh"
    STALE = "stale"  # shown with a note, not to be requested
    HIDDEN = "hidden"
    GONE = "gone"


_LIMITS: Final = (
    (timedelta(days=30), Freshness.GONE),
    (timedelta(days=7), Freshness.HIDDEN),
    (timedelta(hours=48), Freshness.STALE),
)


def of(read_at: datetime | None, *, now: datetime) -> Freshness:
    """How fresh copies are that were complete at `read_at`; never read is hidden, for there is nothing to show."""
    if read_at is None:
        return Freshness.HIDDEN
    age = now - read_at
    return next((freshness for limit, freshness in _LIMITS if age > limit), Freshness.FRESH)


def backoff(
    failures: int, *, first: timedelta = timedelta(minutes=1), longest: timedelta, jitter: float
) -> timedelta:
    """How long to wait after so many failures in a row: up to a ceiling that doubles from `first`; `jitter` is 0 to 1.

    Full jitter, so that what failed together does not come back together; a tenth of `first` at least.
    """
    doublings = min(max(failures - 1, 0), 16)
    return max(first / 10, min(first * (1 << doublings), longest) * jitter)

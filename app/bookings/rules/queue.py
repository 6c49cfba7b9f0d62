"""The queue (T21): who is next, and when something is likely to be free. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A loan that has what somebody is waiting for: until when, and how many units are free for all of the time that is
    waited for once this loan and those before it are over.
    """

    ends_at: datetime
    free: int


def forecast(
    needed: int, in_the_way: Sequence[InTheWay], real_ends: Sequence[timedelta], now: datetime
) -> datetime | None:
    """When so many units are likely to be free: as the loans in the way end, and as loans of this thing really end.

    `needed` counts those who wait before, too; the loans come in the order in which they end. `real_ends` tells of past
    loans how long after the agreed end they came back (before it: negative); the middle one counts, so that one lost
    month spoils nothing. None when there is no past to learn from, or when not even all loans in the way give back
    enough.
    """
    if not real_ends:
        return None
    usual = timedelta(seconds=median(delay.total_seconds() for delay in real_ends))
    enough = (loan for loan in in_the_way if loan.free >= needed)
    return next((max(now, loan.ends_at + usual) for loan in enough), None)

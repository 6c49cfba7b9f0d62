"""How two instances come to tell one story. Pure: the services and the model check (tests/proofs) run these very rules.

The provider's instance alone writes a booking; the borrower's asks, and believes what it hears. Answers and feeds
cross on the way, come twice, late or never, and the provider's instance may be restored from yesterday's backup.
"""

from enum import StrEnum
from typing import Final

from app.bookings.rules.words import Action


class Source(StrEnum):
    """By which way a view came."""

    ANSWER = "answer"  # with the answer to something we asked: it may have been overtaken on its way
    FEED = "feed"  # in its turn: nothing older comes after it
    WHOLE = "whole"  # asked for by itself, with all there is to it
    WALK = "walk"  # read again from the beginning: the truth, even where it is less than we knew


class Belief(StrEnum):
    """What a view is to somebody who holds another."""

    NEWS = "news"
    REFRESHED = "refreshed"  # nobody took a step, but what the calendar says may have changed
    STALE = "stale"


def believe(held: int | None, told: int, source: Source) -> Belief:
    """Whether a view of revision `told` counts for somebody who holds revision `held`, or nothing yet.

    A walk is believed even with a lower revision: whoever was restored from a backup has to start from there.
    """
    if held is None or told > held:
        return Belief.NEWS
    if source is Source.ANSWER:
        return Belief.STALE
    if told == held:
        return Belief.REFRESHED
    return Belief.NEWS if source is Source.WALK else Belief.STALE


FORGOTTEN: Final = 0
"""The revision held of what the partner once knew and no longer does: whatever it tells of it next is believed."""


CONSENTS: Final = frozenset(
    {
        Action.ACCEPT_COUNTER,
        Action.ACCEPT_CHANGE,
        Action.DECLINE_CHANGE,
        Action.HAND_OVER,
        Action.COMPLETE,
        Action.AGREE,
        Action.DIFFER,
        Action.SETTLE,
    }
)
"""A yes or no to something that was read: it counts for that and nothing later, so it names the revision."""

GIVES_UP: Final = frozenset({Action.WITHDRAW, Action.CANCEL})
"""What somebody who no longer wants it says; of a request that never arrived it is the end."""

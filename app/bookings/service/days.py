"""A day at a counter: what goes out, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.bookings import repository
from app.bookings.rules.words import State
from app.bookings.schemas import BookingSummary
from app.bookings.service import views
from app.kernel.unit_of_work import Reading

_GOING: Final = frozenset({State.CONFIRMED, State.READY})
_COMING: Final = frozenset({State.HANDED_OVER, State.RETURN_REPORTED, State.CHECKED_IN, State.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Day:
    """What is due until the end of a day, late things included, each in the order of time."""

    out: list[BookingSummary]
    back: list[BookingSummary]


def day(
    reading: Reading, *, until: datetime, provider_id: UUID | None = None, listing_id: UUID | None = None
) -> Day:
    """What a provider, or one listing, hands over and takes back until then, as far as the actor is a side of it."""
    found = repository.changing_hands(
        reading.session,
        to=reading.actor.parties,
        provider_id=provider_id,
        listing_id=listing_id,
        going=_GOING,
        coming=_COMING,
        until=until,
    )
    shown = views.summaries(reading, found)
    return Day(
        out=[one for one in shown if one.state in _GOING],
        back=sorted((one for one in shown if one.state in _COMING), key=lambda one: one.ends_at),
    )

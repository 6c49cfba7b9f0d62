"""How promises are kept in a region: numbers without names, in two queries."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.bookings import tallies
from app.bookings.rules.words import Outcome
from app.bookings.schemas import BookingNumbers
from app.kernel.months import Month
from app.kernel.unit_of_work import Reading

_KEPT: Final = frozenset({Outcome.FULFILLED, Outcome.PARTLY_FULFILLED})
_CALLED_OFF: Final = frozenset({Outcome.CANCELLED_EARLY})
_UNREPORTED: Final = frozenset({Outcome.UNREPORTED})
"""All other ends are of promises that were broken."""


def numbers(reading: Reading, months: Sequence[Month]) -> list[BookingNumbers]:
    """For each month what became of the promises that ended in it, and how many took part."""
    counts: dict[str, Counter[int]] = {
        name: Counter() for name in ("kept", "called_off", "unreported", "broken")
    }
    for month, outcome, count in tallies.outcomes(reading.session, months):
        counts[_as(outcome)][month] += count
    active = tallies.active(reading.session, months)
    return [
        BookingNumbers(
            **{name: counted[place] for name, counted in counts.items()},
            people=active.get(place, (0, 0))[0],
            organisations=active.get(place, (0, 0))[1],
        )
        for place in range(len(months))
    ]


def _as(outcome: Outcome) -> str:
    for name, outcomes in (("kept", _KEPT), ("called_off", _CALLED_OFF), ("unreported", _UNREPORTED)):
        if outcome in outcomes:
            return name
    return "broken"

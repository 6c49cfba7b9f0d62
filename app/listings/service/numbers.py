"""How much is shared and sought: numbers without names, in two queries."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.kernel.months import Month
from app.kernel.unit_of_work import Reading
from app.listings import overview
from app.listings.rules.kinds import Kind, Purpose
from app.listings.rules.lifecycle import CloseReason
from app.listings.schemas.values import ListingNumbers

_MET: Final = frozenset({CloseReason.FULFILLED_HERE, CloseReason.FULFILLED_ELSEWHERE})


def numbers(reading: Reading, months: Sequence[Month]) -> ListingNumbers:
    """What is shown at this moment, and what became of wants in each month."""
    shown = {(purpose, kind): count for purpose, kind, count in overview.count_shown(reading.session)}
    met: Counter[int] = Counter()
    unmet: Counter[int] = Counter()
    for month, how, count in overview.count_wants_over(reading.session, months):
        (met if how in _MET else unmet)[month] += count
    return ListingNumbers(
        offers={kind: shown.get((Purpose.OFFER, kind), 0) for kind in Kind},
        wants=sum(shown.get((Purpose.WANT, kind), 0) for kind in Kind),
        wants_met=[met[place] for place in range(len(months))],
        wants_unmet=[unmet[place] for place in range(len(months))],
    )

"""Taking and freeing units: the one way for everybody, staff, partners and clocks included (T6).

The listing is locked before anybody looks, so that of two rivals for the last unit one looks after the other wrote.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.kernel.intervals import Interval, segments
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import UnitOfWork
from app.listings import repository
from app.listings.problems import SlotTaken
from app.listings.rules.capacity import Occupancy, capacity, free_for
from app.listings.rules.reasons import Ground, reason
from app.listings.rules.verdict import Offer
from app.listings.service import values, witness
from app.listings.tables import Listing
from app.listings.tables import Occupancy as OccupancyRow

_MINUTE: Final = timedelta(minutes=1)


def hold_still(work: UnitOfWork, listing_id: UUID) -> int | None:
    """Let nobody change the listing or its calendar before this transaction ends; answers its version, if any.

    Who has judged an ask and acts on it says this in between (T6): in the version they saw, what they saw still
    holds. Judging comes first, so that those who are refused keep nobody waiting.
    """
    row = repository.lock(work.session, listing_id)
    return None if row is None else row.version


def occupy(work: UnitOfWork, listing_id: UUID, *, holder_id: UUID, span: Interval, units: int) -> None:
    """Take units for the holder, or move what it holds to these. The same again is no change.

    Raises SlotTaken with `free_units` when they are not free for the whole span, judged against closures and the
    occupancies of this moment. Hours, limits and audience are not asked here: that is `judge`.
    """
    row = _locked(work, listing_id)
    held = repository.occupancy(work.session, holder_id)
    if held and _same(held, span, units):
        return
    offer = values.offer_of(row, span, region=work.settings.subdivision)
    newcomer = Occupancy(span, units, offer.buffers)
    if not (held and _holds(held, span, units)):
        _require_free(work, row, offer, newcomer, holder_id)
    before = [] if held is None else [_busy(held)]
    work.session.merge(
        OccupancyRow(
            holder_id=holder_id,
            listing_id=listing_id,
            starts_at=span.start,
            ends_at=span.end,
            busy_until=newcomer.busy.end,
            buffer_before_minutes=newcomer.buffers.before // _MINUTE,
            buffer_after_minutes=newcomer.buffers.after // _MINUTE,
            units=units,
        )
    )
    _rewrite_segments(work, row, *before, newcomer.busy)


def _require_free(work: UnitOfWork, row: Listing, offer: Offer, newcomer: Occupancy, holder_id: UUID) -> None:
    others = repository.occupancies(work.session, row.id, values.around(newcomer.interval, offer.limits))
    taken = values.taken(other for other in others if other.holder_id != holder_id)
    free = free_for(newcomer, capacity(offer.units, offer.closures), taken)
    if free < newcomer.units:
        raise SlotTaken(
            reasons=[reason(Ground.NOT_ENOUGH_UNITS, free_units=free)],
            free_units=free,
            calendar_version=row.calendar_version,
        )


def _holds(held: OccupancyRow, span: Interval, units: int) -> bool:
    """Whether this is no more than is held already: giving back needs no room, whatever has been closed since."""
    return units <= held.units and Interval(held.starts_at, held.ends_at).covers(span)


def release(work: UnitOfWork, holder_id: UUID, *, at: datetime | None = None) -> None:
    """Free what the holder holds: wholly, or from `at` on. Holding nothing is fine."""
    found = _locked_holding(work, holder_id)
    if found is None:
        return
    row, held = found
    busy = _busy(held)
    if at is None or at <= held.starts_at:
        work.session.delete(held)
    elif at < held.ends_at:
        _end_at(held, at)
    else:
        return
    _rewrite_segments(work, row, busy)


def extend(work: UnitOfWork, holder_id: UUID, *, until: datetime) -> None:
    """Let the holder keep its units until then (T5): what is late is not back, whoever waits for it."""
    found = _locked_holding(work, holder_id)
    if found is None:
        return
    row, held = found
    if until > held.ends_at:
        _end_at(held, until)
        _rewrite_segments(work, row, _busy(held))


def reduce(work: UnitOfWork, holder_id: UUID, *, units: int) -> None:
    """Let the holder hold no more than so many units; none frees it wholly."""
    if units <= 0:
        release(work, holder_id)
        return
    found = _locked_holding(work, holder_id)
    if found is None:
        return
    row, held = found
    if units < held.units:
        held.units = units
        _rewrite_segments(work, row, _busy(held))


def _locked(work: UnitOfWork, listing_id: UUID) -> Listing:
    row = repository.lock(work.session, listing_id)
    if row is None or row.origin_id is not None:
        raise NotFound  # a partner's listing has its calendar there
    return row


def _locked_holding(work: UnitOfWork, holder_id: UUID) -> tuple[Listing, OccupancyRow] | None:
    held = repository.occupancy(work.session, holder_id)
    if held is None:
        return None
    row = _locked(work, held.listing_id)
    held = repository.occupancy(work.session, holder_id)  # as it is now that we hold the lock
    return None if held is None else (row, held)


def _same(held: OccupancyRow, span: Interval, units: int) -> bool:
    return (held.starts_at, held.ends_at, held.units) == (span.start, span.end, units)


def _busy(held: OccupancyRow) -> Interval:
    return Interval(held.starts_at, held.busy_until)


def _end_at(held: OccupancyRow, moment: datetime) -> None:
    longest = max(held.buffer_before_minutes, held.buffer_after_minutes)
    held.ends_at, held.busy_until = moment, moment + timedelta(minutes=longest)


def _rewrite_segments(work: UnitOfWork, row: Listing, *changed: Interval) -> None:
    """Make the segments of the changed stretches anew; the calendar has moved."""
    work.session.flush()  # the occupancies are read back below
    for stretch in changed:
        neighbours = repository.segments(work.session, row.id, stretch)
        # As far as the neighbours reach, so that stretches of equal use become one segment again.
        hull = Interval(
            min([stretch.start, *(segment.start for segment in neighbours)]),
            max([stretch.end, *(segment.end for segment in neighbours)]),
        )
        use = [
            (inside, other.units)
            for other in repository.occupancies(work.session, row.id, hull)
            if (inside := _busy(other).intersection(hull))
        ]
        repository.replace_segments(work.session, row.id, hull, segments(use))
    witness.move(work, row)

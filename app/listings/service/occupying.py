"""Taking and freeing units: the one way for everybody, staff, partners and clocks included (T6).

The listing is locked before anybody looks, so that of two rivals for the last unit one looks after the other wrote.
In a tree (T17) everything is locked: what is taken of a listing takes all of what it is a part of, and of its parts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel.intervals import Interval, hull
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import UnitOfWork
from app.listings import repository
from app.listings.problems import SlotTaken
from app.listings.rules.capacity import Occupancy, capacity, free_for
from app.listings.rules.verdict import Offer, scarcity
from app.listings.service import values
from app.listings.service.deriving import busy, derived_for, keep, keep_together, rewrite_segments
from app.listings.service.holding import Family, lock_families, relatives_in
from app.listings.tables import Listing
from app.listings.tables import Occupancy as OccupancyRow


def occupy(work: UnitOfWork, listing_id: UUID, *, holder_id: UUID, span: Interval, units: int) -> None:
    """Take units for the holder, or move what it holds to these. The same again is no change.

    Raises SlotTaken with `free_units` when they are not free for the whole span, judged against closures and the
    occupancies of this moment. Hours, limits and audience are not asked here: that is `judge`.
    """
    family = _locked(work, listing_id)
    row, held = family[listing_id], repository.held_by(work.session, holder_id)
    own = held.get(listing_id)
    if own and _same(own, span, units):
        return
    offer = values.offer_of(row, span, region=work.settings.subdivision)
    newcomer = Occupancy(span, units, values.frozen_buffers(own) if own else offer.buffers)
    if not (own and _holds(own, span, units)):
        others = repository.occupancies(work.session, row.id, values.around(span, offer.limits))
        taken = values.taken(other for other in others if other.holder_id != holder_id)
        _require_free(row, offer, newcomer, taken)
    keep(work, row, newcomer, own, holder_id=holder_id)
    for relative in relatives_in(family, listing_id):
        keep(work, relative, derived_for(relative, newcomer), held.get(relative.id), holder_id=holder_id)


def occupy_together(
    work: UnitOfWork, listing_id: UUID, asked: Mapping[UUID, tuple[Interval, int]]
) -> dict[UUID, int]:
    """The same for several who hold nothing yet, written together; answers the version of the calendar each made."""
    family = _locked(work, listing_id)
    row = family[listing_id]
    offer = values.offer_of(row, hull([span for span, _ in asked.values()]), region=work.settings.subdivision)
    around = values.around(hull([span for span, _ in asked.values()]), offer.limits)
    taken = values.taken(repository.occupancies(work.session, row.id, around))
    newcomers: dict[UUID, Occupancy] = {}
    for holder_id, (span, units) in asked.items():
        newcomers[holder_id] = Occupancy(span, units, offer.buffers)
        _require_free(row, offer, newcomers[holder_id], taken)
        taken.append(newcomers[holder_id])
    for relative in relatives_in(family, listing_id):
        derived = {holder_id: derived_for(relative, one) for holder_id, one in newcomers.items()}
        keep_together(work, relative, derived)
    return keep_together(work, row, newcomers)


def _require_free(row: Listing, offer: Offer, newcomer: Occupancy, taken: Sequence[Occupancy]) -> None:
    all_units = capacity(offer.units, offer.closures)
    free = free_for(newcomer, all_units, taken)
    if free < newcomer.units:
        raise SlotTaken(
            reasons=[scarcity(newcomer, all_units, taken, free)],
            free_units=free,
            calendar_version=row.calendar_version,
        )


def _holds(held: OccupancyRow, span: Interval, units: int) -> bool:
    """Whether this is no more than is held already: giving back needs no room, whatever has been closed since."""
    return units <= held.units and Interval(held.starts_at, held.ends_at).covers(span)


def release(work: UnitOfWork, holder_id: UUID, *, at: datetime | None = None) -> None:
    """Free what the holder holds: wholly, or from `at` on. Holding nothing is fine."""
    family, held = _locked_holdings(work, holder_id)
    for one in held:
        stretch = busy(one)
        if at is None or at <= one.starts_at:
            work.session.delete(one)
        elif at < one.ends_at:
            _end_at(one, at)
        else:
            continue
        rewrite_segments(work, family[one.listing_id], stretch, judged=True)


def extend(work: UnitOfWork, holder_id: UUID, *, until: datetime) -> None:
    """Let the holder keep its units until then (T5): what is late is not back, whoever waits for it."""
    family, held = _locked_holdings(work, holder_id)
    for one in held:
        if until > one.ends_at:
            _end_at(one, until)
            rewrite_segments(work, family[one.listing_id], busy(one), judged=False)


def reduce(work: UnitOfWork, holder_id: UUID, *, units: int) -> None:
    """Let the holder hold no more than so many units; none frees it wholly. Relatives are taken as long as any is."""
    if units <= 0:
        release(work, holder_id)
        return
    family, held = _locked_holdings(work, holder_id)
    for one in held:
        if not one.derived and units < one.units:
            one.units = units
            rewrite_segments(work, family[one.listing_id], busy(one), judged=True)


def _locked(work: UnitOfWork, listing_id: UUID) -> Family:
    family = lock_families(work, [listing_id])
    if listing_id not in family or family[listing_id].origin_id is not None:
        raise NotFound  # a partner's listing has its calendar there
    return family


def _locked_holdings(work: UnitOfWork, holder_id: UUID) -> tuple[Family, list[OccupancyRow]]:
    """What the holder holds of a listing and its relatives, its own first, and all of them locked."""
    held = repository.held_by(work.session, holder_id)
    if not held:
        return {}, []
    family = lock_families(work, list(held))
    held = repository.held_by(work.session, holder_id)  # as it is now that we hold the lock
    return family, sorted(held.values(), key=lambda one: (one.derived, one.listing_id))


def _same(held: OccupancyRow, span: Interval, units: int) -> bool:
    return (held.starts_at, held.ends_at, held.units) == (span.start, span.end, units)


def _end_at(held: OccupancyRow, moment: datetime) -> None:
    longest = max(held.buffer_before_minutes, held.buffer_after_minutes)
    held.ends_at, held.busy_until = moment, moment + timedelta(minutes=longest)

"""What does not add up in a calendar: segments beside occupancies, promises beside units."""

from collections import defaultdict
from uuid import UUID

from app.kernel.intervals import Interval, Segment, interval_or_none, segments
from app.kernel.problems import NotAllowed
from app.kernel.unit_of_work import Reading
from app.listings import policy, repository
from app.listings.rules.capacity import capacity, over_promised
from app.listings.schemas.calendar import ConflictRead, ConflictsRead
from app.listings.service import looking, values


def calendars_amiss(reading: Reading) -> list[UUID]:
    """The listings whose segments of use are not those of their occupancies; there should never be one."""
    use: dict[UUID, list[tuple[Interval, int]]] = defaultdict(list)
    told: dict[UUID, list[Segment]] = defaultdict(list)
    for is_segment, listing_id, starts_at, ends_at, units in repository.calendars(reading.session):
        if is_segment:
            told[listing_id].append(Segment(starts_at, ends_at, units))
        else:
            use[listing_id].append((Interval(starts_at, ends_at), units))
    return sorted(
        listing_id
        for listing_id in use.keys() | told.keys()
        if segments(use[listing_id]) != sorted(told[listing_id], key=lambda segment: segment.start)
    )


def conflicts(reading: Reading, listing_id: UUID) -> ConflictsRead:
    """The stretches to come in which more is promised than there is, for the provider to resolve.

    They come from fewer units (T4), late returns (T5) and acknowledged closures (T11), and go when a booking ends or
    units come back. Raises NotFound, and NotAllowed for everybody else.
    """
    row = looking.find(reading, listing_id)
    if not policy.may_see_private(reading.actor, row.provider_id):
        raise NotAllowed
    until = repository.last_busy_until(reading.session, row.id)
    within = interval_or_none(reading.now, until) if until else None
    if within is None:
        return ConflictsRead(items=[])
    offer = values.offer_of(row, within, region=reading.settings.subdivision)
    held = [
        (Interval(one.starts_at, one.ends_at), one)
        for one in repository.occupancies(reading.session, row.id, within)
    ]
    use = [(interval, one.units) for interval, one in held]
    return ConflictsRead(
        items=[
            ConflictRead(
                starts_at=stretch.start,
                ends_at=stretch.end,
                missing_units=missing,
                booking_ids=sorted(one.holder_id for interval, one in held if interval.overlaps(stretch)),
            )
            for stretch, missing in over_promised(capacity(offer.units, offer.closures), use, within)
        ]
    )

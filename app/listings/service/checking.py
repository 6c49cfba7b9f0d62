"""Whether what is stored twice says the same: for `depot check`."""

from collections import defaultdict
from uuid import UUID

from app.kernel.intervals import Interval, Segment, segments
from app.kernel.unit_of_work import Reading
from app.listings import repository


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

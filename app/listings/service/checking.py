"""What does not add up in a calendar: segments beside occupancies, promises beside units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.intervals import Interval, Segment, interval_or_none, segments
from app.kernel.problems import NotAllowed
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import families, policy, repository
from app.listings.events import PromisesInConflict
from app.listings.rules.capacity import capacity, in_use, over_promised
from app.listings.rules.trees import relatives
from app.listings.schemas.calendar import ConflictRead, ConflictsRead
from app.listings.service import looking, values
from app.listings.tables import Listing, Occupancy


def calendars_amiss(reading: Reading) -> list[UUID]:
    """The listings whose segments of use are not those of their occupancies, or whose derived occupancies are not those
    of their relatives (T17); there should never be one.
    """
    use: dict[UUID, list[tuple[Interval, int, bool]]] = defaultdict(list)
    told: dict[UUID, list[Segment]] = defaultdict(list)
    own: set[tuple[UUID, UUID]] = set()
    derived: set[tuple[UUID, UUID]] = set()
    for one in repository.calendars(reading.session):
        if one.holder_id is None:
            told[one.listing_id].append(Segment(one.interval.start, one.interval.end, one.units))
        else:
            use[one.listing_id].append((one.interval, one.units, one.derived))
            (derived if one.derived else own).add((one.listing_id, one.holder_id))
    whole_of = families.wholes(reading.session)
    due = {(relative, holder) for listing, holder in own for relative in relatives(listing, whole_of)}
    return sorted(
        {
            listing_id
            for listing_id in use.keys() | told.keys()
            if segments(in_use(use[listing_id]))
            != sorted(told[listing_id], key=lambda segment: segment.start)
        }
        | {listing_id for listing_id, _ in due ^ derived}
    )


def conflicts(reading: Reading, listing_id: UUID) -> ConflictsRead:
    """The stretches to come in which more is promised than there is, for the provider to resolve.

    They come from fewer units (T4), late returns (T5) and acknowledged closures (T11), and go when a booking ends or
    units come back. Raises NotFound, and NotAllowed for everybody else.
    """
    row = looking.find(reading, listing_id)
    if not policy.may_see_private(reading.actor, row.provider_id):
        raise NotAllowed
    return ConflictsRead(
        items=[
            ConflictRead(
                starts_at=one.stretch.start,
                ends_at=one.stretch.end,
                missing_units=one.missing,
                booking_ids=sorted(held.holder_id for held in one.held),
            )
            for one in _conflicts(reading, row)
        ]
    )


@dataclass(frozen=True, slots=True)
class _Conflict:
    """A stretch in which more is promised than there is, how many units are missing, and what is held then."""

    stretch: Interval
    missing: int
    held: tuple[Occupancy, ...]


def _conflicts(reading: Reading, row: Listing) -> list[_Conflict]:
    """From now on, in the order of time."""
    until = repository.last_busy_until(reading.session, row.id)
    within = interval_or_none(reading.now, until) if until else None
    if within is None:
        return []
    offer = values.offer_of(row, within, region=reading.settings.subdivision)
    held = [
        (Interval(one.starts_at, one.ends_at), one)
        for one in repository.occupancies(reading.session, row.id, within)
    ]
    use = in_use((interval, one.units, one.derived) for interval, one in held)
    return [
        _Conflict(stretch, missing, tuple(one for interval, one in held if interval.overlaps(stretch)))
        for stretch, missing in over_promised(capacity(offer.units, offer.closures), use, within)
    ]


def conflicts_handler(transactions: Transactions) -> Handler:
    """The job that looks for conflicts after the calendar of a listing has changed."""

    def run(payload: Mapping[str, Any]) -> None:
        with transactions.writing(SYSTEM) as work:
            look_for_conflicts(work, UUID(payload["listing_id"]))

    return run


def look_for_conflicts(work: UnitOfWork, listing_id: UUID) -> None:
    """Have the provider told of promises that have come into conflict since somebody last looked, each once.

    Whose conflict has gone meanwhile is told of when it comes again. What takes the listing only because something it
    is a part of, or a part of it, is taken is told of there (T17).
    """
    row = repository.lock(work.session, listing_id)
    if row is None or row.provider_id is None:
        return
    held = {str(one.holder_id) for found in _conflicts(work, row) for one in found.held if not one.derived}
    told, row.conflicts_told = frozenset(row.conflicts_told or ()), sorted(held) or None
    work.session.add(row)
    if new := sorted(held - told):
        holders = tuple(UUID(one) for one in new)
        work.record(PromisesInConflict(listing_id=row.id, provider_id=row.provider_id, holder_ids=holders))


def in_conflict(reading: Reading, holders: Mapping[UUID, tuple[UUID, Interval]]) -> frozenset[UUID]:
    """Of these holders, each with its listing and its time, those in whose time more is promised than there is.

    From now on, like `conflicts`; two queries, however many they are.
    """
    ahead = {
        holder: (listing_id, part)
        for holder, (listing_id, span) in holders.items()
        if span.end > reading.now
        and (part := interval_or_none(max(span.start, reading.now), span.end)) is not None
    }
    if not ahead:
        return frozenset()
    listing_ids = {listing_id for listing_id, _ in ahead.values()}
    hull = Interval(
        min(part.start for _, part in ahead.values()), max(part.end for _, part in ahead.values())
    )
    held = repository.occupancies_of(reading.session, listing_ids, hull)
    rows = {row.id: row for row in repository.by_ids(reading.session, listing_ids)}
    return frozenset(
        holder
        for holder, (listing_id, part) in ahead.items()
        if _is_over_promised(reading, rows[listing_id], held[listing_id], part)
    )


def _is_over_promised(reading: Reading, row: Listing, held: Sequence[Occupancy], part: Interval) -> bool:
    if row.origin_id is not None:
        return False
    offer = values.offer_of(row, part, region=reading.settings.subdivision)
    use = in_use((Interval(one.starts_at, one.ends_at), one.units, one.derived) for one in held)
    return bool(over_promised(capacity(offer.units, offer.closures), use, part))

"""What follows from what is taken: segments of use, and in a tree the derived occupancies and closures of relatives.

All of it can be made anew from the occupancies and closures that somebody made; here it is kept to agree with them.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.kernel.intervals import Interval, hull, segments
from app.kernel.unit_of_work import UnitOfWork
from app.listings import families, repository
from app.listings.rules.capacity import Buffers, Occupancy, in_use
from app.listings.rules.trees import root
from app.listings.service import values, witness
from app.listings.service.holding import Family, lock_families, relatives_in
from app.listings.tables import Listing
from app.listings.tables import Occupancy as OccupancyRow

_MINUTE: Final = timedelta(minutes=1)


def keep(
    work: UnitOfWork, row: Listing, taken: Occupancy, held: OccupancyRow | None, *, holder_id: UUID
) -> None:
    """Write that so much of this listing is taken, in place of what was held, and its segments."""
    before = [] if held is None else [busy(held)]
    work.session.merge(_row(row, taken, holder_id))
    rewrite_segments(work, row, *before, taken.busy, judged=True)


def keep_together(work: UnitOfWork, row: Listing, taken: Mapping[UUID, Occupancy]) -> dict[UUID, int]:
    """The same for several who held nothing, in a fixed number of statements; each makes a version of the calendar."""
    work.session.add_all(_row(row, one, holder_id) for holder_id, one in taken.items())
    _make_segments(work, row, hull([one.busy for one in taken.values()]))
    versions: dict[UUID, int] = {}
    for holder_id in taken:
        witness.move(work, row, judged=True)
        versions[holder_id] = row.calendar_version
    return versions


def _row(row: Listing, taken: Occupancy, holder_id: UUID) -> OccupancyRow:
    return OccupancyRow(
        holder_id=holder_id,
        listing_id=row.id,
        starts_at=taken.interval.start,
        ends_at=taken.interval.end,
        busy_until=taken.busy.end,
        buffer_before_minutes=taken.buffers.before // _MINUTE,
        buffer_after_minutes=taken.buffers.after // _MINUTE,
        units=taken.units,
        derived=taken.derived,
    )


def derived_for(relative: Listing, taken: Occupancy) -> Occupancy:
    """What is taken of a relative: all of it, with the longer of both buffers, so that each keeps its gap."""
    own = values.buffers_of(relative)
    longer = Buffers(max(own.before, taken.buffers.before), max(own.after, taken.buffers.after))
    return Occupancy(taken.interval, relative.units, longer, derived=True)


def busy(held: OccupancyRow) -> Interval:
    return Interval(held.starts_at, held.busy_until)


def rewrite_segments(work: UnitOfWork, row: Listing, *changed: Interval, judged: bool) -> None:
    """Make the segments of the changed stretches anew; the calendar has moved."""
    _make_segments(work, row, *changed)
    witness.move(work, row, judged=judged)


def _make_segments(work: UnitOfWork, row: Listing, *changed: Interval) -> None:
    work.session.flush()  # the occupancies are read back below
    for stretch in changed:
        neighbours = repository.segments(work.session, row.id, stretch)
        # As far as the neighbours reach, so that stretches of equal use become one segment again.
        reach = Interval(
            min([stretch.start, *(segment.start for segment in neighbours)]),
            max([stretch.end, *(segment.end for segment in neighbours)]),
        )
        use = in_use(
            (inside, other.units, other.derived)
            for other in repository.occupancies(work.session, row.id, reach)
            if (inside := busy(other).intersection(reach))
        )
        repository.replace_segments(work.session, row.id, reach, segments(use))


def settle(work: UnitOfWork, family: Family) -> None:
    """Make anew what follows in these trees, after one of them or the units of something in it have changed.

    All rows are locked, and every tree is there as a whole. Promises are never touched: what no longer fits together
    shows among the conflicts.
    """
    work.session.flush()
    whole_of = {row.id: row.part_of for row in family.values()}
    for row in family.values():
        row.tree_id = root(row.id, whole_of)
    families.forget_derived(work.session, family)
    for held in families.own_occupancies(work.session, family):
        [taken] = values.taken([held])
        for relative in relatives_in(family, held.listing_id):
            work.session.add(_row(relative, derived_for(relative, taken), held.holder_id))
    work.session.flush()
    for row in family.values():
        use = in_use(
            (busy(one), one.units, one.derived) for one in families.all_occupancies(work.session, row.id)
        )
        repository.replace_all_segments(work.session, row.id, segments(use))
        witness.move(work, row)
    spread_closures(work, family)


def spread_closures(work: UnitOfWork, family: Family) -> None:
    """Tell every listing what closes its relatives wholly: a closed hall has no halves, half a hall is no hall."""
    for row in family.values():
        around = [
            closure | {"units": None, "reason": None}
            for relative in relatives_in(family, row.id)
            for closure in relative.closures
            if closure["units"] is None or closure["units"] >= relative.units
        ]
        busy_around = sorted(
            stretch for relative in relatives_in(family, row.id) for stretch in relative.external_busy
        )
        if (around, busy_around) != (row.closures_around or [], row.busy_around or []):
            row.closures_around, row.busy_around = around or None, busy_around or None
            witness.move(work, row)


def leave(work: UnitOfWork, row: Listing) -> None:
    """Take a listing out of its tree before it goes; its parts are listings by themselves."""
    if row.tree_id is None and row.part_of is None:
        return
    family = lock_families(work, [row.id])
    for one in family.values():
        if row.id in {one.id, one.part_of}:
            one.part_of = None
    settle(work, family)


def family_among(rows: Iterable[Listing]) -> Family:
    """Listings that are locked already, as a family."""
    return {row.id: row for row in rows}

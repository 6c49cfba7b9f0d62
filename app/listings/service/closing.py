"""Closures: stretches during which some or all units are unavailable (T11)."""

from uuid import UUID, uuid5

from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import UnitOfWork
from app.listings import repository
from app.listings.problems import ClosureConflicts, TooManyClosures
from app.listings.rules.capacity import capacity, in_use, over_promised
from app.listings.schemas.calendar import ClosureCreate, ClosureRead, Visibility
from app.listings.service import looking, values, witness
from app.listings.service.deriving import spread_closures
from app.listings.service.holding import lock_families
from app.listings.service.occupying import release
from app.listings.service.writing import changed, owned, touch
from app.listings.tables import Listing, Occupancy

MAX_CLOSURES = 200


def close_for(work: UnitOfWork, listing_id: UUID, command: ClosureCreate) -> ClosureRead:
    """Close the listing for a while. Over promises it answers 409 with their list unless that is acknowledged.

    The promises themselves stay: whoever made them resolves them.
    """
    row = owned(work, listing_id)
    if len(row.closures) >= MAX_CLOSURES:
        raise TooManyClosures
    closure = ClosureRead(id=new_id(), **command.model_dump(exclude={"acknowledge_conflicts"}))
    conflicts = [] if command.acknowledge_conflicts else _conflicts(work, row, closure)
    if conflicts:
        raise ClosureConflicts(
            conflicts=[
                {
                    "booking_id": str(held.holder_id),
                    "starts_at": held.starts_at.isoformat().replace("+00:00", "Z"),
                    "ends_at": held.ends_at.isoformat().replace("+00:00", "Z"),
                    "units": held.units,
                }
                for held in conflicts
            ]
        )
    row.closures = [*row.closures, closure.model_dump(mode="json")]
    _closed_otherwise(work, row)
    touch(work, row)
    return closure


def open_again(work: UnitOfWork, listing_id: UUID, closure_id: UUID) -> None:
    """Take a closure away."""
    row = owned(work, listing_id)
    left = [closure for closure in row.closures if closure["id"] != str(closure_id)]
    if len(left) == len(row.closures):
        raise NotFound
    row.closures = left
    _closed_otherwise(work, row)
    touch(work, row)


def close_lost_units(work: UnitOfWork, listing_id: UUID, *, units: int, holder_id: UUID) -> None:
    """Count out units that the holder has lost, from now on, and free it of what it held.

    Who may say so is the caller's business. All lost units share one closure, because of overlapping closures
    only the largest counts (T4).
    """
    release(work, holder_id, at=work.now)
    _count_lost(work, listing_id, units)


def reopen_lost_units(work: UnitOfWork, listing_id: UUID, *, units: int) -> None:
    """So many of the lost units have been found. Whoever has deleted the closure already, has said so before."""
    _count_lost(work, listing_id, -units)


def _count_lost(work: UnitOfWork, listing_id: UUID, more: int) -> None:
    row = lock_families(work, [listing_id]).get(listing_id)
    if row is None:
        raise NotFound
    closure_id = uuid5(listing_id, "lost")
    others = [closure for closure in values.closures_of(row) if closure.id != closure_id]
    before = [closure for closure in values.closures_of(row) if closure.id == closure_id]
    lost = min(row.units, more + sum(closure.units or 0 for closure in before))
    closure = ClosureRead(
        id=closure_id,
        starts_at=before[0].starts_at if before else work.now,
        ends_at=work.now + looking.FARTHEST,
        units=max(1, lost),
        reason="lost",
        visibility=Visibility.PROVIDER,
        recurrence=None,
        except_on=[],
    )
    kept = (*others, closure) if lost > 0 else others
    row.closures = [one.model_dump(mode="json") for one in kept]
    _closed_otherwise(work, row)
    changed(work, row)


def _closed_otherwise(work: UnitOfWork, row: Listing) -> None:
    """The calendar has moved, and that of its relatives where they are closed with it."""
    witness.move(work, row)
    spread_closures(work, lock_families(work, [row.id]))


def _conflicts(work: UnitOfWork, row: Listing, closure: ClosureRead) -> list[Occupancy]:
    """The promises from now on that lie where, with this closure, more is promised than there is."""
    last = repository.last_busy_until(work.session, row.id)
    if last is None or last <= work.now:
        return []
    ahead = Interval(work.now, last)
    held = repository.occupancies(work.session, row.id, ahead)
    use = in_use((Interval(one.starts_at, one.ends_at), one.units, one.derived) for one in held)
    zone = values.zone_of(row)
    closures = [*values.all_closures_of(row), closure]
    elsewhere = values.busy_elsewhere(row, ahead)
    all_units = capacity(row.units, (*values.closed_within(closures, zone, ahead), *elsewhere))
    closed = [one.interval for one in values.closed_within([closure], zone, ahead)]
    overbooked = [
        part
        for piece, _ in over_promised(all_units, use, ahead)
        for stretch in closed
        if (part := piece.intersection(stretch))
    ]
    return [
        one for one in held if any(part.overlaps(Interval(one.starts_at, one.ends_at)) for part in overbooked)
    ]

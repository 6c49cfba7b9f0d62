"""The witness of a calendar: its version, which tells afterwards in what order promises were made (quality.md c4).

Every change of what is taken or closed, and of how many units there are, makes the next version. Steps of bookings
keep the version they made, refusals name the one they were decided on; so anybody can replay the whole story.
"""

from typing import Final
from uuid import UUID

from app.kernel.unit_of_work import UnitOfWork
from app.listings.tables import Listing

CONFLICTS_JOB: Final = "listings.look_for_conflicts"
_MADE: Final = "calendars_made"


def move(work: UnitOfWork, row: Listing, *, judged: bool = False) -> None:
    """The calendar of this listing, which is locked, has changed.

    Whether promises are in conflict now is looked at afterwards, once for all changes that come together; not where
    what is taken was `judged`, or given back, unless there was a conflict, which may have gone with it.
    """
    row.calendar_version += 1
    work.session.info.setdefault(_MADE, {})[row.id] = row.calendar_version
    if row.conflicts_told or not judged:
        work.enqueue(CONFLICTS_JOB, {"listing_id": str(row.id)}, key=f"{CONFLICTS_JOB} {row.id}")


def calendar_made(work: UnitOfWork, listing_id: UUID) -> int | None:
    """The version to which this unit of work has moved the listing's calendar; None where it did not."""
    made: dict[UUID, int] = work.session.info.get(_MADE, {})
    return made.get(listing_id)

"""The sessions of a course through edits of their listing: each keeps its id, and none disappears under a promise."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import repository
from app.listings.problems import SessionPromised
from app.listings.rules.sessions import Session, lost
from app.listings.service import looking, values
from app.listings.tables import Listing


def find_session(reading: Reading, listing_id: UUID, session_id: UUID) -> Session:
    """One session of a listing; NotFound when it has none of this id, or cannot be seen."""
    row = looking.find(reading, listing_id)
    found = next((one for one in values.sessions_of(row) if one.id == session_id), None)
    if found is None:
        raise NotFound
    return found


def keep(work: UnitOfWork, row: Listing, before: Sequence[Session]) -> None:
    """Give new sessions ids, and leave the known ones theirs; what was cancelled stays so.

    Raises SessionPromised when one that somebody has been promised is gone, moved or marked as cancelled: whoever
    cancels a session tells those who come, and has an address of its own for that.
    """
    if row.details and row.details.get("sessions"):
        sessions = _numbered(row.details["sessions"], before)
        row.details = row.details | {"sessions": [values.session_document(one) for one in sessions]}
    for gone in lost(before, values.sessions_of(row)):
        held = repository.occupancies(work.session, row.id, gone.interval)
        if held:
            raise SessionPromised(session_id=str(gone.id), booking_ids=sorted(str(o.holder_id) for o in held))


def _numbered(said: Sequence[dict[str, Any]], before: Sequence[Session]) -> list[Session]:
    """Those that come with an id are known by it, the others by their time; whoever is neither is new."""
    named = {UUID(one["id"]) for one in said if one.get("id")}
    by_id = {session.id: session for session in before}
    by_time = {session.interval: session for session in before if session.id not in named}
    kept = []
    for one in said:
        interval = values.session_interval(one)
        known = by_id.get(UUID(one["id"])) if one.get("id") else by_time.pop(interval, None)
        session_id = UUID(one["id"]) if one.get("id") else known.id if known else new_id()
        cancelled = one["cancelled"] or (known is not None and known.cancelled)
        kept.append(Session(session_id, interval, cancelled))
    return kept

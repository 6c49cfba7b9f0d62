"""A listing's own life: appearing, resting, expiring, ending."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.kernel.actor import SYSTEM
from app.kernel.problems import NotAllowed
from app.kernel.text import message
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.listings import policy, repository
from app.listings.events import ListingExpired, ListingExpiring, ListingSubmitted
from app.listings.problems import ListingNotReady, SessionOver
from app.listings.rules.kinds import EXPIRES_AFTER_DAYS
from app.listings.rules.lifecycle import Action, CloseReason, Mover, State, move
from app.listings.schemas.views import ListingRead
from app.listings.service import deriving, describing, standing, values
from app.listings.service.photos import forget_photos
from app.listings.service.sessions import find_session
from app.listings.service.writing import owned, touch
from app.listings.tables import Listing

REMIND_BEFORE: Final = timedelta(days=7)


def publish(work: UnitOfWork, listing_id: UUID, *, seen: int | None = None) -> ListingRead:
    """Let the public see it, again after a pause. Where the instance reviews first, a draft goes to staff."""
    return _moved(work, listing_id, Action.PUBLISH, seen=seen)


def pause(work: UnitOfWork, listing_id: UUID, *, seen: int | None = None) -> ListingRead:
    """Take no new requests for now; promises stand."""
    return _moved(work, listing_id, Action.PAUSE, seen=seen)


def renew(work: UnitOfWork, listing_id: UUID, *, seen: int | None = None) -> ListingRead:
    """Let it live for another full term, from today."""
    return _moved(work, listing_id, Action.RENEW, seen=seen)


def close(work: UnitOfWork, listing_id: UUID, *, reason: CloseReason, seen: int | None = None) -> ListingRead:
    """End it for good, with a reason; promises stand."""
    return _moved(work, listing_id, Action.CLOSE, seen=seen, reason=reason)


def cancel_session(work: UnitOfWork, listing_id: UUID, session_id: UUID, *, seen: int | None = None) -> None:
    """Mark a session of a course as cancelled, once; it stays for everybody to see. Its bookings are the caller's.

    Refused with NotFound, NotAllowed, VersionStale, and SessionOver when it has taken place.
    """
    row = owned(work, listing_id, seen=seen)
    session = find_session(work, listing_id, session_id)
    if session.cancelled:
        return
    if session.interval.end <= work.now:
        raise SessionOver
    cancelled = [
        replace(one, cancelled=one.cancelled or one.id == session_id) for one in values.sessions_of(row)
    ]
    details = row.details or {}
    row.details = details | {"sessions": [values.session_document(one) for one in cancelled]}
    touch(work, row)


def discard(work: UnitOfWork, listing_id: UUID, *, seen: int | None) -> None:
    """Remove a draft; anything that was ever published is closed instead, and stays for its provider to see."""
    row = owned(work, listing_id, seen=seen)
    if row.state is State.DRAFT:
        deriving.leave(work, row)
        forget_photos(work, repository.photos(work.session, listing_ids=[row.id]))
        work.session.delete(row)
    else:
        step(work, row, Action.CLOSE, reason=CloseReason.WITHDRAWN)


def sweep(transactions: Transactions) -> None:
    """Remind the providers of what expires within a week, and let expire what is due; each by itself."""
    with transactions.reading(SYSTEM) as reading:
        remind = repository.due_to_expire(
            reading.session, before=reading.now + REMIND_BEFORE, unreminded=True
        )
        expire = repository.due_to_expire(reading.session, before=reading.now)
    for listing_id in remind:
        with transactions.writing(SYSTEM) as work:
            _remind(work, listing_id)
    for listing_id in expire:
        with transactions.writing(SYSTEM) as work:
            _expire(work, listing_id)


def _remind(work: UnitOfWork, listing_id: UUID) -> None:
    row = repository.lock(work.session, listing_id)
    if row is None or row.provider_id is None or row.reminded_at is not None or row.expires_at is None:
        return
    row.reminded_at = work.now
    if row.expires_at > work.now:
        work.record(ListingExpiring(listing_id=row.id, provider_id=row.provider_id))


def _expire(work: UnitOfWork, listing_id: UUID) -> None:
    row = repository.lock(work.session, listing_id)
    if row is None or row.provider_id is None or row.expires_at is None or row.expires_at > work.now:
        return
    if move(row.state, Action.EXPIRE) is not None:
        step(work, row, Action.EXPIRE)
        work.record(ListingExpired(listing_id=row.id, provider_id=row.provider_id))


def _moved(
    work: UnitOfWork,
    listing_id: UUID,
    action: Action,
    *,
    seen: int | None,
    reason: CloseReason | None = None,
) -> ListingRead:
    row = owned(work, listing_id, seen=seen, doing=action, why=reason or "")
    if action in (Action.PUBLISH, Action.RENEW):
        standing.require_may_offer(work, row)
    step(work, row, action, reason=reason)
    [shown] = describing.describe(work, [row])
    return shown


def step(work: UnitOfWork, row: Listing, action: Action, *, reason: CloseReason | None = None) -> None:
    """Take this step with a listing that is locked; raises ListingNotReady, and NotAllowed for what is the staff's."""
    reviewed = work.settings.review_listings or row.review_note is not None
    taken = move(row.state, action, reviewed_first=reviewed and not policy.is_house(work.actor))
    if taken is None:
        raise ListingNotReady(state=row.state.value)
    if taken.by is Mover.STAFF and not policy.is_house(work.actor):
        raise NotAllowed(message("A listing is approved by the staff of this instance."))
    was, row.state, row.close_reason = row.state, taken.to, reason
    if action in (Action.PUBLISH, Action.APPROVE, Action.RENEW) and (
        row.expires_at is None or action is Action.RENEW
    ):
        row.expires_at = work.now + timedelta(days=EXPIRES_AFTER_DAYS[row.purpose])
        row.reminded_at = None
    if action is Action.PUBLISH and row.state is State.IN_REVIEW:
        work.record(ListingSubmitted(listing_id=row.id))
    touch(work, row, was=was)

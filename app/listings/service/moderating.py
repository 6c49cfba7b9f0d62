"""What the staff does to listings: let a reviewed one appear or give it back, take one from view, bring it back."""

from uuid import UUID

from app.accounts.events import PartySuspended
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import indexing, overview, policy
from app.listings.events import ListingReviewed
from app.listings.problems import ListingNotReady
from app.listings.rules.lifecycle import Action, CloseReason, State
from app.listings.schemas.views import ListingRead, ReviewQuery
from app.listings.service import describing, holding, life, standing
from app.listings.service.writing import owned, touch
from app.listings.tables import Listing

_FILTERS = fingerprint("in review")


def in_review(reading: Reading, query: ReviewQuery) -> Page[ListingRead]:
    """Our listings that wait for the staff, the longest waiting first; for staff."""
    _require_house(reading)
    after = None
    if query.after:
        (last,) = decode_cursor(query.after, filters=_FILTERS, length=1)
        after = _uuid(last)
    rows = overview.in_review(reading.session, after=after, limit=query.limit + 1)
    shown = rows[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=_FILTERS) if len(rows) > query.limit else None
    return Page(describing.describe(reading, shown), more)


def approve(work: UnitOfWork, listing_id: UUID, *, seen: int | None = None) -> ListingRead:
    """Let a reviewed listing appear; for staff."""
    row = owned(work, listing_id, seen=seen, doing=Action.APPROVE)
    life.step(work, row, Action.APPROVE)
    row.review_note = None
    return _told(work, row, "approved")


def reject(work: UnitOfWork, listing_id: UUID, *, note: str, seen: int | None = None) -> ListingRead:
    """Give a reviewed listing back to its provider, with what is to be done about it; for staff."""
    row = owned(work, listing_id, seen=seen, doing=Action.REJECT, why=note)
    life.step(work, row, Action.REJECT)
    row.review_note = note
    return _told(work, row, "rejected")


def hide(work: UnitOfWork, listing_id: UUID, *, note: str, close: bool = False) -> None:
    """Take a listing from view until the staff lets it appear again, or close it for good. Promises stand.

    A partner's stays here, unseen, whatever its partner tells of it. Raises ListingNotReady where it is not to be seen.
    """
    row = _locked(work, listing_id)
    if row.origin_id is not None:
        if row.state is State.IN_REVIEW:
            raise ListingNotReady(state=row.state.value)
        _show_copy(work, row, State.IN_REVIEW, note)
        return
    row.review_note = note
    if close:
        life.step(work, row, Action.CLOSE, reason=CloseReason.OTHER)
    else:
        life.step(work, row, Action.HIDE)


def reinstate(work: UnitOfWork, listing_id: UUID) -> None:
    """Undo what the staff did to a listing: it appears again. What its provider has ended since stays ended.

    While its provider is suspended it rests.
    """
    _require_house(work)
    row = holding.lock_families(work, [listing_id]).get(listing_id)
    if row is None or row.review_note is None:
        return
    if row.origin_id is not None:
        _show_copy(work, row, State.PUBLISHED, None)
        return
    row.review_note = None
    ended_by_staff = row.state is State.CLOSED and row.close_reason is CloseReason.OTHER
    if ended_by_staff or row.state is State.IN_REVIEW:
        life.step(work, row, Action.REOPEN if ended_by_staff else Action.APPROVE)
        if standing.is_suspended(work, row):
            life.step(work, row, Action.PAUSE)


def rest_all(work: UnitOfWork, suspended: PartySuspended) -> None:
    """Whoever may not offer takes no new requests: what they show rests, until they publish it again."""
    for row in overview.published_by(work.session, suspended.party_id):
        row.state = State.PAUSED
        touch(work, row, was=State.PUBLISHED)


def _show_copy(work: UnitOfWork, row: Listing, state: State, note: str | None) -> None:
    """A partner's listing is seen here or not; nobody elsewhere hears of that."""
    row.state, row.review_note = state, note
    row.version += 1
    work.session.flush()  # the index is made of what is stored
    indexing.index(work.session, [row])


def _told(work: UnitOfWork, row: Listing, verdict: str) -> ListingRead:
    if row.provider_id is not None:
        work.record(ListingReviewed(listing_id=row.id, provider_id=row.provider_id, verdict=verdict))
    [shown] = describing.describe(work, [row])
    return shown


def _locked(work: UnitOfWork, listing_id: UUID) -> Listing:
    _require_house(work)
    row = holding.lock_families(work, [listing_id]).get(listing_id)
    if row is None:
        raise NotFound
    return row


def _require_house(reading: Reading) -> None:
    if not policy.is_house(reading.actor):
        raise NotAllowed


def _uuid(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as error:
        raise BadCursor from error

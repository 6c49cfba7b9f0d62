"""The one judgement of an ask. Quote, request and confirmation call it with the same values, so they never differ."""

from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import Standing
from app.bookings import policy
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed
from app.kernel.text import message
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.service import Verdict


def asker(reading: Reading, organisation_id: UUID | None) -> Standing | None:
    """Whoever would borrow: the acting person, or the organisation they speak for; None is a visitor.

    Raises NotAllowed in the name of somebody one does not speak for.
    """
    actor = reading.actor
    borrower_id = organisation_id or (actor.id if actor.kind is ActorKind.PERSON else None)
    if borrower_id is None and actor.kind is ActorKind.NOBODY:
        return None
    if borrower_id is None or not policy.may_ask_for(actor, borrower_id):
        raise NotAllowed(message("You cannot ask in this organisation's name."))
    return accounts.standing_of_asker(reading, borrower_id)


def judge(
    reading: Reading,
    listing_id: UUID,
    *,
    span: Interval,
    units: int,
    borrower: Standing | None,
    holder_id: UUID | None = None,
) -> Verdict:
    """Everything that speaks against this ask, what is free for it, and its price.

    `borrower` is None for a visitor or somebody at a partner. What `holder_id`, a booking, already holds is not
    counted against it.
    """
    return listings.judge(reading, listing_id, span=span, units=units, borrower=borrower, holder_id=holder_id)

"""Whether somebody may offer at this moment."""

from app.accounts import service as accounts
from app.kernel.problems import NotAllowed
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import policy
from app.listings.tables import Listing


def require_may_offer(work: UnitOfWork, row: Listing) -> None:
    """Raises NotAllowed while whoever offers it, or whoever acts for them, is suspended. The house is not bound."""
    if policy.is_house(work.actor):
        return
    parties = {party for party in (row.provider_id, work.actor.id) if party is not None}
    if accounts.suspensions(work, parties):
        raise NotAllowed(message("This account may not offer anything at the moment."))


def is_suspended(reading: Reading, row: Listing) -> bool:
    """Whether whoever offers it may not offer at this moment."""
    return row.provider_id is not None and bool(accounts.suspensions(reading, [row.provider_id]))

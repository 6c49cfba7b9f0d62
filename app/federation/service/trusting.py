"""What falls due by itself between regions, apart from reading feeds: asking how we stand, keys."""

from app.federation import repository
from app.federation.service import erasing, following, own_keys, probing
from app.federation.trust import PartnerState
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions


def sweep(transactions: Transactions) -> None:
    """Look after all partnerships, every minute."""
    with transactions.writing(SYSTEM) as work:
        own_keys.ensure(work)
        erasing.alarm(work)
        probing.due(work)
        for partner in repository.partners(work.session):
            if (
                partner.state is not PartnerState.ENDED
                and work.now >= partner.keys_asked_at + following.REFRESHED_EVERY
            ):
                following.ask_for_keys(work, partner)

"""What falls due by itself: things that have ended are forgotten."""

from datetime import timedelta
from typing import Final

from app.accounts import repository, rules
from app.kernel.unit_of_work import UnitOfWork

FORGET_JOB: Final = "accounts.forget_old"
UNCONFIRMED_FOR: Final = timedelta(days=14)
"""How long an address without proof that it is its person's own is kept."""


def forget_old(work: UnitOfWork) -> None:
    """Drop sessions and tokens that have ended, counters, and people who never confirmed their address."""
    repository.forget_old(
        work.session,
        now=work.now,
        attempts_before=work.now - rules.KNOWN_FOR,
        used_before=work.now - rules.IDLE,
        unconfirmed_before=work.now - UNCONFIRMED_FOR,
    )

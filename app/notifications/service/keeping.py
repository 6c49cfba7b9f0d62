"""How long letters are kept, and when they are dropped."""

from typing import Final

from app.accounts.events import PersonErased
from app.kernel.unit_of_work import UnitOfWork
from app.notifications import repository
from app.notifications.rules import KEPT

FORGET_JOB: Final = "notifications.forget"


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Drop the letters and wishes of somebody who has gone."""
    repository.forget_person(work.session, erased.person_id)


def forget_old(work: UnitOfWork) -> None:
    """Drop letters after ninety days; the facts themselves stay in the log."""
    repository.forget_before(work.session, work.now - KEPT)

"""What is forgotten: with whoever goes, and with time."""

from typing import Final

from app.accounts.events import OrganisationDissolved, PersonErased
from app.kernel import audit
from app.kernel.unit_of_work import UnitOfWork
from app.moderation import repository
from app.moderation.rules import KEPT_FOR

FORGET_JOB: Final = "moderation.forget"


def forget(work: UnitOfWork, erased: PersonErased) -> None:
    """Nobody is left to judge or to tell; what somebody wrote goes with them. That something was done stays."""
    repository.forget_party(work.session, erased.person_id)
    repository.forget_person(work.session, erased.person_id)
    audit.forget(work.session, erased.person_id)


def dissolve(work: UnitOfWork, dissolved: OrganisationDissolved) -> None:
    """The same for an organisation without members."""
    repository.forget_party(work.session, dissolved.organisation_id)
    audit.forget(work.session, dissolved.organisation_id)


def forget_old(work: UnitOfWork) -> None:
    """Forget reports a year after the last decision on them."""
    repository.forget_before(work.session, work.now - KEPT_FOR, work.now)

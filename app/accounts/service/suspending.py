"""Suspensions as accounts keep them. Moderation decides; here they are stored and held against whoever acts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.accounts import policy, repository
from app.accounts.events import PartySuspended, SuspensionLifted
from app.accounts.schemas import Suspension
from app.accounts.service.standing import is_suspended
from app.accounts.tables import Organisation, Person
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork


def suspend(work: UnitOfWork, party_id: UUID, *, until: datetime | None) -> None:
    """Let this party neither offer nor borrow until then; None: until it is lifted. Promises stand.

    Raises NotFound for whoever has gone, NotAllowed for whoever may not judge this party.
    """
    found = _locked(work, party_id)
    found.suspended_at, found.suspended_until = work.now, until
    found.version += 1
    work.record(PartySuspended(party_id=party_id, until=until))


def lift_suspension(work: UnitOfWork, party_id: UUID) -> None:
    """Let it offer and borrow again. Lifting what does not hold changes nothing."""
    found = _locked(work, party_id)
    if found.suspended_at is None:
        return
    found.suspended_at = found.suspended_until = None
    found.version += 1
    work.record(SuspensionLifted(party_id=party_id))


def suspensions(reading: Reading, party_ids: Collection[UUID]) -> dict[UUID, Suspension]:
    """The suspensions that hold at this moment, of these parties."""
    found = repository.suspended(reading.session, party_ids)
    return {
        party.id: Suspension(since=party.suspended_at, until=party.suspended_until)
        for party in found
        if party.suspended_at is not None and is_suspended(party, reading.now)
    }


def is_gone(reading: Reading, party_id: UUID) -> bool:
    """Whether nobody is left behind this id."""
    person = reading.session.get(Person, party_id)
    if person is not None:
        return person.erased_at is not None
    organisation = reading.session.get(Organisation, party_id)
    return organisation is None or organisation.dissolved_at is not None


def _locked(work: UnitOfWork, party_id: UUID) -> Person | Organisation:
    repository.lock_party(work.session, party_id)
    person = work.session.get(Person, party_id, populate_existing=True)
    found = person or work.session.get(Organisation, party_id, populate_existing=True)
    if found is None or is_gone(work, party_id):
        raise NotFound
    if not policy.may_suspend(work.actor, party_id, staff=person.staff if person else None):
        raise NotAllowed
    return found

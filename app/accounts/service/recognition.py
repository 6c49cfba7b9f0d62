"""Recognition as serving the common good: submitted by the organisation, decided by staff, ended by the clock."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.accounts import policy, repository, rules
from app.accounts.events import RecognitionExpiring, RecognitionMoved
from app.accounts.problems import RecognitionStepNotPossible
from app.accounts.rules import RecognitionState, RecognitionStep
from app.accounts.schemas.organisations import RecognitionRead, RecognitionSubmission
from app.accounts.service.organisations import organisation
from app.accounts.service.standing import acting_person
from app.accounts.tables import Recognition
from app.kernel import versions
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork

EXPIRY_JOB: Final = "accounts.expire_recognitions"
TOLD_BEFORE: Final = timedelta(days=30)


def recognition(reading: Reading, organisation_id: UUID) -> RecognitionRead:
    """Where it stands; for members and staff."""
    organisation(reading, organisation_id)
    if not policy.may_look_inside(reading.actor, organisation_id):
        raise NotAllowed
    return _view(reading, organisation_id, reading.session.get(Recognition, organisation_id))


def submit(work: UnitOfWork, organisation_id: UUID, proof: RecognitionSubmission) -> RecognitionRead:
    """Show why; raises RecognitionStepNotPossible while an answer is open or an approval still counts."""
    found = _locked(work, organisation_id)
    if not policy.may_edit(work.actor, organisation_id):
        raise NotAllowed
    after = _after(work, found, RecognitionStep.SUBMIT)
    _check_notice(proof, work.now)
    before = _state(found, work.now)
    if found is None:
        found = Recognition(
            organisation_id=organisation_id,
            state=after,
            proof=proof.proof,
            declaration="",
            submitted_at=work.now,
            submitted_by=acting_person(work),
            version=0,
        )
        work.session.add(found)
    found.state, found.proof, found.notice_date = after, proof.proof, proof.notice_date
    found.declaration, found.note, found.valid_until = proof.declaration, "", None
    found.submitted_at, found.submitted_by = work.now, acting_person(work)
    found.decided_at = found.decided_by = None
    found.version += 1
    work.record(RecognitionMoved(organisation_id=organisation_id, before=before, after=after))
    return _view(work, organisation_id, found)


def decide(
    work: UnitOfWork,
    organisation_id: UUID,
    step: RecognitionStep,
    *,
    note: str,
    valid_until: datetime | None = None,
    seen: int | None = None,
) -> RecognitionRead:
    """Say yes, no, or no longer; for staff. Raises NotAllowed, RecognitionStepNotPossible, VersionStale, Invalid."""
    found = _locked(work, organisation_id)
    if not policy.may_decide_on_recognition(work.actor, organisation_id):
        raise NotAllowed  # how it stands is nobody else's business, so this comes first
    after = _after(work, found, step)
    assert found is not None  # what was never submitted cannot be decided
    versions.require(seen, found.version)
    if step is RecognitionStep.APPROVE:
        ends = valid_until or rules.recognition_ends(found.proof, notice_date=found.notice_date, now=work.now)
        if ends <= work.now:
            raise Invalid(FieldError("/valid_until", message("This lies in the past.")))
        found.valid_until, found.reminded_at = ends, None
    found.note, found.decided_at, found.decided_by = note, work.now, acting_person(work)
    work.account_for(
        f"recognition.{step}",
        about="organisation",
        about_id=organisation_id,
        party_id=organisation_id,
        why=note,
    )
    _move(work, found, after)
    return _view(work, organisation_id, found)


def expire_recognitions(work: UnitOfWork) -> int:
    """Write down which approvals have run out; answers how many. They stopped counting at that moment anyway.

    A month before, their organisations are told, once.
    """
    for ending in repository.recognitions_ending(work.session, work.now, work.now + TOLD_BEFORE):
        ending.reminded_at = work.now
        work.record(RecognitionExpiring(organisation_id=ending.organisation_id))
    run_out = repository.run_out_recognitions(work.session, work.now)
    for found in run_out:
        _move(work, found, RecognitionState.EXPIRED)
    return len(run_out)


def _move(work: UnitOfWork, found: Recognition, after: RecognitionState) -> None:
    before, found.state = found.state, after
    found.version += 1
    work.record(RecognitionMoved(organisation_id=found.organisation_id, before=before, after=after))


def _after(work: UnitOfWork, found: Recognition | None, step: RecognitionStep) -> RecognitionState:
    after = rules.RECOGNITION.get((_state(found, work.now), step))
    if after is None:
        raise RecognitionStepNotPossible
    return after


def _state(found: Recognition | None, now: datetime) -> RecognitionState:
    """Where it stands at this moment, whether or not the clock has come by."""
    if found is None:
        return RecognitionState.NONE
    if found.state is RecognitionState.APPROVED and not rules.is_recognised(
        found.state, valid_until=found.valid_until, now=now
    ):
        return RecognitionState.EXPIRED
    return found.state


def _locked(work: UnitOfWork, organisation_id: UUID) -> Recognition | None:
    if repository.locked_organisation(work.session, organisation_id) is None:
        raise NotFound
    organisation(work, organisation_id)
    return work.session.get(Recognition, organisation_id)


def _check_notice(proof: RecognitionSubmission, now: datetime) -> None:
    if proof.notice_date is None:
        return
    if proof.notice_date > (now + timedelta(days=1)).date():
        raise Invalid(FieldError("/notice_date", message("This lies in the future.")))
    if rules.recognition_ends(proof.proof, notice_date=proof.notice_date, now=now) <= now:
        raise Invalid(
            FieldError("/notice_date", message("A notice counts for five years; this one is older."))
        )


def _view(reading: Reading, organisation_id: UUID, found: Recognition | None) -> RecognitionRead:
    return RecognitionRead(
        organisation_id=organisation_id,
        state=_state(found, reading.now),
        recognised=_state(found, reading.now) is RecognitionState.APPROVED,
        proof=found.proof if found else None,
        notice_date=found.notice_date if found else None,
        declaration=found.declaration if found else "",
        submitted_at=found.submitted_at if found else None,
        decided_at=found.decided_at if found else None,
        note=found.note if found else "",
        valid_until=found.valid_until if found else None,
        version=found.version if found else 0,
    )

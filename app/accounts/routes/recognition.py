"""Recognition of organisations as serving the common good."""

from uuid import UUID

from app.accounts import service
from app.accounts.problems import RecognitionStepNotPossible
from app.accounts.schemas.organisations import (
    RecognitionDecision,
    RecognitionNote,
    RecognitionRead,
    RecognitionSubmission,
)
from app.accounts.service import RecognitionStep
from app.api.endpoints import Reading, Router, Work
from app.api.openapi import problems
from app.api.versions import IfMatchOptional
from app.kernel.problems import NotAllowed, VersionStale

router = Router(prefix="/api/v1/organisations/{organisation_id}/recognition", tags=["recognition"])
_REFUSALS = problems(RecognitionStepNotPossible, VersionStale)


@router.get("", summary="Where recognition stands", responses=problems(NotAllowed))
def read(organisation_id: UUID, reading: Reading) -> RecognitionRead:
    """For members and staff."""
    return service.recognition(reading, organisation_id)


@router.post("", summary="Ask for recognition", responses=_REFUSALS)
def submit(organisation_id: UUID, proof: RecognitionSubmission, work: Work) -> RecognitionRead:
    """Owners and managers show a notice of tax exemption (its date), or declare in their words what they do."""
    return service.submit(work, organisation_id, proof)


@router.post("/approve", summary="Recognise", responses=_REFUSALS)
def approve(
    organisation_id: UUID, decision: RecognitionDecision, seen: IfMatchOptional, work: Work
) -> RecognitionRead:
    """For staff who are not members. Counts until `valid_until`, else as long as the proof does."""
    return service.decide(
        work,
        organisation_id,
        RecognitionStep.APPROVE,
        note=decision.note,
        valid_until=decision.valid_until,
        seen=seen,
    )


@router.post("/reject", summary="Refuse recognition", responses=_REFUSALS)
def reject(
    organisation_id: UUID, decision: RecognitionNote, seen: IfMatchOptional, work: Work
) -> RecognitionRead:
    """For staff who are not members, with a reason. The organisation may ask again."""
    return service.decide(work, organisation_id, RecognitionStep.REJECT, note=decision.note, seen=seen)


@router.post("/revoke", summary="Withdraw recognition", responses=_REFUSALS)
def revoke(
    organisation_id: UUID, decision: RecognitionNote, seen: IfMatchOptional, work: Work
) -> RecognitionRead:
    """For staff who are not members, with a reason."""
    return service.decide(work, organisation_id, RecognitionStep.REVOKE, note=decision.note, seen=seen)

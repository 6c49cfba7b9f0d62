"""The staff decides: what a report comes to, what becomes of it, and who is told why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.service import PartyKind
from app.kernel.ids import new_id
from app.kernel.paging import Page
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.moderation import policy, repository, rules
from app.moderation.events import ReportDecided
from app.moderation.problems import CaseOfYourOwn, DecisionNotPossible
from app.moderation.rules import MEASURES, MOVES, Action, Ground, State, TargetKind, Wrong
from app.moderation.schemas import CasesQuery, DecisionCreate, FiledReportInFull
from app.moderation.service import reporting, showing
from app.moderation.tables import Decision, Report

_LONGEST_NOTE: Final = 1_000
_AT_A_GLANCE: Final = 200
_ABOUT: Final = {PartyKind.PERSON: TargetKind.PERSON, PartyKind.ORGANISATION: TargetKind.ORGANISATION}


def cases(reading: Reading, query: CasesQuery) -> Page[FiledReportInFull]:
    """All reports, the latest first; for staff."""
    require_staff(reading)
    condition = repository.of_staff(query.state, query.target)
    return showing.page(
        reading, condition, query, filters=("staff", query.state, query.target), show=showing.cases
    )


def waiting(reading: Reading) -> list[FiledReportInFull]:
    """The reports and objections that wait for the staff, the longest waiting first."""
    require_staff(reading)
    return showing.cases(reading, repository.waiting(reading.session, limit=_AT_A_GLANCE))


def case(reading: Reading, report_id: UUID) -> FiledReportInFull:
    """One report; for staff. Raises NotFound."""
    require_staff(reading)
    row = repository.find(reading.session, report_id)
    if row is None:
        raise NotFound
    return showing.cases(reading, [row])[0]


def decide(work: UnitOfWork, report_id: UUID, decision: DecisionCreate) -> FiledReportInFull:
    """Decide on a report, or anew on an objection. Raises CaseOfYourOwn, DecisionNotPossible, Invalid, NotAllowed.

    What was in force before is undone by whatever is decided anew, but for `uphold`.
    """
    require_staff(work)
    row = repository.lock(work.session, report_id)
    if row is None:
        raise NotFound
    if decision.until is not None and decision.until <= work.now:
        raise Invalid(FieldError("/until", message("This lies in the past.")))
    _decide(work, row, decision)
    return showing.cases(work, [row])[0]


def suspend(work: UnitOfWork, party_id: UUID, *, until: datetime | None, statement: str) -> None:
    """Suspend a party without a report having been made, such as by the operator at the command line."""
    require_staff(work)
    kind = accounts.party_summaries(work, [party_id])[party_id].kind
    target = reporting.target_of(work, _ABOUT[kind], party_id)
    row = reporting.begin(work, target, reporter_id=None, wrong=Wrong.OTHER, words="")
    _decide(
        work,
        row,
        DecisionCreate(action=Action.SUSPEND, statement=statement, ground=Ground.HOUSE_RULES, until=until),
    )


def lift(work: UnitOfWork, party_id: UUID, *, statement: str) -> None:
    """Lift the suspension of a party, whichever report it came from. Raises DecisionNotPossible where there is none."""
    require_staff(work)
    for row in repository.about(work.session, party_id):
        decided = repository.decisions(work.session, [row.id])[row.id]
        if rules.in_force([one.action for one in decided]) is Action.SUSPEND:
            _decide(work, row, DecisionCreate(action=Action.LIFT, statement=statement))
            return
    raise DecisionNotPossible


def _decide(work: UnitOfWork, row: Report, decision: DecisionCreate) -> None:
    decided = repository.decisions(work.session, [row.id])[row.id]
    before = [one.action for one in decided]
    _require_judge(work, row, decided)
    may = rules.possible(row.state, before, target=row.target, has_party=row.party_id is not None)
    if decision.action not in may:
        raise DecisionNotPossible(actions=[action.value for action in may])
    if decision.action is not Action.UPHOLD:
        _undo(work, row, rules.in_force(before))
    _carry_out(work, row, decision)
    row.state, row.decided_at = MOVES[row.state, decision.action], work.now
    made = Decision(
        id=new_id(),
        report_id=row.id,
        action=decision.action,
        ground=decision.ground if decision.action in MEASURES else None,
        statement=decision.statement,
        until=decision.until,
        decided_by=work.actor.id,
        decided_at=work.now,
    )
    work.session.add(made)
    work.session.flush()  # what is shown next is read back
    measure = rules.in_force([*before, decision.action])
    work.account_for(
        f"report.{decision.action}",
        about=row.target,
        about_id=row.target_id,
        party_id=row.party_id,
        why=decision.statement,
    )
    work.record(
        ReportDecided(
            report_id=row.id,
            decision_id=made.id,
            action=decision.action,
            measure=measure is not None,
            party_id=row.party_id,
            reporter_id=row.reporter_id,
        )
    )


def _require_judge(work: UnitOfWork, row: Report, decided: Sequence[Decision]) -> None:
    if not policy.may_judge(work.actor, row.party_id):
        raise CaseOfYourOwn
    if row.state is State.OBJECTED:
        judges = {one.person_id for one in accounts.staff(work)} - {decided[-1].decided_by, row.objected_by}
        if not policy.may_judge_again(work.actor, decided_by=decided[-1].decided_by, others=bool(judges)):
            raise CaseOfYourOwn
        if work.actor.id is not None and work.actor.id == row.objected_by:
            raise CaseOfYourOwn


def _carry_out(work: UnitOfWork, row: Report, decision: DecisionCreate) -> None:
    match decision.action:
        case Action.HIDE | Action.CLOSE:
            note = decision.statement[:_LONGEST_NOTE]
            listings.hide(work, row.target_id, note=note, close=decision.action is Action.CLOSE)
        case Action.SUSPEND:
            assert row.party_id is not None  # else it is not possible
            accounts.suspend(work, row.party_id, until=decision.until)


def _undo(work: UnitOfWork, row: Report, measure: Action | None) -> None:
    match measure:
        case Action.HIDE | Action.CLOSE:
            listings.reinstate(work, row.target_id)
        case Action.SUSPEND:
            assert row.party_id is not None
            accounts.lift_suspension(work, row.party_id)


def require_staff(reading: Reading) -> None:
    """Raises NotAllowed for everybody whom the instance does not entrust."""
    if not policy.is_staff(reading.actor):
        raise NotAllowed

"""Reports as their readers see them, in a fixed number of queries however many they are."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary, Suspension
from app.api.schemas import ListQuery
from app.kernel.paging import BadCursor, Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.unit_of_work import Reading
from app.moderation import policy, repository, rules
from app.moderation.rules import OBJECTIONS_FOR, Action, State
from app.moderation.schemas import (
    CaseDecisionRead,
    ConcernedRead,
    DecisionRead,
    FiledReportInFull,
    FiledReportRead,
    Judged,
    ObjectionRead,
    SomebodyRead,
)
from app.moderation.tables import Decision, Report

Shown = TypeVar("Shown", FiledReportRead, FiledReportInFull)


def page(
    reading: Reading,
    condition: ColumnElement[bool],
    query: ListQuery,
    *,
    filters: object,
    show: Callable[[Reading, Sequence[Report]], list[Shown]],
) -> Page[Shown]:
    """The latest first; `filters` are those that a cursor belongs to."""
    mark = fingerprint(filters)
    before = cursor_id(query.after, mark) if query.after else None
    rows = repository.page(reading.session, condition, before=before, limit=query.limit + 1)
    shown = rows[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=mark) if len(rows) > query.limit else None
    return Page(show(reading, shown), more)


def cursor_id(cursor: str, filters: str) -> UUID:
    (last,) = decode_cursor(cursor, filters=filters, length=1)
    try:
        return UUID(last)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCursor from error


def reports(reading: Reading, rows: Sequence[Report]) -> list[FiledReportRead]:
    """As those see them who made them, or whom they concern: neither learns about the other."""
    decided = repository.decisions(reading.session, [row.id for row in rows])
    return [_report(reading, row, decided[row.id]) for row in rows]


def _report(reading: Reading, row: Report, decided: Sequence[Decision]) -> FiledReportRead:
    concerned = reading.actor.speaks_for(row.party_id)
    made = row.reporter_id is not None and row.reporter_id == reading.actor.id
    last = decided[-1].action if decided else None
    ends = row.decided_at + OBJECTIONS_FOR if row.decided_at else None
    objects = (
        row.state is State.DECIDED
        and ends is not None
        and reading.now < ends
        and policy.may_object(reading.actor, party_id=row.party_id, reporter_id=row.reporter_id, last=last)
    )
    return FiledReportRead(
        id=row.id,
        target=row.target,
        target_id=row.target_id,
        title=row.title,
        wrong=row.wrong,
        words=row.words if made else None,
        state=row.state,
        decisions=[
            DecisionRead(**_decision(one, statement=concerned or not _bears(decided[: place + 1])))
            for place, one in enumerate(decided)
        ],
        may_object=objects,
        object_until=ends if objects else None,
        created_at=row.created_at,
    )


def _bears(decided: Sequence[Decision]) -> bool:
    """Whether the last of these is about something that somebody else bears, or bore until then."""
    actions = [one.action for one in decided]
    return actions[-1] is Action.LIFT or rules.in_force(actions) is not None


def _decision(row: Decision, *, statement: bool) -> dict[str, object]:
    return {
        "id": row.id,
        "action": row.action,
        "ground": row.ground,
        "statement": row.statement if statement else None,
        "until": row.until,
        "decided_at": row.decided_at,
    }


def cases(reading: Reading, rows: Sequence[Report]) -> list[FiledReportInFull]:
    """As the staff sees them."""
    decided = repository.decisions(reading.session, [row.id for row in rows])
    ids = {one for row in rows for one in (row.party_id, row.reporter_id, row.objected_by) if one}
    ids |= {one.decided_by for many in decided.values() for one in many if one.decided_by}
    names = accounts.party_summaries(reading, ids)
    suspended = accounts.suspensions(reading, {row.party_id for row in rows if row.party_id})
    return [_case(reading, row, decided[row.id], names, suspended) for row in rows]


def _case(
    reading: Reading,
    row: Report,
    decided: Sequence[Decision],
    names: Mapping[UUID, PartySummary],
    suspended: Mapping[UUID, Suspension],
) -> FiledReportInFull:
    objection = None
    if row.objection and row.objected_at:
        by = somebody(names, row.objected_by)
        objection = ObjectionRead(by=by, words=row.objection, objected_at=row.objected_at)
    return FiledReportInFull(
        id=row.id,
        target=row.target,
        target_id=row.target_id,
        booking_id=row.booking_id,
        title=row.title,
        shown=row.shown,
        concerned=_concerned(row.party_id, names, suspended),
        reporter=somebody(names, row.reporter_id),
        wrong=row.wrong,
        words=row.words,
        state=row.state,
        decisions=[
            CaseDecisionRead(**_decision(one, statement=True), decided_by=somebody(names, one.decided_by))
            for one in decided
        ],
        objection=objection,
        actions=_actions(reading, row, decided),
        created_at=row.created_at,
    )


def _actions(reading: Reading, row: Report, decided: Sequence[Decision]) -> list[Action]:
    if not policy.may_judge(reading.actor, row.party_id):
        return []
    actions = [one.action for one in decided]
    return list(rules.possible(row.state, actions, target=row.target, has_party=row.party_id is not None))


def _concerned(
    party_id: UUID | None, names: Mapping[UUID, PartySummary], suspended: Mapping[UUID, Suspension]
) -> ConcernedRead | None:
    if party_id is None or party_id not in names:
        return None
    held = suspended.get(party_id)
    return ConcernedRead(
        id=party_id,
        name=names[party_id].name,
        suspended=held is not None,
        suspended_until=held.until if held else None,
    )


def somebody(names: Mapping[UUID, PartySummary], party_id: UUID | None) -> SomebodyRead | None:
    """By name, where there is still somebody."""
    return SomebodyRead(id=party_id, name=names[party_id].name) if party_id and party_id in names else None


def judged(
    reading: Reading, report_ids: Collection[UUID], decision_ids: Collection[UUID]
) -> Mapping[UUID, Judged]:
    """What letters may say, by the ids of reports, and by those of decisions with their reasons."""
    rows = {row.id: row for row in repository.by_ids(reading.session, report_ids)}
    found = {row.id: Judged(row.title, None, None) for row in rows.values()}
    for row in repository.decisions_by_ids(reading.session, decision_ids):
        if row.report_id in rows:
            found[row.id] = Judged(rows[row.report_id].title, row.statement, row.until)
    return found

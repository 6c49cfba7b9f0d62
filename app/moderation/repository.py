"""Every query about reports and decisions."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, true
from sqlmodel import Session, col, delete, select, update

from app.moderation.rules import Action, State, TargetKind
from app.moderation.tables import Decision, Report


def made_by(person_id: UUID) -> ColumnElement[bool]:
    """What somebody reported."""
    return col(Report.reporter_id) == person_id


def concerning(parties: Collection[UUID]) -> ColumnElement[bool]:
    """What was decided about one of these; before there is a decision nobody but the staff knows of a report."""
    return and_(col(Report.party_id).in_(parties), col(Report.decided_at).is_not(None))


def find(session: Session, report_id: UUID, *conditions: ColumnElement[bool]) -> Report | None:
    query = select(Report).where(Report.id == report_id)
    return session.exec(query.where(or_(*conditions)) if conditions else query).one_or_none()


def lock(session: Session, report_id: UUID) -> Report | None:
    """The report as it is once whoever decides on it has finished."""
    return session.exec(
        select(Report)
        .where(Report.id == report_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def page(
    session: Session, condition: ColumnElement[bool], *, before: UUID | None, limit: int
) -> Sequence[Report]:
    """The latest first."""
    query = select(Report).where(condition)
    if before is not None:
        query = query.where(col(Report.id) < before)
    return session.exec(query.order_by(col(Report.id).desc()).limit(limit)).all()


def of_staff(state: State | None, target: TargetKind | None) -> ColumnElement[bool]:
    """What the staff looks for."""
    wanted: list[ColumnElement[bool]] = [true()]
    if state is not None:
        wanted.append(col(Report.state) == state)
    if target is not None:
        wanted.append(col(Report.target) == target)
    return and_(*wanted)


def decisions(session: Session, report_ids: Collection[UUID]) -> dict[UUID, list[Decision]]:
    """What was decided on each of these, the oldest first."""
    found: defaultdict[UUID, list[Decision]] = defaultdict(list)
    if report_ids:
        query = select(Decision).where(col(Decision.report_id).in_(report_ids)).order_by(col(Decision.id))
        for row in session.exec(query):
            found[row.report_id].append(row)
    return found


def by_ids(session: Session, report_ids: Collection[UUID]) -> Sequence[Report]:
    return session.exec(select(Report).where(col(Report.id).in_(report_ids))).all() if report_ids else []


def decisions_by_ids(session: Session, ids: Collection[UUID]) -> Sequence[Decision]:
    return session.exec(select(Decision).where(col(Decision.id).in_(ids))).all() if ids else []


def about(session: Session, party_id: UUID) -> Sequence[Report]:
    """All reports that concern a party, the latest first, locked."""
    return session.exec(
        select(Report)
        .where(Report.party_id == party_id)
        .order_by(col(Report.id).desc())
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def waits(session: Session, reporter_id: UUID, target_id: UUID) -> bool:
    """Whether this person has reported this, and nobody has decided on it yet."""
    query = select(Report.id).where(
        Report.reporter_id == reporter_id, Report.target_id == target_id, Report.state == State.OPEN
    )
    return session.exec(query.limit(1)).first() is not None


def count_made(session: Session, reporter_id: UUID, *, since: datetime) -> int:
    query = select(func.count()).where(col(Report.reporter_id) == reporter_id, col(Report.created_at) > since)
    return session.exec(query).one()


def waiting(session: Session, *, limit: int) -> Sequence[Report]:
    """What waits for the staff, the oldest first."""
    query = select(Report).where(col(Report.state).in_((State.OPEN, State.OBJECTED)))
    return session.exec(query.order_by(col(Report.id)).limit(limit)).all()


def count_waiting(session: Session) -> int:
    """How many reports and objections wait for the staff."""
    return session.exec(select(func.count()).where(col(Report.state).in_((State.OPEN, State.OBJECTED)))).one()


def forget_party(session: Session, party_id: UUID) -> None:
    """What was said and decided about somebody who has gone; there is nobody left to judge."""
    session.exec(delete(Report).where(col(Report.party_id) == party_id))


def forget_person(session: Session, person_id: UUID) -> None:
    """Take a person out of what they reported, objected to and decided; their words go along."""
    mine = col(Report.reporter_id) == person_id
    session.exec(update(Report).where(mine).values(reporter_id=None, words=""))
    objected = col(Report.objected_by) == person_id
    session.exec(update(Report).where(objected).values(objected_by=None, objection=""))
    session.exec(update(Decision).where(col(Decision.decided_by) == person_id).values(decided_by=None))


def forget_before(session: Session, moment: datetime, now: datetime) -> None:
    """What was decided for good before that moment, unless somebody is still suspended by it."""
    lasting = select(Decision.report_id).where(
        Decision.action == Action.SUSPEND, or_(col(Decision.until).is_(None), col(Decision.until) > now)
    )
    over = (col(Report.decided_at) < moment, col(Report.state).in_((State.DECIDED, State.FINAL)))
    session.exec(delete(Report).where(*over, col(Report.id).not_in(lasting)))

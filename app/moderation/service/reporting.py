"""Saying that something is wrong, reading what became of it, and objecting."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.service import PartyKind
from app.bookings import service as bookings
from app.kernel.ids import new_id
from app.kernel.paging import Page
from app.kernel.problems import NotAllowed, NotFound, TooMany
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.moderation import policy, repository
from app.moderation.events import DecisionObjected, ReportMade
from app.moderation.problems import AlreadyReported, ObjectionNotPossible
from app.moderation.rules import OBJECTIONS_FOR, REPORTS_A_DAY, State, TargetKind, Wrong
from app.moderation.schemas import FiledReportRead, Objection, ReportCreate, ReportsExport, ReportsQuery
from app.moderation.service import showing
from app.moderation.tables import Report

_DAY: Final = timedelta(days=1)
_LONGEST_TITLE: Final = 200
_EXPORTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Target:
    """What is reported, as it is at this moment; no party where whoever it concerns lives elsewhere."""

    kind: TargetKind
    id: UUID
    party_id: UUID | None
    title: str
    shown: str = ""
    booking_id: UUID | None = None


def report(work: UnitOfWork, said: ReportCreate) -> FiledReportRead:
    """Say that something is wrong. NotFound for what one cannot see, AlreadyReported, TooMany."""
    reporter = accounts.acting_person(work)
    target = target_of(work, said.target, said.target_id)
    accounts.hold_still(work, reporter)
    if repository.waits(work.session, reporter, target.id):
        raise AlreadyReported
    if repository.count_made(work.session, reporter, since=work.now - _DAY) >= REPORTS_A_DAY:
        raise TooMany(after_seconds=3_600)
    row = begin(work, target, reporter_id=reporter, wrong=said.wrong, words=said.words)
    return showing.reports(work, [row])[0]


def begin(work: UnitOfWork, target: Target, *, reporter_id: UUID | None, wrong: Wrong, words: str) -> Report:
    """Write a report down; without a reporter it is the staff's own."""
    row = Report(
        id=new_id(),
        target=target.kind,
        target_id=target.id,
        party_id=target.party_id,
        reporter_id=reporter_id,
        booking_id=target.booking_id,
        wrong=wrong,
        words=words,
        title=target.title[:_LONGEST_TITLE],
        shown=target.shown,
        state=State.OPEN,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()  # decisions refer to it
    if reporter_id is not None:
        work.record(ReportMade(report_id=row.id, reporter_id=reporter_id))
    return row


def target_of(reading: Reading, kind: TargetKind, target_id: UUID) -> Target:
    """What this is, as who acts may see it; else NotFound."""
    if kind is TargetKind.LISTING:
        seen = listings.read(reading, target_id)
        party = listings.summaries(reading, [target_id])[target_id].provider_id
        return Target(kind, target_id, party, seen.title, seen.description)
    if kind is TargetKind.MESSAGE:
        said = bookings.seen_message(reading, target_id)
        names = accounts.party_summaries(reading, [said.author_id] if said.author_id else [])
        author = names[said.author_id].name if said.author_id in names else ""
        return Target(kind, target_id, said.author_id, author, said.text, said.booking_id)
    party_kind = PartyKind.PERSON if kind is TargetKind.PERSON else PartyKind.ORGANISATION
    found = accounts.party_summaries(reading, [target_id]).get(target_id)
    if found is None or found.kind is not party_kind or accounts.is_gone(reading, target_id):
        raise NotFound
    return Target(kind, target_id, target_id, found.name)


def report_of_mine(reading: Reading, report_id: UUID) -> FiledReportRead:
    """A report one has made, or a decision about oneself; else NotFound."""
    return showing.reports(reading, [_mine(reading, report_id)])[0]


def reports_of_mine(reading: Reading, query: ReportsQuery) -> Page[FiledReportRead]:
    """What one has reported, or what was decided about oneself and organisations one speaks for."""
    person = accounts.acting_person(reading)
    condition = (
        repository.concerning(_spoken_for(reading)) if query.concerning_me else repository.made_by(person)
    )
    return showing.page(
        reading, condition, query, filters=("mine", query.concerning_me), show=showing.reports
    )


def object_to(work: UnitOfWork, report_id: UUID, objection: Objection) -> FiledReportRead:
    """Say why a decision is wrong, once; another member of the staff looks. NotAllowed, ObjectionNotPossible."""
    _mine(work, report_id)
    row = repository.lock(work.session, report_id)
    if row is None:
        raise NotFound
    decided = repository.decisions(work.session, [row.id])[row.id]
    person = accounts.acting_person(work)
    if (
        row.state is not State.DECIDED
        or row.decided_at is None
        or work.now >= row.decided_at + OBJECTIONS_FOR
    ):
        raise ObjectionNotPossible
    if not policy.may_object(
        work.actor, party_id=row.party_id, reporter_id=row.reporter_id, last=decided[-1].action
    ):
        raise NotAllowed
    row.state, row.objection, row.objected_by, row.objected_at = (
        State.OBJECTED, objection.words, person, work.now,
    )  # fmt: skip
    work.record(DecisionObjected(report_id=row.id, by=person))
    return showing.reports(work, [row])[0]


def export(reading: Reading, person_id: UUID) -> ReportsExport:
    """What a person reported, and what was decided about them, for their export."""
    found = [
        repository.page(reading.session, condition, before=None, limit=_EXPORTED)
        for condition in (repository.made_by(person_id), repository.concerning([person_id]))
    ]
    made, concerning = (showing.reports(reading, rows) for rows in found)
    return ReportsExport(made=made, concerning_me=concerning)


def _mine(reading: Reading, report_id: UUID) -> Report:
    person = accounts.acting_person(reading)
    mine = (repository.made_by(person), repository.concerning(_spoken_for(reading)))
    row = repository.find(reading.session, report_id, *mine)
    if row is None:
        raise NotFound
    return row


def _spoken_for(reading: Reading) -> list[UUID]:
    return [party for party in reading.actor.parties if reading.actor.speaks_for(party)]

"""Who is told of a report, and of what was decided."""

from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.moderation.events import DecisionObjected, ReportDecided, ReportMade
from app.notifications.kinds import KINDS
from app.notifications.service import tell, tell_party
from app.notifications.words.moderation import decided

_TO_REPORTER: Final = {"dismiss": "report_dismissed", "uphold": "report_upheld", "lift": "report_lifted"}


def tell_of_a_report(transactions: Transactions, event: ReportMade, event_id: UUID) -> None:
    """Who made it has a receipt, the staff something to look at."""
    facts = {"report_id": str(event.report_id)}
    with transactions.writing(SYSTEM) as work:
        if event.reporter_id is not None:
            tell(work, event_id, "report_received", event.reporter_id, facts, thread_id=event.report_id)
        _tell_staff(work, event_id, "report_made", event.report_id)


def tell_of_a_decision(transactions: Transactions, event: ReportDecided, event_id: UUID) -> None:
    """Whom it concerns is told the reasons, who reported it what came of it; not of what neither has to bear."""
    facts = {"report_id": str(event.report_id), "decision_id": str(event.decision_id)}
    borne = event.measure or event.action == "lift"
    with transactions.writing(SYSTEM) as work:
        if event.party_id is not None and borne and decided(event.action) in KINDS:
            tell_party(
                work, event_id, decided(event.action), event.party_id, facts, thread_id=event.report_id
            )
        if event.reporter_id is not None and (event.action != "uphold" or not event.measure):
            kind = _TO_REPORTER.get(event.action, "report_acted")
            about = {"report_id": facts["report_id"]} if borne else facts
            tell(work, event_id, kind, event.reporter_id, about, thread_id=event.report_id)


def tell_of_an_objection(transactions: Transactions, event: DecisionObjected, event_id: UUID) -> None:
    """The staff has to look again."""
    with transactions.writing(SYSTEM) as work:
        _tell_staff(work, event_id, "report_objected", event.report_id)


def _tell_staff(work: UnitOfWork, event_id: UUID, kind: str, report_id: UUID) -> None:
    for reader in accounts.staff(work):
        if reader.person_id is not None:
            facts = {"report_id": str(report_id)}
            tell(work, event_id, kind, reader.person_id, facts, thread_id=report_id)

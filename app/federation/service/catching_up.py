"""Looking at single loans again (federation.md §2.9): for the contract, for what had no room in an entry, and for what
could not be understood when it came, and perhaps can by now.
"""

from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from app.bookings import service as bookings
from app.bookings.events import RemoteMoreToRead
from app.bookings.schemas import Source
from app.federation import repository
from app.federation.client import Client, PartnerRefused
from app.federation.problems import BadJson
from app.federation.protocol.loan import Papers, RequestState
from app.federation.protocol.v1 import Kind
from app.federation.service import borrowing, identity, loans
from app.federation.tables import Partner
from app.kernel.actor import SYSTEM
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable

JOB: Final = "federation.look"
_AT_ONCE: Final = 100
_UNKNOWN: Final = 404

log = structlog.get_logger("depot.federation")


def ask_to_look(work: UnitOfWork, more: RemoteMoreToRead) -> None:
    """Have a loan looked at by itself, after this."""
    _enqueue(work, more.partner_id, more.booking_id)


def look_again(transactions: Transactions) -> None:
    """Every day, have loans looked at whose last state could not be understood: a newer version of depot may."""
    with transactions.writing(SYSTEM) as work:
        look_at_what_was_put_aside(work)


def look_at_what_was_put_aside(work: UnitOfWork) -> None:
    """The same at once, as after a start: perhaps that was an upgrade."""
    for partner_id, rid in repository.put_aside(work.session, Kind.REQUEST, limit=_AT_ONCE):
        _enqueue(work, partner_id, UUID(rid))


def look(transactions: Transactions, http: Http, partner_id: UUID, rid: UUID) -> None:
    """Read one loan whole, with its contract. A partner that does not answer is asked again by the queue."""
    with transactions.reading(SYSTEM) as reading:
        partner = reading.session.get(Partner, partner_id)
        if partner is None:
            return
        client = Client(http, identity.own(reading), partner.base, reading.now)
    try:
        view = loans.from_wire(RequestState.model_validate(client.request(rid)))
        papers = Papers.model_validate(client.contracts(rid)) if view.contract else Papers()
    except (PartnerRefused, OutboundRefused, BadJson, ValidationError) as failure:
        if isinstance(failure, PartnerRefused) and failure.retry:
            raise Unreachable(str(failure)) from None
        log.warning("loan_not_looked_at", rid=str(rid), why=str(failure)[:200])
        if isinstance(failure, PartnerRefused) and failure.status == _UNKNOWN:
            with transactions.writing(SYSTEM) as work:
                bookings.forgotten_there(work, partner_id, rid)
        return
    if view.remote_id != rid:
        return
    with transactions.writing(SYSTEM) as work:
        try:
            borrowing.believe(work, partner_id, rid, view, Source.WHOLE)
            repository.not_put_aside(work.session, partner_id, Kind.REQUEST, str(rid))
            with work.attempt():
                bookings.keep_papers(work, rid, [loans.paper_from_wire(paper) for paper in papers.versions])
        except NotFound:
            return
        except bookings.PaperRefused as refused:
            log.warning("contract_refused", rid=str(rid), why=str(refused))


def _enqueue(work: UnitOfWork, partner_id: UUID, rid: UUID) -> None:
    payload = {"partner_id": str(partner_id), "rid": str(rid)}
    work.enqueue(JOB, payload, key=f"{JOB}:{rid}")

"""Lending to partners' residents (federation.md §2.9): their instance commands, ours decides and tells.

Every command has an id of the partner's choosing, stored in the transaction of its effect: sent twice, it has one
effect and two answers. The same rules, locks and calendar apply as for our own residents.
"""

import hashlib
import json
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.bookings import service as bookings
from app.bookings.schemas import Said
from app.federation.problems import IdReused, SchemaInvalid, Unknown
from app.federation.protocol.loan import Command, CommandResult, RequestCreate, RequestState
from app.federation.service import loans, partners
from app.federation.tables import Answered, Partner
from app.kernel.intervals import Interval
from app.kernel.problems import NotFound, Problem, TryAgain
from app.kernel.unit_of_work import Reading, UnitOfWork

APPLIED: Final = "applied"
REFUSED: Final = "refused"


def create(work: UnitOfWork, partner: Partner, rid: UUID, ask: RequestCreate) -> RequestState:
    """A partner's resident asks for a listing of ours; the same request again answers how it stands.

    Raises IdReused for another request under the same id, and what booking here raises.
    """
    known = _claim(work, partner, command_id=rid, rid=rid, body=ask.to_json())
    if known is None:
        partners.require_new_loans(partner)
        if ask.ends_at <= ask.starts_at:
            raise SchemaInvalid
        bookings.request_for_partner(
            work,
            partner_id=partner.id,
            partner_name=partner.name,
            remote_id=rid,
            ref=ask.borrower.ref,
            listing_id=_listing_id(ask.listing.id),
            span=Interval(ask.starts_at, ask.ends_at),
            units=ask.units,
            text=ask.message,
        )
    return state(work, partner, rid)


def command(work: UnitOfWork, partner: Partner, rid: UUID, asked: Command) -> CommandResult:
    """A partner's resident acts on a request. A refusal is an answer, too, with the state as it is.

    Raises Unknown for a request of somebody else, IdReused for another command under the same id.
    """
    partners.require_running_loans(partner)
    booking_id = _booking_of(work, rid)
    known = _claim(work, partner, command_id=asked.cmd_id, rid=rid, body=asked.to_json())
    if known is None:
        known = work.session.get_one(Answered, (partner.id, asked.cmd_id))
        _carry_out(work, known, booking_id, asked)
    return CommandResult(
        result="applied" if known.result == APPLIED else "refused",
        code=known.code,
        detail=known.detail,
        state=state(work, partner, rid),
    )


def state(reading: Reading, partner: Partner, rid: UUID) -> RequestState:
    """How a request stands; Unknown for requests of somebody else."""
    partners.require_running_loans(partner)
    return loans.to_wire(bookings.view_for(reading, _booking_of(reading, rid)))


def _carry_out(work: UnitOfWork, answered: Answered, booking_id: UUID, asked: Command) -> None:
    try:
        with work.session.begin_nested():  # a refused step leaves nothing behind but its answer
            _do(work, booking_id, asked)
            answered.result = APPLIED
    except TryAgain:
        raise
    except Problem as refused:
        answered.result, answered.code, answered.detail = REFUSED, refused.code, str(refused.detail)[:2000]
    work.session.add(answered)
    work.session.flush()


def _do(work: UnitOfWork, booking_id: UUID, asked: Command) -> None:
    match asked.cmd:
        case "message":
            if not asked.text:
                raise SchemaInvalid
            bookings.write_message(work, booking_id, asked.text, remote_id=asked.cmd_id)
        case "contact":
            if asked.contact is None:
                raise SchemaInvalid
            bookings.keep_contact(work, booking_id, loans.contact_from_wire(asked.contact))
        case action:
            said = Said(reason=asked.reason, note=asked.note, units=asked.units, code=asked.code)
            bookings.act(work, booking_id, action, said)


def _claim(
    work: UnitOfWork, partner: Partner, *, command_id: UUID, rid: UUID, body: dict[str, Any]
) -> Answered | None:
    """None: the command is new and now ours to carry out. Otherwise what became of it.

    A rival with the same id waits for the first: on SQLite for the writer's lock, on PostgreSQL for the key.
    """
    text = json.dumps([str(rid), body], sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    row = Answered(
        partner_id=partner.id,
        command_id=command_id,
        request_id=rid,
        fingerprint=fingerprint,
        created_at=work.now,
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        known = work.session.get_one(Answered, (partner.id, command_id))
        if known.fingerprint != fingerprint:
            raise IdReused from None
        return known
    return None


def _booking_of(reading: Reading, rid: UUID) -> UUID:
    try:
        return bookings.find_for_partner(reading, rid)
    except NotFound:
        raise Unknown from None


def _listing_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unknown from None

"""Lending to partners' residents (federation.md §2.9): their instance commands, ours decides and tells.

Every command has an id of the partner's choosing, stored in the transaction of its effect: sent twice, it has one
effect and two answers. The same rules, locks and calendar apply as for our own residents.
"""

import hashlib
import json
from datetime import timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.bookings import service as bookings
from app.bookings.schemas import Outcome, Said
from app.federation import commands, repository
from app.federation.commands import Claim
from app.federation.problems import IdReused, RateLimited, SchemaInvalid, TooManyRequests, Unknown
from app.federation.protocol import v1
from app.federation.protocol.loan import Command, CommandResult, Papers, RequestCreate, RequestState
from app.federation.service import loans, partners, rendering
from app.federation.tables import Answered, Partner
from app.kernel.actor import SYSTEM
from app.kernel.intervals import Interval
from app.kernel.problems import NotFound, Problem, TryAgain
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork

APPLIED: Final = "applied"
REFUSED: Final = "refused"
_MINUTE: Final = timedelta(minutes=1)
_PAPERS: Final = 200
_BATCH: Final = 1_000
KEPT_AFTER_END: Final = timedelta(days=90)


def create(work: UnitOfWork, partner: Partner, rid: UUID, ask: RequestCreate) -> RequestState:
    """A partner's resident asks for a listing of ours; the same request again answers how it stands.

    Raises IdReused for another request under the same id, and what booking here raises.
    """
    known = _claim(work, partner, command_id=rid, rid=rid, body=ask.to_json())
    if known is None:
        partners.require_new_loans(partner)
        if ask.ends_at <= ask.starts_at:
            raise SchemaInvalid
        if bookings.open_for_partner(work, partner.id) >= v1.OPEN_REQUESTS:
            raise TooManyRequests
        bookings.request_for_partner(
            work,
            partner_id=partner.id,
            partner_name=partner.name,
            remote_id=rid,
            ref=ask.borrower.ref,
            listing_id=_listing_id(ask.listing.id),
            span=Interval(ask.starts_at, ask.ends_at),
            units=ask.units,
            purpose=ask.purpose,
            text=ask.message,
            queue=ask.queue,
            agreed=ask.agreed.to_json() if ask.agreed else None,
            # Addresses and numbers in the terms were withheld: nobody can have read them.
            terms_told=rendering.terms_told(work, _listing_id(ask.listing.id)),
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
    return loans.entry_of(reading, _booking_of(reading, rid))


def whole_state(reading: Reading, partner: Partner, rid: UUID) -> RequestState:
    """The same with all of its story and the last of its conversation, for which an entry may be too small."""
    partners.require_running_loans(partner)
    return loans.to_wire(bookings.view_for(reading, _booking_of(reading, rid)))


def papers(reading: Reading, partner: Partner, rid: UUID) -> Papers:
    """Every version of the contract; Unknown for requests of somebody else."""
    partners.require_running_loans(partner)
    found = bookings.papers_for(reading, _booking_of(reading, rid))
    return Papers(versions=tuple(loans.paper_to_wire(paper) for paper in found[-_PAPERS:]))


def forget_old(transactions: Transactions) -> None:
    """Forget what was commanded and asked about loans that ended 90 days ago: nobody repeats it any more."""
    with transactions.writing(SYSTEM) as work:
        before = work.now - KEPT_AFTER_END
        found = repository.old_answers(work.session, before=before, limit=_BATCH)
        over = bookings.over_for_partners(work, found, before=before)
        repository.forget_answers(work.session, over)
        repository.forget_asked(work.session, before=before)


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
        case commands.MESSAGE:
            if not asked.text:
                raise SchemaInvalid
            bookings.write_message(work, booking_id, asked.text, remote_id=asked.cmd_id)
        case commands.CONTACT:
            if asked.contact is None:
                raise SchemaInvalid
            bookings.keep_contact(work, booking_id, loans.contact_from_wire(asked.contact))
        case commands.ERASE:
            bookings.erase_borrower(work, booking_id)
        case action:
            if action not in bookings.ACTIONS:
                raise SchemaInvalid  # a word of another version
            bookings.act(work, booking_id, action, _said(asked), seen=asked.if_rev)


def _said(asked: Command) -> Said:
    try:
        outcome = Outcome(asked.outcome) if asked.outcome else None
    except ValueError:
        raise SchemaInvalid from None
    return Said(
        reason=asked.reason,
        note=asked.note,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        units=asked.units,
        place_note=asked.place_note,
        condition=asked.condition,
        minutes=asked.minutes,
        outcome=outcome,
        code=asked.code,
    )


def _claim(
    work: UnitOfWork, partner: Partner, *, command_id: UUID, rid: UUID, body: dict[str, Any]
) -> Answered | None:
    """None: the command is new and now ours to carry out. Otherwise what became of it.

    A rival with the same id waits for the first: on SQLite for the writer's lock, on PostgreSQL for the key.
    """
    text = json.dumps([str(rid), body], sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    known = work.session.get(Answered, (partner.id, command_id))
    if known is None:
        _keep_pace(work, partner)
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
        except IntegrityError:  # a rival was faster
            known = work.session.get_one(Answered, (partner.id, command_id))
    if known is not None and commands.claim(known.fingerprint, fingerprint) is Claim.REUSED:
        raise IdReused
    return known


def _keep_pace(work: UnitOfWork, partner: Partner) -> None:
    """No more than so many new commands a minute; repetitions are not counted, and always heard."""
    recent = repository.answered_since(work.session, partner.id, work.now - _MINUTE)
    if recent >= work.settings.federation_commands_a_minute:
        raise RateLimited(after_seconds=ceil(_MINUTE.total_seconds()))


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

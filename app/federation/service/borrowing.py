"""Borrowing from partners (federation.md §2.9): what our residents ask is carried there, one thing at a time.

Asked in the transaction of the resident's own request, sent after it, repeated under the same id until there is
an answer. The state of the loan is only what the partner says.
"""

import hashlib
import hmac
import random
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from app.bookings import service as bookings
from app.bookings.events import (
    BookingMoved,
    MessageWritten,
    RemoteActionAsked,
    RemoteBookingAsked,
    RemotePersonErased,
)
from app.bookings.schemas import RemoteView, Source
from app.federation import commands, freshness, repository
from app.federation.client import Client, PartnerRefused
from app.federation.commands import BESIDE, CONTACT, CREATE, ERASE, MESSAGE, After
from app.federation.freshness import Freshness
from app.federation.problems import BadJson, PartnerUnavailable
from app.federation.protocol.loan import (
    Agreed,
    Borrower,
    Command,
    CommandResult,
    RequestCreate,
    RequestedListing,
    RequestState,
)
from app.federation.service import identity, loans, partners
from app.federation.tables import Asked, AskStatus, Partner
from app.federation.trust import ALLOWS, Grant
from app.kernel import secrets
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.outbound.http import Http, OutboundRefused, Unreachable

LONGEST_BACKOFF: Final = timedelta(hours=1)
SECRET: Final = "partners"  # noqa: S105 - its name
_BORROWER: Final = "borrower"

log = structlog.get_logger("depot.federation")


def ask_for_booking(work: UnitOfWork, asked: RemoteBookingAsked) -> None:
    """Carry a resident's request to the partner. PartnerUnavailable when it could not be answered there."""
    partner = work.session.get(Partner, asked.partner_id)
    if partner is None or not _lends(work, partner):
        raise PartnerUnavailable
    body = RequestCreate(
        listing=RequestedListing(id=asked.listing_id_there),
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        units=asked.units,
        borrower=Borrower(ref=_pseudonym(work, partner, work.actor.id), assurance="email", vouched=True),
        agreed=Agreed.model_validate(asked.agreed) if asked.agreed else None,
        purpose=asked.purpose,
        queue=asked.queue,
    )
    _ask(work, asked.partner_id, asked.booking_id, CREATE, body.to_json())


def ask_for_action(work: UnitOfWork, asked: RemoteActionAsked) -> None:
    """Carry a resident's step to the partner; said twice while the first waits, it is carried once."""
    said = {**asked.said, "if_rev": asked.seen}
    waiting = repository.waiting_asks(work.session, asked.booking_id)
    if not any((ask.action, ask.body) == (asked.action, said) for ask in waiting):
        _ask(work, asked.partner_id, asked.booking_id, asked.action, said)


def carry_message(work: UnitOfWork, written: MessageWritten) -> None:
    """Carry what our resident wrote; what the partner told us is not told back."""
    if written.partner_id is not None and written.role == _BORROWER:
        _ask(work, written.partner_id, written.booking_id, MESSAGE, {}, ask_id=written.message_id)


def carry_contact(work: UnitOfWork, moved: BookingMoved) -> None:
    """Once there is a promise the provider may know whom to expect; read at the moment of sending, stored nowhere."""
    if moved.partner_id is not None and moved.state_after == "confirmed" != moved.state_before:
        _ask(work, moved.partner_id, moved.booking_id, CONTACT, {})


def carry_erasure(work: UnitOfWork, erased: RemotePersonErased) -> None:
    """One of our residents has left: after what is under way, the partner hears that it has to forget them."""
    for ask in repository.waiting_asks(work.session, erased.booking_id):
        if ask.action in (MESSAGE, CONTACT):
            _close(work, ask, AskStatus.ANSWERED)
    _ask(work, erased.partner_id, erased.booking_id, ERASE, {})


def send_waiting(work: UnitOfWork) -> None:
    """Have sent what is waiting and due, should its job have been lost with a process."""
    for booking_id in repository.waiting_bookings(work.session, now=work.now):
        _enqueue(work, booking_id)


def send_now(work: UnitOfWork, partner_id: UUID) -> None:
    """Have sent what waits for this partner: it answers again."""
    repository.hurry(work.session, partner_id, now=work.now)
    send_waiting(work)


def believe(work: UnitOfWork, partner_id: UUID, rid: UUID, view: RemoteView, source: Source) -> None:
    """Take what the partner says of a request; as long as something waits for an answer the two do not agree yet."""
    bookings.apply_view(work, partner_id, rid, view, source=source, waiting=_steps_wait(work, rid))


def send(transactions: Transactions, http: Http, booking_id: UUID) -> None:
    """Send what is waiting about a booking, in order, as far as it goes."""
    while _send_next(transactions, http, booking_id):
        pass


def _send_next(transactions: Transactions, http: Http, booking_id: UUID) -> bool:
    with transactions.reading(SYSTEM) as look:
        ask = commands.next_to_send(repository.waiting_asks(look.session, booking_id))
        if ask is None or ask.next_try_at > look.now:
            return False
        partner = look.session.get_one(Partner, ask.partner_id)
        client = Client(http, identity.own(look), partner.base, look.now)
        body = _body(look, ask)
    if body is None:  # nothing to say any more: the promise is over, or the message gone
        with transactions.writing(SYSTEM) as work:
            _close(work, work.session.get_one(Asked, ask.id), AskStatus.ANSWERED)
        return True
    try:
        result = _speak(client, ask, body)
        view = loans.from_wire(result.state)
    except PartnerRefused as refused:
        return _on_refusal(transactions, ask.id, refused)
    except (Unreachable, OutboundRefused, BadJson, ValidationError) as failure:
        return _try_later(transactions, ask.id, str(failure))
    _take_answer(transactions, ask.id, result, view)
    return True


def _speak(client: Client, ask: Asked, body: dict[str, Any]) -> CommandResult:
    if ask.action == CREATE:
        state = RequestState.model_validate(client.put_request(ask.booking_id, body))
        return CommandResult(result="applied", state=state)
    return CommandResult.model_validate(client.command(ask.booking_id, body))


def _body(look: Reading, ask: Asked) -> dict[str, Any] | None:
    """What is sent: the same for every attempt, except a contact, which is read afresh."""
    said: dict[str, Any] = {}
    if ask.action == CREATE:
        return ask.body
    if ask.action == MESSAGE:
        said = {"text": bookings.text_of_message(look, ask.id)}
    elif ask.action == CONTACT:
        contact = bookings.contact_of_borrower(look, ask.booking_id)
        said = {"contact": contact and loans.contact_to_wire(contact)}
    if None in said.values():
        return None
    return Command.model_validate({**ask.body, **said, "cmd_id": ask.id, "cmd": ask.action}).to_json()


def _take_answer(transactions: Transactions, ask_id: UUID, result: CommandResult, view: RemoteView) -> None:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        if ask.status is not AskStatus.PENDING:
            return  # another process had the same answer
        _close(work, ask, AskStatus.ANSWERED)  # what was written has been said
        believe(work, ask.partner_id, ask.booking_id, view, Source.ANSWER)
        if result.result == "refused" and ask.action not in BESIDE:
            code, detail = result.code or "refused", result.detail or ""
            waiting = _steps_wait(work, ask.booking_id)
            bookings.refused(work, ask.booking_id, ask.action, code, detail=detail, waiting=waiting)


def _on_refusal(transactions: Transactions, ask_id: UUID, refused: PartnerRefused) -> bool:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        if ask.status is not AskStatus.PENDING:
            return True
        match commands.after_refusal(action=ask.action, status=refused.status, retry=refused.retry):
            case After.LATER:
                _wait(work, ask, str(refused), at_least=refused.after)
                return False
            case After.LOST:
                _close(work, ask, AskStatus.GIVEN_UP, str(refused))
                bookings.unanswered(work, ask.booking_id, ask.action, unknown=True)
            case After.REFUSED:
                _close(work, ask, AskStatus.GIVEN_UP, str(refused))
                _tell_refusal(work, ask, refused)
    return True


def _tell_refusal(work: UnitOfWork, ask: Asked, refused: PartnerRefused) -> None:
    if ask.action == CREATE:  # what was to follow has nothing to follow
        for later in repository.waiting_asks(work.session, ask.booking_id):
            _close(work, later, AskStatus.GIVEN_UP)
    if ask.action not in BESIDE:
        bookings.refused(
            work,
            ask.booking_id,
            ask.action,
            refused.code or "refused",
            detail=refused.detail,
            grounds=refused.grounds,
            waiting=_steps_wait(work, ask.booking_id),
        )


def _try_later(transactions: Transactions, ask_id: UUID, why: str) -> bool:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        if ask.status is AskStatus.PENDING:
            _wait(work, ask, why)
    return False


def _wait(work: UnitOfWork, ask: Asked, why: str, *, at_least: int | None = None) -> None:
    """Try the same again later; after three days people are asked instead."""
    if commands.is_given_up(ask.created_at, work.now):
        _close(work, ask, AskStatus.GIVEN_UP, why)
        log.error("ask_given_up", booking_id=str(ask.booking_id), action=ask.action)
        if ask.action not in BESIDE:
            bookings.unanswered(work, ask.booking_id, ask.action)
        _enqueue(work, ask.booking_id)
        return
    ask.attempts += 1
    ask.last_error = why[:500]
    jitter = random.random()  # noqa: S311 - spreads the load, guards nothing
    pause = freshness.backoff(
        ask.attempts, first=timedelta(seconds=5), longest=LONGEST_BACKOFF, jitter=jitter
    )
    ask.next_try_at = work.now + max(pause, timedelta(seconds=at_least or 0))
    work.session.add(ask)
    _enqueue(work, ask.booking_id, at=ask.next_try_at)


def _close(work: UnitOfWork, ask: Asked, status: AskStatus, why: str | None = None) -> None:
    """It needs no sending any more; nothing of what was said stays."""
    ask.status, ask.body, ask.last_error = status, {}, why and why[:500]
    work.session.add(ask)


def _steps_wait(work: UnitOfWork, booking_id: UUID) -> bool:
    return any(ask.action not in BESIDE for ask in repository.waiting_asks(work.session, booking_id))


def _ask(
    work: UnitOfWork,
    partner_id: UUID,
    booking_id: UUID,
    action: str,
    body: dict[str, Any],
    *,
    ask_id: UUID | None = None,
) -> None:
    ask = Asked(
        id=ask_id or new_id(),
        partner_id=partner_id,
        booking_id=booking_id,
        action=action,
        body=body,
        status=AskStatus.PENDING,
        created_at=work.now,
        next_try_at=work.now,
    )
    work.session.add(ask)
    _enqueue(work, booking_id)


def _enqueue(work: UnitOfWork, booking_id: UUID, *, at: datetime | None = None) -> None:
    payload = {"booking_id": str(booking_id)}
    work.enqueue("federation.send", payload, run_at=at, key=f"federation.send:{booking_id}")


def _lends(reading: Reading, partner: Partner) -> bool:
    """Whether a request now could be answered: both want it, and there was news within two days."""
    feeds = repository.reading_of(reading.session, partner.id)
    fresh = partners.freshness_of(feeds, now=reading.now) is Freshness.FRESH
    return ALLOWS[partner.state].new_loans and Grant.CREATE_REQUESTS in partner.granted and fresh


def _pseudonym(reading: Reading, partner: Partner, person_id: UUID | None) -> str:
    """A name for our resident that this partner alone knows, and cannot compare with another's."""
    said = f"{partner.instance}/{person_id}".encode()
    return hmac.new(secrets.get(reading.session, SECRET), said, hashlib.sha256).hexdigest()[:32]

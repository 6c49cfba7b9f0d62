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
from app.bookings.events import BookingMoved, MessageWritten, RemoteActionAsked, RemoteBookingAsked
from app.bookings.schemas import RemoteView
from app.federation import freshness, repository
from app.federation.client import Client, Http, PartnerRefused
from app.federation.freshness import Freshness
from app.federation.problems import BadJson, PartnerUnavailable
from app.federation.protocol.loan import (
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
from app.outbound.http import OutboundRefused, Unreachable

GIVEN_UP_AFTER: Final = timedelta(hours=72)
LONGEST_BACKOFF: Final = timedelta(hours=1)
SECRET: Final = "partners"  # noqa: S105 - its name
_CREATE: Final = "create"
_MESSAGE: Final = "message"
_CONTACT: Final = "contact"
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
    )
    _ask(work, asked.partner_id, asked.booking_id, _CREATE, body.to_json())


def ask_for_action(work: UnitOfWork, asked: RemoteActionAsked) -> None:
    """Carry a resident's step to the partner."""
    said = {"reason": asked.reason, "note": asked.note, "units": asked.units, "code": asked.code}
    _ask(work, asked.partner_id, asked.booking_id, asked.action, said)


def carry_message(work: UnitOfWork, written: MessageWritten) -> None:
    """Carry what our resident wrote; what the partner told us is not told back."""
    if written.partner_id is not None and written.role == _BORROWER:
        _ask(work, written.partner_id, written.booking_id, _MESSAGE, {}, ask_id=written.message_id)


def carry_contact(work: UnitOfWork, moved: BookingMoved) -> None:
    """Once there is a promise the provider may know whom to expect; read at the moment of sending, stored nowhere."""
    if moved.partner_id is not None and moved.state_after == "confirmed" != moved.state_before:
        _ask(work, moved.partner_id, moved.booking_id, _CONTACT, {})


def send_waiting(work: UnitOfWork) -> None:
    """Have sent what is waiting and due, should its job have been lost with a process."""
    for booking_id in repository.waiting_bookings(work.session, now=work.now):
        _enqueue(work, booking_id)


def send(transactions: Transactions, http: Http, booking_id: UUID) -> None:
    """Send what is waiting about a booking, in order, as far as it goes."""
    while _send_next(transactions, http, booking_id):
        pass


def _send_next(transactions: Transactions, http: Http, booking_id: UUID) -> bool:
    with transactions.reading(SYSTEM) as look:
        ask = repository.next_ask(look.session, booking_id)
        if ask is None or ask.next_try_at > look.now:
            return False
        partner = look.session.get_one(Partner, ask.partner_id)
        client = Client(http, identity.own(look), partner.base, look.now)
        body = _body(look, ask)
    if body is None:  # nothing to say any more: the promise is over, or the message gone
        _settle(transactions, ask.id, AskStatus.ANSWERED)
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
    if ask.action == _CREATE:
        state = RequestState.model_validate(client.put_request(ask.booking_id, body))
        return CommandResult(result="applied", state=state)
    return CommandResult.model_validate(client.command(ask.booking_id, body))


def _body(look: Reading, ask: Asked) -> dict[str, Any] | None:
    """What is sent: the same for every attempt, except a contact, which is read afresh."""
    match ask.action:
        case "create":
            return ask.body
        case "message":
            text = bookings.text_of_message(look, ask.id)
            return Command(cmd_id=ask.id, cmd=_MESSAGE, text=text).to_json() if text else None
        case "contact":
            contact = bookings.contact_of_borrower(look, ask.booking_id)
            if contact is None:
                return None
            return Command(cmd_id=ask.id, cmd=_CONTACT, contact=loans.contact_to_wire(contact)).to_json()
        case action:
            return Command(cmd_id=ask.id, cmd=action, **ask.body).to_json()


def _take_answer(transactions: Transactions, ask_id: UUID, result: CommandResult, view: RemoteView) -> None:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        ask.status, ask.body = AskStatus.ANSWERED, {}  # what was written has been said
        work.session.add(ask)
        if result.result == "refused" and ask.action not in (_MESSAGE, _CONTACT):
            bookings.refused(work, ask.booking_id, result.code or "refused", view)
        else:
            bookings.apply_view(work, ask.partner_id, ask.booking_id, view)


def _on_refusal(transactions: Transactions, ask_id: UUID, refused: PartnerRefused) -> bool:
    if refused.retry:
        return _try_later(transactions, ask_id, str(refused))
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        ask.status, ask.body, ask.last_error = AskStatus.GIVEN_UP, {}, str(refused)[:500]
        work.session.add(ask)
        if ask.action not in (_MESSAGE, _CONTACT):
            bookings.refused(work, ask.booking_id, refused.code or "refused", None)
    return True


def _try_later(transactions: Transactions, ask_id: UUID, why: str) -> bool:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        ask.attempts += 1
        ask.last_error = why[:500]
        jitter = random.random()  # noqa: S311 - spreads the load, guards nothing
        ask.next_try_at = work.now + freshness.backoff(
            ask.attempts, first=timedelta(seconds=5), longest=LONGEST_BACKOFF, jitter=jitter
        )
        if work.now - ask.created_at > GIVEN_UP_AFTER:
            ask.status, ask.body = AskStatus.GIVEN_UP, {}
            log.error("ask_given_up", booking_id=str(ask.booking_id), action=ask.action)
        else:
            _enqueue(work, ask.booking_id, at=ask.next_try_at)
        work.session.add(ask)
    return False


def _settle(transactions: Transactions, ask_id: UUID, status: AskStatus) -> None:
    with transactions.writing(SYSTEM) as work:
        ask = work.session.get_one(Asked, ask_id)
        ask.status, ask.body = status, {}
        work.session.add(ask)


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

"""Bookings between two instances: who is found by which id, how the two reach each other, what a partner refuses.

The provider's instance writes the state; the borrower's reads it. Nothing here sends anything: federation carries
commands and views, at least once and perhaps late, and both sides bear that.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from app.accounts import service as accounts
from app.bookings import abroad, repository, together
from app.bookings.events import RemoteActionRefused, RemoteUnanswered
from app.bookings.rules.exchange import FORGOTTEN, GIVES_UP
from app.bookings.rules.series import answer_to
from app.bookings.rules.states import contact_is_open, is_terminal
from app.bookings.rules.words import Action, Exchange, Role, Side, State
from app.bookings.schemas import RemoteContact, RemoteEvent
from app.bookings.service import contract
from app.bookings.service.believing import write_event
from app.bookings.service.reasons import kept
from app.bookings.service.values import facts_of, next_look
from app.bookings.service.waiting import tell_anew
from app.bookings.tables import Booking
from app.kernel.problems import NotFound, Reason
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings


def find_for_partner(reading: Reading, remote_id: UUID) -> UUID:
    """Name the booking that the acting partner knows by this id; NotFound for every other."""
    if reading.actor.id is None:
        raise NotFound
    found = abroad.by_remote_id(reading.session, reading.actor.id, remote_id, side=Side.SUPPLIER)
    if found is None:
        raise NotFound
    return found.id


def over_for_partners(
    reading: Reading, known: Collection[tuple[UUID, UUID]], *, before: datetime
) -> list[tuple[UUID, UUID]]:
    """Of these, by partner and the id it knows them by, those that ended before, and those that never were."""
    over = []
    for partner_id, remote_id in known:
        found = abroad.by_remote_id(reading.session, partner_id, remote_id, side=Side.SUPPLIER)
        if found is None or (is_terminal(found.state) and found.since < before):
            over.append((partner_id, remote_id))
    return over


def contact_of_borrower(reading: Reading, booking_id: UUID) -> RemoteContact | None:
    """Tell the partner how to reach our resident, from the promise on; None before and two weeks after."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if booking.borrower_id is None or not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    contact = accounts.contact(reading, booking.borrower_id).one_channel()
    return RemoteContact(name=contact.name, email=contact.email, phone=contact.phone)


def keep_contact(work: UnitOfWork, booking_id: UUID, contact: RemoteContact) -> None:
    """Keep how to reach a partner's resident, while the promise lasts; otherwise it is not kept at all."""
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    gone = booking.remote_ref is None  # whoever it was has been erased
    if contact_is_open(booking.state, facts_of(booking), work.now) and not gone:
        booking.remote_contact = asdict(contact) | ({"phone": None} if contact.email else {})
        booking.due_at = next_look(booking, work.now)
        work.session.add(booking)
        contract.add_version(work, booking)  # now it can say who the other side is


def erase_borrower(work: UnitOfWork, booking_id: UUID) -> None:
    """A partner's resident has left: who they were and what they wrote goes at once; dates and states stay."""
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    booking.remote_ref = booking.remote_contact = booking.purpose = None
    booking.place_note = booking.condition = booking.counter = booking.change = None
    work.session.add(booking)
    abroad.forget_borrower_words(work.session, booking.id)
    contract.forget_far_side(work, booking)
    tell_anew(work, booking)


def refused(
    work: UnitOfWork,
    booking_id: UUID,
    action: str,
    code: str,
    *,
    detail: str = "",
    grounds: Collection[str] = (),
    waiting: bool = False,
) -> None:
    """The partner said no to what we asked, on these grounds. Of a request that never began there it is the end."""
    booking = _ours(work, booking_id)
    booking.exchange_status = Exchange.SENDING if waiting else Exchange.IN_SYNC
    booking.exchange_as_of = work.now
    booking.refusal = {"action": action, "code": code, "detail": detail, "at": work.now.isoformat()}
    booking.version += 1
    if booking.remote_rev is None and not is_terminal(booking.state):
        _never_began(work, booking, Action.DECLINE, State.DECLINED, code)
        if (date := together.date_of(work.session, booking.id)) is not None:
            date.answer = answer_to(grounds or [code], taken=listings.TAKEN, shut=listings.SHUT)
            date.reasons = kept([Reason(code, message("The other region says: {said}", said=detail or code))])
            work.session.add(date)
    work.session.add(booking)
    assert booking.partner_id is not None
    work.record(RemoteActionRefused(booking_id=booking.id, partner_id=booking.partner_id, code=code))


def unanswered(work: UnitOfWork, booking_id: UUID, action: str, *, unknown: bool = False) -> None:
    """The partner does not answer, or does not know what it knew: nobody invents a state, people are asked.

    `unknown`: it says that there is no such request. Was there never, and ours no longer wants it, it is over.
    """
    booking = _ours(work, booking_id)
    if unknown and booking.remote_rev is None and action in GIVES_UP:
        booking.exchange_status, booking.exchange_as_of = Exchange.IN_SYNC, work.now
        _never_began(work, booking, Action.WITHDRAW, State.WITHDRAWN)
        return
    if unknown and booking.remote_rev is not None:
        booking.remote_rev = FORGOTTEN
        work.session.add(booking)
    if is_terminal(booking.state) or booking.exchange_status is Exchange.NO_ANSWER:
        return
    booking.exchange_status = Exchange.NO_ANSWER
    booking.version += 1
    work.session.add(booking)
    assert booking.partner_id is not None
    work.record(RemoteUnanswered(booking_id=booking.id, partner_id=booking.partner_id))


def forgotten_there(work: UnitOfWork, partner_id: UUID, remote_id: UUID) -> None:
    """The partner's feed, read from the beginning, no longer tells of a request that it has told of."""
    booking = abroad.by_remote_id(work.session, partner_id, remote_id, side=Side.REQUESTER)
    if booking is not None:
        unanswered(work, booking.id, Action.REQUEST, unknown=True)


def _ours(work: UnitOfWork, booking_id: UUID) -> Booking:
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if booking.side is not Side.REQUESTER or booking.partner_id is None or booking.remote_id is None:
        raise NotFound
    return booking


def _never_began(
    work: UnitOfWork, booking: Booking, action: Action, state: State, code: str | None = None
) -> None:
    asked = RemoteEvent(
        version=1,
        action=Action.JOIN_QUEUE if booking.state is State.WAITLISTED else Action.REQUEST,
        role=Role.BORROWER,
        state_before=None,
        state_after=booking.state,
        at=booking.created_at,
    )
    ended = RemoteEvent(
        version=2,
        action=action,
        role=Role.BORROWER if action in GIVES_UP else Role.PROVIDER,
        state_before=booking.state,
        state_after=state,
        reason=code and code[:100],
        at=work.now,
    )
    booking.state, booking.since, booking.version = state, work.now, booking.version + 1
    booking.expires_at = None
    work.session.add(booking)
    for event in (asked, ended):
        write_event(work, booking, event)

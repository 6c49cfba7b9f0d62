"""Bookings between two instances. The provider's instance writes the state; the borrower's reads it.

`view_for` is what we tell as provider's instance, `apply_view` what we believe as borrower's. Nothing here sends
anything: federation carries commands and views, at least once and perhaps late, and both sides bear that.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from app.accounts import service as accounts
from app.bookings import repository
from app.bookings.events import BookingMoved, RemoteActionRefused
from app.bookings.rules.moves import allowed_actions, is_carried
from app.bookings.rules.states import contact_is_open
from app.bookings.rules.words import Action, Exchange, Role, Side, State
from app.bookings.schemas import RemoteContact, RemoteEvent, RemoteMessage, RemoteTerms, RemoteView
from app.bookings.service import contract, messages
from app.bookings.service.values import facts_of, next_look
from app.bookings.service.views import address_of
from app.bookings.tables import Booking, BookingEvent
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork

_MESSAGES_TOLD = 50


def view_for(reading: Reading, booking_id: UUID) -> RemoteView:
    """Tell the partner whose resident asked how the booking stands, contact included while it is open."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if booking.side is not Side.SUPPLIER or booking.remote_id is None:
        raise NotFound
    facts = facts_of(booking)
    events = repository.events(reading.session, booking.id)
    talk = repository.messages(reading.session, booking.id)[-_MESSAGES_TOLD:]
    return RemoteView(
        remote_id=booking.remote_id,
        rev=booking.version,
        state=booking.state,
        outcome=booking.outcome,
        since=booking.since,
        listing_id=booking.listing_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        units=booking.units,
        units_handed_over=booking.units_handed_over,
        units_out=booking.units_out,
        expires_at=booking.expires_at,
        allowed=tuple(
            action
            for action in allowed_actions(
                booking.tail, booking.state, {Role.BORROWER}, facts=facts, now=reading.now
            )
            if is_carried(action, booking.side, {Role.BORROWER})
        ),
        reason=events[-1].reason,
        price=booking.price,
        contact=_contact_of_provider(reading, booking),
        hand_over_code=booking.hand_over_code,
        events=tuple(_told(event) for event in events),
        messages=tuple(
            RemoteMessage(id=row.remote_id or row.id, role=row.role, text=row.text, written_at=row.written_at)
            for row in talk
        ),
    )


def find_for_partner(reading: Reading, remote_id: UUID) -> UUID:
    """Name the booking that the acting partner knows by this id; NotFound for every other."""
    if reading.actor.id is None:
        raise NotFound
    found = repository.by_remote_id(reading.session, reading.actor.id, remote_id, side=Side.SUPPLIER)
    if found is None:
        raise NotFound
    return found.id


def _told(event: BookingEvent) -> RemoteEvent:
    return RemoteEvent(
        version=event.version,
        action=event.action,
        role=event.role,
        state_before=event.state_before,
        state_after=event.state_after,
        reason=event.reason,
        note=event.note,
        terms=_offered(event.terms),
        at=event.at,
    )


def _offered(terms: dict[str, Any] | None) -> RemoteTerms | None:
    """The terms that a step put on the table; what is kept of them for ourselves stays here."""
    if terms is None:
        return None
    told = {field.name: terms[field.name] for field in fields(RemoteTerms)}
    return RemoteTerms(
        **told | {name: datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at")}
    )


def _contact_of_provider(reading: Reading, booking: Booking) -> RemoteContact | None:
    if booking.provider_id is None or not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    contact = accounts.contact(reading, booking.provider_id)
    address = address_of(reading, booking)
    return RemoteContact(name=contact.name, email=contact.email, phone=contact.phone, address=address)


def contact_of_borrower(reading: Reading, booking_id: UUID) -> RemoteContact | None:
    """Tell the partner how to reach our resident, from the promise on; None before and two weeks after."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if booking.borrower_id is None or not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    contact = accounts.contact(reading, booking.borrower_id)
    return RemoteContact(name=contact.name, email=contact.email, phone=contact.phone)


def keep_contact(work: UnitOfWork, booking_id: UUID, contact: RemoteContact) -> None:
    """Keep how to reach a partner's resident, while the promise lasts; otherwise it is not kept at all."""
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if contact_is_open(booking.state, facts_of(booking), work.now):
        booking.remote_contact = _as_dict(contact)
        booking.due_at = next_look(booking, work.now)
        work.session.add(booking)
        contract.add_version(work, booking)  # now it can say who the other side is


def apply_view(work: UnitOfWork, partner_id: UUID, remote_id: UUID, view: RemoteView) -> bool:
    """Believe what the provider's instance says, unless we know something newer; answers whether it was news.

    The steps we had not heard of become ours, in their order, so that both sides tell the same story.
    """
    booking = repository.by_remote_id(work.session, partner_id, remote_id, side=Side.REQUESTER, lock=True)
    if booking is None:
        raise NotFound
    booking.exchange_as_of = work.now
    booking.exchange_status = Exchange.IN_SYNC
    work.session.add(booking)
    _hear_messages(work, booking, view)
    if booking.remote_rev is not None and view.rev <= booking.remote_rev:
        return False
    booking.remote_rev, booking.version = view.rev, booking.version + 1
    booking.state, booking.outcome, booking.since = view.state, view.outcome, view.since
    booking.starts_at, booking.ends_at, booking.units = view.starts_at, view.ends_at, view.units
    booking.units_handed_over, booking.units_out = view.units_handed_over, view.units_out
    booking.expires_at = view.expires_at
    booking.price = view.price or booking.price
    booking.hand_over_code = view.hand_over_code
    booking.remote_contact = _as_dict(view.contact) if view.contact else None
    booking.due_at = next_look(booking, work.now)
    booking.spoke = _last_speaker(view)
    _take_terms(booking, view)
    _hear_story(work, booking, view)
    return True


def _take_terms(booking: Booking, view: RemoteView) -> None:
    """What the two stand at in words, and the counter-offer that waits for an answer, as the story tells them."""
    offers = [event for event in view.events if event.terms is not None]
    last = max(offers, key=lambda event: event.version, default=None)
    booking.counter = None
    if last is None or last.terms is None:
        return
    booking.place_note, booking.condition = last.terms.place_note, last.terms.condition
    if view.state is State.COUNTERED:
        told: dict[str, Any] = to_jsonable_python(last.terms)
        booking.counter = told | {"by": last.role, "since": last.at.isoformat()}


def _last_speaker(view: RemoteView) -> Role | None:
    """Who has said how it was, so that here, too, only the other is asked to answer."""
    last = max(view.events, key=lambda event: event.version, default=None)
    told = view.state in {State.REPORTED, State.COMPLETED} and last is not None
    return last.role if told and last and last.role in {Role.BORROWER, Role.PROVIDER} else None


def _as_dict(contact: RemoteContact) -> dict[str, str | None]:
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "address": contact.address,
    }


def _hear_messages(work: UnitOfWork, booking: Booking, view: RemoteView) -> None:
    for told in view.messages:
        if told.role is Role.BORROWER:
            continue  # what our resident wrote stands here; nobody else puts words into their mouth
        messages.add(work, booking, told.role, told.text, remote_id=told.id, written_at=told.written_at)


def _hear_story(work: UnitOfWork, booking: Booking, view: RemoteView) -> None:
    known = {event.version for event in repository.events(work.session, booking.id)}
    for told in sorted(view.events, key=lambda event: event.version):
        if told.version not in known:
            _write_event(work, booking, told)


def _write_event(work: UnitOfWork, booking: Booking, told: RemoteEvent) -> None:
    work.session.add(
        BookingEvent(
            id=new_id(),
            booking_id=booking.id,
            version=told.version,
            action=told.action,
            role=told.role,
            for_id=booking.borrower_id if told.role is Role.BORROWER else None,
            state_before=told.state_before,
            state_after=told.state_after,
            reason=told.reason,
            note=told.note,
            terms=to_jsonable_python(told.terms),
            at=told.at,
        )
    )
    work.record(
        BookingMoved(
            booking_id=booking.id,
            listing_id=booking.listing_id,
            action=told.action,
            role=told.role,
            state_before=told.state_before,
            state_after=told.state_after,
            side=booking.side,
            partner_id=booking.partner_id,
            version=booking.version,
        )
    )


def refused(work: UnitOfWork, booking_id: UUID, code: str, view: RemoteView | None) -> None:
    """The partner said no to what we asked. With a view, that is how things stand; without, it never began there."""
    booking = repository.lock_visible(work.session, booking_id, to=work.actor)
    if booking.side is not Side.REQUESTER or booking.partner_id is None or booking.remote_id is None:
        raise NotFound
    if view is not None:
        apply_view(work, booking.partner_id, booking.remote_id, view)
    elif booking.remote_rev is None:
        _never_began(work, booking, code)
    booking.exchange_status, booking.exchange_as_of = Exchange.IN_SYNC, work.now
    work.session.add(booking)
    work.record(RemoteActionRefused(booking_id=booking.id, partner_id=booking.partner_id, code=code))


def _never_began(work: UnitOfWork, booking: Booking, code: str) -> None:
    asked = RemoteEvent(
        version=1,
        action=Action.REQUEST,
        role=Role.BORROWER,
        state_before=None,
        state_after=State.REQUESTED,
        at=booking.created_at,
    )
    answered = RemoteEvent(
        version=2,
        action=Action.DECLINE,
        role=Role.PROVIDER,
        state_before=State.REQUESTED,
        state_after=State.DECLINED,
        reason=code[:100],
        at=work.now,
    )
    booking.state, booking.since, booking.version = State.DECLINED, work.now, booking.version + 1
    booking.expires_at = None
    for event in (asked, answered):
        _write_event(work, booking, event)

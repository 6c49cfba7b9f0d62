"""What we tell as the provider's instance: everything the borrower may know, as it stands."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from app.accounts import service as accounts
from app.bookings import repository
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.states import contact_is_open
from app.bookings.rules.words import Role, Side, State
from app.bookings.schemas import (
    RemoteContact,
    RemoteContract,
    RemoteEvent,
    RemoteFacts,
    RemoteMessage,
    RemoteOffer,
    RemoteOutlook,
    RemoteRecord,
    RemoteTerms,
    RemoteView,
)
from app.bookings.service import answering, contract
from app.bookings.service.values import facts_of
from app.bookings.service.views import access_of, address_of
from app.bookings.service.waiting import place_of
from app.bookings.tables import Booking, BookingEvent, BookingMessage, BookingRecord
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading

MESSAGES_TOLD: Final = 50
EVENTS_TOLD: Final = 500
_BORROWER: Final = frozenset({Role.BORROWER})
_T = TypeVar("_T", RemoteTerms, RemoteOffer)


def view_for(reading: Reading, booking_id: UUID, *, room: int | None = None) -> RemoteView:
    """Tell the partner whose resident asked how the booking stands, contact included while it is open.

    Where there is little `room`, in characters, older messages and steps are left out, and `more` says so.
    """
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    if booking.side is not Side.SUPPLIER or booking.remote_id is None:
        raise NotFound
    told = [_step(event) for event in repository.events(reading.session, booking.id)]
    said = [_said(row) for row in repository.messages(reading.session, booking.id)]
    events = _newest(told, EVENTS_TOLD, None if room is None else room // 2)
    messages = _newest(said, MESSAGES_TOLD, None if room is None else room // 2)
    return replace(
        as_it_stands(booking, booking.remote_id, reading.now),
        reason=told[-1].reason,
        outlook=_outlook(reading, booking),
        contact=_contact_of_provider(reading, booking),
        access=access_of(reading, booking, _BORROWER),
        records=tuple(_record(row) for row in repository.records(reading.session, booking.id)),
        contract=_contract(reading, booking),
        events=events,
        messages=messages,
        more=len(events) < len(told) or (room is not None and len(messages) < min(len(said), MESSAGES_TOLD)),
    )


def as_it_stands(booking: Booking, remote_id: UUID, now: datetime) -> RemoteView:
    """What the booking says by itself, without its story and without the calendar."""
    facts = facts_of(booking)
    return RemoteView(
        remote_id=remote_id,
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
        allowed=tuple(allowed_actions(booking.tail, booking.state, _BORROWER, facts=facts, now=now)),
        place_note=booking.place_note,
        condition=booking.condition,
        price=booking.price,
        counter=_offered(booking.counter, RemoteOffer),
        change=_offered(booking.change, RemoteOffer),
        facts=RemoteFacts(**{field.name: getattr(booking, field.name) for field in fields(RemoteFacts)}),
        hand_over_code=booking.hand_over_code,
        provider_gone=booking.provider_id is None,
    )


def _newest(told: Sequence[Any], most: int, room: int | None) -> tuple[Any, ...]:
    """As many of the newest as there may be and have room, in their order."""
    newest = list(told[-most:])
    if room is None:
        return tuple(newest)
    kept: list[Any] = []
    for one in reversed(newest):
        room -= len(repr(one).encode())
        if room < 0:
            break
        kept.insert(0, one)
    return tuple(kept)


def _step(event: BookingEvent) -> RemoteEvent:
    return RemoteEvent(
        version=event.version,
        action=event.action,
        role=event.role,
        state_before=event.state_before,
        state_after=event.state_after,
        reason=event.reason,
        note=event.note,
        terms=_offered(event.terms, RemoteTerms),
        at=event.at,
    )


def _said(row: BookingMessage) -> RemoteMessage:
    return RemoteMessage(id=row.remote_id or row.id, role=row.role, text=row.text, written_at=row.written_at)


def _record(row: BookingRecord) -> RemoteRecord:
    return RemoteRecord(**{field.name: getattr(row, field.name) for field in fields(RemoteRecord)})


def _offered(terms: dict[str, Any] | None, kind: type[_T]) -> _T | None:
    """The terms that a step put on the table; what is kept of them for ourselves stays here."""
    if terms is None:
        return None
    told = {field.name: terms[field.name] for field in fields(kind)}
    moments = ("starts_at", "ends_at", "since")
    told |= {name: datetime.fromisoformat(told[name]) for name in moments if name in told}
    return kind(**told | ({"by": Role(told["by"])} if "by" in told else {}))


def _outlook(reading: Reading, booking: Booking) -> RemoteOutlook:
    place = place_of(reading, booking)
    out = booking.state is State.HANDED_OVER
    return RemoteOutlook(
        position=place.position if place else None,
        forecast_at=place.forecast_at if place else None,
        longer_until=answering.longer_until(reading, booking) if out else None,
        at_risk=booking.id in answering.at_risk(reading, [booking]),
        too_late=answering.came_too_late(reading, booking),
    )


def _contract(reading: Reading, booking: Booking) -> RemoteContract | None:
    newest = contract.newest(reading, booking)
    return RemoteContract(version=newest.version, digest=newest.digest) if newest else None


def _contact_of_provider(reading: Reading, booking: Booking) -> RemoteContact | None:
    if booking.provider_id is None or not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    contact = accounts.contact(reading, booking.provider_id).one_channel()
    address = address_of(reading, booking)
    return RemoteContact(name=contact.name, email=contact.email, phone=contact.phone, address=address)

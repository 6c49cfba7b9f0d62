"""What we believe as the borrower's instance: the partner writes the state, and we show it as last read.

The steps we had not heard of become ours, in their order, so that both sides tell the same story. Nothing else that
a partner says of its own accord enters here: no words of our resident, no rows of others.
"""

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic_core import to_jsonable_python

from app.bookings import abroad, repository
from app.bookings.events import BookingMoved, BookingReminded, RemoteMoreToRead
from app.bookings.rules.exchange import Belief, Source, believe
from app.bookings.rules.reminders import Reminder
from app.bookings.rules.words import Exchange, Role, Side
from app.bookings.schemas import RemoteEvent, RemoteOffer, RemoteOutlook, RemoteRecord, RemoteView
from app.bookings.service import contract, messages
from app.bookings.service.values import OF_SOMEBODY_GONE, next_look
from app.bookings.tables import Booking, BookingEvent, BookingRecord
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import UnitOfWork

_AS_TOLD: Final = (
    "state", "outcome", "since", "starts_at", "ends_at", "units", "units_handed_over", "units_out", "expires_at",
    "place_note", "condition", "hand_over_code",
)  # fmt: skip
_WARNINGS: Final = {"at_risk": Reminder.AT_RISK, "too_late": Reminder.NO_LONGER_FITS}


def apply_view(
    work: UnitOfWork,
    partner_id: UUID,
    remote_id: UUID,
    view: RemoteView,
    *,
    source: Source = Source.FEED,
    waiting: bool = False,
) -> bool:
    """Believe what the provider's instance says, unless we know something newer; answers whether a step was news.

    `waiting`: something that we asked is still unanswered, so that the two do not agree yet.
    """
    booking = abroad.by_remote_id(work.session, partner_id, remote_id, side=Side.REQUESTER, lock=True)
    if booking is None:
        raise NotFound
    belief = believe(booking.remote_rev, view.rev, source)
    booking.exchange_as_of = work.now
    booking.exchange_status = Exchange.SENDING if waiting else Exchange.IN_SYNC
    work.session.add(booking)
    _hear_messages(work, booking, view)
    if belief is Belief.STALE:
        return False
    warnings = _warnings(booking, view.outlook)
    told = as_told(booking.price, booking.terms, view)
    if belief is Belief.NEWS or any(getattr(booking, name) != value for name, value in told.items()):
        booking.version += 1
    for name, value in told.items():
        setattr(booking, name, value)
    booking.due_at = next_look(booking, work.now)
    _keep_records(work, booking, view.records)
    _hear_story(work, booking, view)
    for reminder in warnings:
        work.record(BookingReminded(booking_id=booking.id, reminder=reminder, whom=(Role.BORROWER,)))
    if view.provider_gone:
        _forget_provider(work, booking)
    elif source is not Source.WHOLE and _has_more(work, booking, view):
        work.record(RemoteMoreToRead(booking_id=booking.id, partner_id=partner_id))
    return belief is Belief.NEWS


def as_told(price: dict[str, Any] | None, terms: dict[str, Any], view: RemoteView) -> dict[str, Any]:
    """The columns of a booking that a view decides, and what it says of each."""
    told = {name: getattr(view, name) for name in _AS_TOLD}
    told |= {
        "remote_rev": view.rev,
        "price": view.price or price,
        "counter": _as_json(view.counter),
        "change": _as_json(view.change),
        "outlook": (_as_json(view.outlook) or {}) | {"allowed": None if view.facts else list(view.allowed)},
        "remote_contact": asdict(view.contact) if view.contact else None,
        "terms": terms | {"access": view.access},
    }
    return told | (asdict(view.facts) if view.facts else {})


def _as_json(value: RemoteOffer | RemoteOutlook | None) -> dict[str, Any] | None:
    told: dict[str, Any] | None = to_jsonable_python(value)
    return told


def _warnings(booking: Booking, outlook: RemoteOutlook | None) -> list[Reminder]:
    """What the borrower has to hear that they had not heard before."""
    before: dict[str, Any] = booking.outlook or {}
    return [
        reminder
        for name, reminder in _WARNINGS.items()
        if outlook and getattr(outlook, name) and not before.get(name)
    ]


def _hear_messages(work: UnitOfWork, booking: Booking, view: RemoteView) -> None:
    for told in view.messages:
        if told.role is Role.BORROWER:
            continue  # what our resident wrote stands here; nobody else puts words into their mouth
        known = repository.message_by_remote_id(work.session, booking.id, told.id)
        if known is None and told.text:
            messages.add(work, booking, told.role, told.text, remote_id=told.id, written_at=told.written_at)
        elif known is not None and not told.text and known.role is told.role:
            known.text = ""
            work.session.add(known)


def _keep_records(work: UnitOfWork, booking: Booking, told: tuple[RemoteRecord, ...]) -> None:
    """The partner's records under ids of our own: those it gives could be anybody's."""
    held = {row.id: row for row in repository.records(work.session, booking.id)}
    for record in told:
        row_id = uuid5(booking.id, str(record.id))
        said = asdict(record) | {"id": row_id, "photo_ids": [], "booking_id": booking.id}
        said["corrects_id"] = record.corrects_id and uuid5(booking.id, str(record.corrects_id))
        row = held.pop(row_id, None) or BookingRecord(**said)
        for name, value in said.items():
            setattr(row, name, value)
        work.session.add(row)
        work.session.flush()  # what corrects it refers to it
    for row in reversed(list(held.values())):
        work.session.delete(row)  # the partner was restored to before it was written


def _hear_story(work: UnitOfWork, booking: Booking, view: RemoteView) -> None:
    ours = {event.version: event for event in repository.events(work.session, booking.id)}
    last = max((told.version for told in view.events), default=0)
    for event in ours.values():
        if last < event.version:
            work.session.delete(event)  # the partner was restored to before it happened
    for told in sorted(view.events, key=lambda event: event.version):
        known = ours.get(told.version)
        if known is None:
            write_event(work, booking, told)
        elif _rewrite(booking, known, told):
            work.session.add(known)
            _tell(work, booking, told)


def _rewrite(booking: Booking, known: BookingEvent, told: RemoteEvent) -> bool:
    """Let our step say what the partner's says; whether it is another step than the one we had heard of."""
    another = (known.action, known.at) != (told.action, told.at)
    for name, value in _event_columns(booking, told).items():
        setattr(known, name, value)
    return another


def write_event(work: UnitOfWork, booking: Booking, told: RemoteEvent) -> None:
    """Put a step into the story, and tell it."""
    work.session.add(BookingEvent(id=new_id(), booking_id=booking.id, **_event_columns(booking, told)))
    _tell(work, booking, told)


def _event_columns(booking: Booking, told: RemoteEvent) -> dict[str, Any]:
    return asdict(told) | {
        "for_id": booking.borrower_id if told.role is Role.BORROWER else None,
        "terms": to_jsonable_python(told.terms),
    }


def _tell(work: UnitOfWork, booking: Booking, told: RemoteEvent) -> None:
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


def _forget_provider(work: UnitOfWork, booking: Booking) -> None:
    """The provider has left, and their instance has forgotten them: so do we."""
    for row in repository.messages(work.session, booking.id):
        if row.role is Role.PROVIDER and row.text:
            row.text = ""
            work.session.add(row)
    booking.terms = booking.terms | OF_SOMEBODY_GONE
    contract.forget_far_side(work, booking)


def _has_more(work: UnitOfWork, booking: Booking, view: RemoteView) -> bool:
    """Whether the partner holds something of this that the view had no room for, and that we do not have."""
    held = repository.last_contract(work.session, booking.id) if view.contract else None
    return view.more or (view.contract is not None and (held is None or held.digest != view.contract.digest))

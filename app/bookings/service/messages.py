"""The conversation of a booking. It begins with the request and survives every ending."""

from datetime import datetime
from uuid import UUID

from app.api.schemas import ListQuery
from app.bookings import policy, repository
from app.bookings.events import MessageWritten
from app.bookings.rules.words import Role
from app.bookings.schemas import MessageRead, Spoken
from app.bookings.service.values import parties_of
from app.bookings.service.views import cursor_uuid
from app.bookings.tables import Booking, BookingMessage
from app.kernel.actor import Actor, ActorKind
from app.kernel.ids import new_id
from app.kernel.paging import Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork

_FILTERS = fingerprint("messages")


def page(reading: Reading, booking_id: UUID, query: ListQuery) -> Page[MessageRead]:
    """What was said, oldest first."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    after = None
    if query.after:
        (last,) = decode_cursor(query.after, filters=_FILTERS, length=1)
        after = cursor_uuid(last)
    found = repository.messages(reading.session, booking.id, after=after, limit=query.limit + 1)
    shown = found[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=_FILTERS) if len(found) > query.limit else None
    return Page([MessageRead.model_validate(row) for row in shown], more)


def write(work: UnitOfWork, booking_id: UUID, text: str, *, remote_id: UUID | None = None) -> MessageRead:
    """Say something to the other side, in whatever state the booking is.

    `remote_id` is the id a partner gave it: written twice, it stands once. NotAllowed for those who only look on.
    """
    booking = repository.get_visible(work.session, booking_id, to=work.actor)
    role = _voice_of(work.actor, booking)
    return MessageRead.model_validate(add(work, booking, role, text, remote_id=remote_id))


def text_of(reading: Reading, message_id: UUID) -> str | None:
    """What a message says, for carrying it to the other side; None once it is gone or wiped."""
    row = reading.session.get(BookingMessage, message_id)
    return row.text or None if row else None


def seen(reading: Reading, message_id: UUID) -> Spoken:
    """A message that the actor may read; else NotFound."""
    row = reading.session.get(BookingMessage, message_id)
    if row is None:
        raise NotFound
    booking = repository.get_visible(reading.session, row.booking_id, to=reading.actor)
    return Spoken(row.id, booking.id, row.author_id, row.text)


def add(
    work: UnitOfWork,
    booking: Booking,
    role: Role,
    text: str,
    *,
    remote_id: UUID | None = None,
    written_at: datetime | None = None,
) -> BookingMessage:
    """Append a message of this side, once. The one that comes with an ask has the id of the ask on both sides."""
    known = repository.message_by_remote_id(work.session, booking.id, remote_id) if remote_id else None
    if known is not None:
        return known
    row = BookingMessage(
        id=new_id(),
        booking_id=booking.id,
        remote_id=remote_id,
        role=role,
        author_id=work.actor.id if work.actor.kind is ActorKind.PERSON else None,
        text=text,
        written_at=written_at or work.now,
    )
    work.session.add(row)
    work.record(
        MessageWritten(
            booking_id=booking.id,
            message_id=row.id,
            role=role,
            side=booking.side,
            partner_id=booking.partner_id,
        )
    )
    return row


def _voice_of(actor: Actor, booking: Booking) -> Role:
    roles = policy.roles_of(actor, parties_of(booking))
    voice = next((role for role in (Role.BORROWER, Role.PROVIDER, Role.MODERATOR) if role in roles), None)
    if voice is None:
        raise NotAllowed
    return voice

"""Bookings as entries of a calendar, for one of their sides, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.bookings import policy, repository
from app.bookings.rules.calendars import is_time_spent, status_of
from app.bookings.rules.states import contact_is_open
from app.bookings.rules.words import Role, Side
from app.bookings.service.values import facts_of, parties_of
from app.bookings.tables import Booking
from app.kernel import ics
from app.kernel.actor import Actor
from app.kernel.documents import Document, file_word
from app.kernel.languages import translate
from app.kernel.problems import NotFound
from app.kernel.text import Message, message
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.schemas import ExactPlace
from app.settings import Settings

_TITLES: Final[Mapping[ics.Status, Message]] = {
    ics.Status.TENTATIVE: message("Asked for: {title}"),
    ics.Status.CONFIRMED: message("{title}"),
    ics.Status.CANCELLED: message("Called off: {title}"),
}
_PARTIES: Final = frozenset({Role.BORROWER, Role.PROVIDER})


def of_booking(reading: Reading, booking_id: UUID, *, language: str) -> Document:
    """One booking as a file to open with a calendar, for everybody who belongs to one of its sides."""
    booking = repository.get_visible(reading.session, booking_id, to=reading.actor)
    sides = parties_of(booking)
    if not any(reading.actor.belongs_to(side) for side in (sides.borrower_id, sides.provider_id)):
        raise NotFound
    [entry] = entries(reading, [booking], to=reading.actor, language=language)
    title, day = booking.terms["title"], entry.starts_at.astimezone(entry.zone).date().isoformat()
    file_name = "-".join(part for part in (file_word(title), day) if part)
    return document([entry], name=title, settings=reading.settings, file_name=file_name)


def document(
    made: Sequence[ics.Entry], *, name: str, settings: Settings, file_name: str = "depot"
) -> Document:
    """The entries as a file."""
    product = f"{settings.name} {settings.region}"
    return Document(
        ics.calendar(made, name=name, product=product),
        media_type=ics.MEDIA_TYPE,
        file_name=f"{file_name}.ics",
        cache_control="private, no-cache",
    )


def entries(
    reading: Reading, bookings: Sequence[Booking], *, to: Actor, language: str, always_busy: bool = False
) -> list[ics.Entry]:
    """These bookings as entries, saying no more than this reader may know at this moment."""
    known = _Known.of(reading, bookings)
    return [
        _entry(reading, booking, known, to=to, language=language, always_busy=always_busy)
        for booking in bookings
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked up once for all of them."""

    parties: Mapping[UUID, PartySummary]
    places: Mapping[UUID, ExactPlace]
    changed_at: Mapping[UUID, datetime]

    @classmethod
    def of(cls, reading: Reading, bookings: Sequence[Booking]) -> "_Known":
        sides = {side for one in bookings for side in (one.borrower_id, one.provider_id) if side}
        return cls(
            accounts.party_summaries(reading, sides),
            listings.exact_places(reading, {one.listing_id for one in bookings}),
            repository.changed_at(reading.session, [one.id for one in bookings]),
        )


def _entry(
    reading: Reading, booking: Booking, known: _Known, *, to: Actor, language: str, always_busy: bool
) -> ics.Entry:
    settings = reading.settings
    status = status_of(booking.state, booking.outcome)
    other = _other_side(booking, known, to)
    title = booking.terms["title"] if booking.units == 1 else f"{booking.units} x {booking.terms['title']}"
    summary = translate(Message(_TITLES[status].text, {"title": title}), language)
    with_whom = [translate(message("With {name}", name=other), language)] if other else []
    url = f"{settings.public_url}/bookings/{booking.id}"
    return ics.Entry(
        uid=f"{booking.id}@{urlsplit(settings.public_url).hostname}",
        sequence=booking.version,
        status=status,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=ZoneInfo(booking.terms["zone"]),
        summary=f"{summary} ({other})" if other and _provides(booking, to) else summary,
        description="\n".join([*with_whom, url]),
        location=_where(reading, booking, known, to),
        url=url,
        busy=always_busy or is_time_spent(booking.kind),
        created_at=booking.created_at,
        changed_at=max(known.changed_at.get(booking.id, booking.since), booking.since),
    )


def _provides(booking: Booking, to: Actor) -> bool:
    return to.belongs_to(booking.provider_id)


def _other_side(booking: Booking, known: _Known, to: Actor) -> str:
    """The name of who it is with; somebody at a partner is known by the partner's."""
    if _provides(booking, to):
        far, other_id = booking.side is Side.SUPPLIER, booking.borrower_id
    else:
        far, other_id = booking.side is Side.REQUESTER, booking.provider_id
    other = known.parties.get(other_id) if other_id else None
    return other.name if other else (booking.remote_name or "" if far else "")


def _where(reading: Reading, booking: Booking, known: _Known, to: Actor) -> str:
    """Where it is: exactly for the two sides while contact is open, else what everybody may know."""
    place = known.places[booking.listing_id]
    roles = policy.roles_of(to, parties_of(booking))
    exact = bool(roles & _PARTIES) and contact_is_open(booking.state, facts_of(booking), reading.now)
    if exact and booking.side is Side.REQUESTER:
        told = (booking.remote_contact or {}).get("address")
        if told:
            return str(told)
    town = " ".join(part for part in (place.postal_code if exact else None, place.locality) if part)
    return ", ".join(part for part in (place.street if exact else place.district, town) if part)

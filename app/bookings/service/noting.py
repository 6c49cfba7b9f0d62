"""Bookings as letters need them: many at a time, in two queries."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.accounts.schemas import PartySummary
from app.bookings import repository
from app.bookings.rules.facts import next_strike
from app.bookings.rules.states import contact_is_open
from app.bookings.rules.words import PROMISED, Action, Side
from app.bookings.schemas.noted import Noted
from app.bookings.service.values import facts_of
from app.bookings.service.views import address_of
from app.bookings.tables import Booking
from app.kernel.unit_of_work import Reading

_BEGUN_BY_ASKING: Final = frozenset({Action.REQUEST, Action.OFFER})


def noted(reading: Reading, ids: Collection[UUID]) -> Mapping[UUID, Noted]:
    """What letters may say of these bookings; whoever asks knows that the reader is one of the sides."""
    found = repository.by_ids(reading.session, ids)
    sides = {party for booking in found for party in (booking.borrower_id, booking.provider_id) if party}
    parties = accounts.party_summaries(reading, sides)
    return {booking.id: _noted(reading, booking, parties) for booking in found}


def address_while_open(reading: Reading, booking_id: UUID) -> str | None:
    """Where the borrower goes, as long as contact data is open to both; None where nobody needs to go or know."""
    [booking] = repository.by_ids(reading.session, [booking_id])
    if not contact_is_open(booking.state, facts_of(booking), reading.now):
        return None
    if booking.side is Side.REQUESTER:
        return (booking.remote_contact or {}).get("address")
    return address_of(reading, booking)


def opening_message(reading: Reading, booking_id: UUID) -> UUID | None:
    """The message that came with the ask or the offer and is told in one letter with it; None where there is none.

    A series or a group is told as a whole, and who only waits in line is not told of: there a message stands alone.
    """
    found = repository.by_ids(reading.session, [booking_id])
    if not found or found[0].series_id or found[0].group_id:
        return None
    said = repository.messages(reading.session, booking_id, limit=1)
    begun = repository.events(reading.session, booking_id)
    if not said or not begun or begun[0].action not in _BEGUN_BY_ASKING:
        return None
    together = said[0].written_at == begun[0].at and said[0].role == begun[0].role
    return said[0].id if together else None


def _proposed(booking: Booking) -> tuple[datetime, datetime] | None:
    if booking.change is None:
        return None
    begins, ends = (datetime.fromisoformat(booking.change[name]) for name in ("starts_at", "ends_at"))
    return begins, ends


def _noted(reading: Reading, booking: Booking, parties: Mapping[UUID, PartySummary]) -> Noted:
    def name(party_id: UUID | None) -> str:
        known = parties.get(party_id) if party_id else None
        return known.name if known else booking.remote_name or ""

    strike = None
    if booking.side is not Side.REQUESTER:
        strike = next_strike(booking.tail, booking.state, facts_of(booking))
    return Noted(
        id=booking.id,
        listing_id=booking.listing_id,
        title=booking.terms["title"],
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=ZoneInfo(booking.terms.get("zone") or reading.settings.time_zone),
        units=booking.units,
        borrower_id=booking.borrower_id,
        provider_id=booking.provider_id,
        borrower=name(booking.borrower_id),
        provider=name(booking.provider_id),
        strikes_at=strike[0] if strike else booking.expires_at,
        promised=booking.state in PROMISED,
        proposed=_proposed(booking),
        minutes=booking.minutes,
        version=booking.version,
    )

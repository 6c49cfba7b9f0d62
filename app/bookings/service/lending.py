"""Asks of partners for their residents: judged and taken by the same functions as everybody's here."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.bookings import abroad
from app.bookings.problems import TermsChanged
from app.bookings.rules.words import Side
from app.bookings.service.asking import Sender, Wish, make
from app.bookings.service.queueing import line_up
from app.bookings.service.values import agreed_on
from app.kernel.actor import ActorKind
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed, NotFound
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings


def open_for_partner(reading: Reading, partner_id: UUID) -> int:
    """How many requests of this partner's residents are not over yet."""
    return abroad.count_open_abroad(reading.session, partner_id)


def request_for_partner(
    work: UnitOfWork,
    *,
    partner_id: UUID,
    partner_name: str,
    remote_id: UUID,
    ref: str,
    listing_id: UUID,
    span: Interval,
    units: int,
    purpose: str | None = None,
    text: str | None = None,
    queue: bool = False,
    agreed: Mapping[str, Any] | None = None,
    terms_told: str | None = None,
) -> UUID:
    """A partner asks for one of its residents, or has them wait in the `queue`; answers the booking's id.

    The same for the same `remote_id`. The same rules and the same calendar as for everybody here; refused with the
    same problems, and with TermsChanged where they read something else than what would be promised: of the
    terms, what partners are told of them.
    """
    if work.actor.kind is not ActorKind.PARTNER or work.actor.id != partner_id:
        raise NotAllowed
    known = abroad.by_remote_id(work.session, partner_id, remote_id, side=Side.SUPPLIER)
    if known is not None:
        return known.id
    terms = listings.terms(work, listing_id)
    if terms.origin_id is not None:
        raise NotFound  # what we only mirror is asked for where it lives
    wish = Wish(
        listing_id=listing_id,
        span=listings.span_of(work, span.start, span.end, names=("/starts_at", "/ends_at")),
        units=units,
        purpose=purpose,
        text=text,
        sender=Sender(partner_id=partner_id, partner_name=partner_name, remote_id=remote_id, ref=ref),
    )
    booking = (line_up if queue else make)(work, wish, terms)
    if agreed is not None and agreed != agreed_on(booking, terms_told=terms_told):
        raise TermsChanged
    return booking.id

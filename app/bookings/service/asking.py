"""Asking: how a booking begins, here and from a partner.

Every ask for one stretch of time goes the same way: `judged`, `hold_all`, `begin`. Whoever makes several at once
(series, groups) walks it for each, under locks taken in the order of the plan.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.schemas import Standing
from app.bookings import policy
from app.bookings.events import RemoteBookingAsked
from app.bookings.problems import NotBookable
from app.bookings.rules.drawing import tail_of
from app.bookings.rules.moves import after
from app.bookings.rules.words import Action, Exchange, Role, Side, State
from app.bookings.schemas import BookingCreate, BookingRead, Said
from app.bookings.service import messages, views
from app.bookings.service.judging import Borrower, Sitting, asker, hold_borrower, tally_of
from app.bookings.service.quoting import showing_ways_out
from app.bookings.service.stepping import schedule, take
from app.bookings.service.values import agreed_on, facts_of, frozen_price, span_of
from app.bookings.service.waiting import judge_newcomer
from app.bookings.tables import Booking
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.kernel.problems import NotAllowed, SignInNeeded
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import Terms
from app.listings.service import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The partner who asks for one of its residents, and by which names it knows the booking."""

    partner_id: UUID
    partner_name: str
    remote_id: UUID
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One ask for one listing and one stretch of time, whoever makes it: what a single booking is made from."""

    listing_id: UUID
    span: Interval
    units: int
    borrower: Standing | None = None
    purpose: str | None = None
    text: str | None = None
    sender: Sender | None = None
    series_id: UUID | None = None
    group_id: UUID | None = None
    override_reason: str | None = None

    @property
    def whose(self) -> Borrower:
        if self.sender:
            return Borrower(partner_id=self.sender.partner_id, ref=self.sender.ref)
        return Borrower(self.borrower)


def request(work: UnitOfWork, ask: BookingCreate) -> BookingRead:
    """Ask for a listing; confirmed at once where it is booked without asking first.

    Refused with NotFound when the listing is not visible, NotAllowed in the name of somebody one does not speak
    for, NotBookable with every ground, SlotTaken when somebody else was faster. A listing that lives at a partner
    is asked for there: until the partner answers, nothing is taken.
    """
    terms = listings.terms(work, ask.listing_id)
    borrower = asker(work, ask.in_whose_name)
    if borrower is None:
        raise SignInNeeded
    wish = Wish(
        listing_id=ask.listing_id,
        span=listings.span_of(work, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at")),
        units=ask.units,
        borrower=borrower,
        purpose=ask.purpose,
        text=ask.message,
        override_reason=ask.override_reason,
    )
    _require_override(work, wish, terms)
    with showing_ways_out(wish.listing_id, wish.span, wish.units, borrower.party_id):
        booking = make(work, wish, terms)
    return views.read(work, booking)


def make(work: UnitOfWork, wish: Wish, terms: Terms) -> Booking:
    """Make the booking: judged first, so that the refused keep nobody waiting, then taken under the lock (T6)."""
    seen = tally_of(work, wish.listing_id, wish.span, wish.whose)
    booking = judged(work, terms, wish, tally=seen)
    hold_borrower(work, booking)
    unchanged = hold_all(work, [terms], ())
    if not unchanged or seen != tally_of(work, wish.listing_id, wish.span, wish.whose):
        return make(work, wish, listings.terms(work, wish.listing_id))  # it was changed while we looked
    begin(work, booking, terms, wish.text)
    return booking


def judged(
    work: UnitOfWork,
    terms: Terms,
    wish: Wish,
    *,
    tally: Tally | None = None,
    sitting: Sitting | None = None,
) -> Booking:
    """The booking that the wish asks for, at its price, not yet begun; NotBookable with every reason against it.

    Single asks, series, groups and partners all come through here, once before the lock and, where one ask changes
    what the next may have, again under it. `tally` is what the borrower has already, `sitting` all that decides.
    """
    booking = draft(work, terms, wish)
    verdict = judge_newcomer(
        work,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units,
        borrower=wish.whose,
        overriding=wish.override_reason is not None,
        tally=tally,
        sitting=sitting,
    )
    if not verdict.bookable:
        raise NotBookable(
            reasons=verdict.reasons,
            free_units=verdict.free_units,
            calendar_version=verdict.calendar_version,
        )
    booking.price = frozen_price(verdict.price)
    return booking


def hold_all(work: UnitOfWork, terms: Collection[Terms], borrowers: Collection[UUID | None]) -> bool:
    """Lock what was judged until this transaction ends: who borrows, then what, in the order of ids, so that nobody
    waits in a circle. False when one of the listings is another by now: then judge again.
    """
    for party_id in sorted(one for one in borrowers if one is not None):
        accounts.hold_still(work, party_id)  # what counts against quotas stays as it was counted
    seen = {one.listing_id: one.version for one in terms}
    return listings.hold_all_still(work, seen) == seen


def begin(work: UnitOfWork, booking: Booking, terms: Terms, text: str | None = None) -> None:
    """Begin what was judged, under the lock; SlotTaken when somebody else was faster, and nothing has happened."""
    if terms.origin_id is not None:
        ask_partner(work, booking, terms)
    else:
        facts = facts_of(booking)
        move = after(booking.tail, None, Action.REQUEST, {Role.BORROWER}, facts=facts, now=work.now)
        together = booking.series_id or booking.group_id
        take(work, booking, move, replace(Said.override(booking.override_reason), together=together))
    if text:
        say(work, booking, text)


def say(work: UnitOfWork, booking: Booking, text: str) -> None:
    """What comes with the ask; between two instances it has the id of the ask on both sides."""
    messages.add(work, booking, Role.BORROWER, text, remote_id=booking.remote_id)


def draft(work: UnitOfWork, terms: Terms, wish: Wish) -> Booking:
    """A booking on the listing's terms as they are now, not judged and not begun."""
    booking = Booking(
        id=new_id(),
        listing_id=terms.listing_id,
        tail=tail_of(terms.kind, terms.form),
        kind=terms.kind,
        state=State.REQUESTED,
        since=work.now,
        starts_at=wish.span.start,
        ends_at=wish.span.end,
        units=wish.units,
        borrower_id=wish.borrower.party_id if wish.borrower else None,
        requested_by=work.actor.id if wish.borrower else None,
        provider_id=terms.provider_id,
        purpose=wish.purpose,
        series_id=wish.series_id,
        group_id=wish.group_id,
        override_reason=wish.override_reason,
        terms=_snapshot(terms),
        instant=terms.booking_mode == "instant" or _enters_it_themself(work, terms, wish),
        request_holds=terms.request_holds,
        answer_hours=terms.answer_hours,
        cancel_hours=terms.cancellation_hours,
        overdue_margin_hours=terms.overdue_margin_hours,
        turn_hours=terms.queue_turn_hours,
        release_after_minutes=terms.release_after_minutes,
        access_at_once=terms.access_at_once,
        told_until=work.now,
        created_at=work.now,
    )
    if sender := wish.sender:
        booking.side, booking.partner_id = Side.SUPPLIER, sender.partner_id
        booking.remote_id = sender.remote_id
        booking.remote_name, booking.remote_ref = sender.partner_name, sender.ref
        booking.exchange_status, booking.exchange_as_of = Exchange.IN_SYNC, work.now
    return booking


def _enters_it_themself(work: UnitOfWork, terms: Terms, wish: Wish) -> bool:
    """Providers who override their own rules need not say yes to themselves."""
    return wish.override_reason is not None and work.actor.speaks_for(terms.provider_id)


def _require_override(work: UnitOfWork, wish: Wish, terms: Terms) -> None:
    may = policy.may_override(work.actor, terms.provider_id)
    if wish.override_reason is not None and not may:
        raise NotAllowed(message("Only the provider and the staff of this instance can set rules aside."))


def _snapshot(terms: Terms) -> dict[str, Any]:
    return {
        "title": terms.title,
        "terms": terms.text,
        "contract_text": terms.contract_text,
        "listing_version": terms.version,
        "zone": terms.zone.key,
        "url": terms.origin_url,
        "access": terms.access_notes or terms.access,
    }


def ask_partner(work: UnitOfWork, booking: Booking, terms: Terms) -> None:
    """Our row occupies nothing and tells no story of its own: the partner's instance writes both.

    Whoever stands in line asks for a place in the queue there.
    """
    if terms.origin_id is None or terms.origin_listing_id is None:
        raise AssertionError(terms)
    booking.side, booking.partner_id, booking.remote_id = Side.REQUESTER, terms.origin_id, booking.id
    booking.remote_name = listings.summaries(work, [terms.listing_id])[terms.listing_id].origin
    booking.exchange_status = Exchange.SENDING
    schedule(work, booking)
    work.session.add(booking)
    work.session.flush()  # what is told below refers to this row
    work.record(
        RemoteBookingAsked(
            booking_id=booking.id,
            partner_id=terms.origin_id,
            listing_id_there=terms.origin_listing_id,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            units=booking.units,
            queue=booking.state is State.WAITLISTED,
            agreed=agreed_on(booking),
            purpose=booking.purpose,
        )
    )

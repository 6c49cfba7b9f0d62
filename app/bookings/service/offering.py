"""Answering a want: an offer is a booking that its provider begins, and the owner of the want says yes to."""

from typing import Final
from uuid import UUID

from app.accounts import service as accounts
from app.api.schemas import ListQuery
from app.bookings import policy, wants
from app.bookings.problems import NotBookable, WantNotOpen
from app.bookings.rules.moves import after
from app.bookings.rules.words import Action, Role
from app.bookings.schemas import BookingRead, BookingSummary, OfferCreate, Said
from app.bookings.service import messages, views
from app.bookings.service.asking import Wish, draft, hold_all
from app.bookings.service.judging import judge
from app.bookings.service.negotiating import terms_of
from app.bookings.service.stepping import take
from app.bookings.service.values import facts_of, frozen_price
from app.bookings.tables import Booking
from app.kernel.paging import Page, decode_cursor, encode_cursor, fingerprint
from app.kernel.problems import NotAllowed, NotFound, NotYet
from app.kernel.text import message
from app.kernel.unit_of_work import Reading, UnitOfWork
from app.listings import service as listings
from app.listings.problems import SlotTaken
from app.listings.schemas import Terms
from app.listings.service import Verdict

_FILTERS: Final = fingerprint("offers")


def offer(work: UnitOfWork, want_id: UUID, ask: OfferCreate) -> BookingRead:
    """Offer something of one's own, or of one's organisation, to somebody who is looking for it.

    The owner of the want is the borrower and says yes; until then the offer holds its units as a request does.
    Refused with NotFound, NotAllowed for listings of others, WantNotOpen, NotBookable and SlotTaken.
    """
    want, terms = listings.want(work, want_id), listings.terms(work, ask.listing_id)
    if want.origin_id is not None:
        raise NotYet(message("“{action}” is not available between two regions yet.", action=Action.OFFER))
    if terms.provider_id is None or not policy.may_ask_for(work.actor, terms.provider_id):
        raise NotAllowed(message("You can only offer what is yours or your organisation's."))
    if not want.is_open or not want.missing_units or want.owner_id is None:
        raise WantNotOpen(missing_units=want.missing_units)
    wish = Wish(
        listing_id=ask.listing_id,
        span=listings.span_of(work, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at")),
        units=ask.units,
        borrower=accounts.standing(work, want.owner_id),
        text=ask.message,
    )
    return views.read(work, _offered(work, wish, terms, want_id))


def _offered(work: UnitOfWork, wish: Wish, terms: Terms, want_id: UUID) -> Booking:
    _require(_verdict(work, wish), wish.units)
    if not hold_all(work, [terms], {wish.whose.party_id}):
        return _offered(
            work, wish, listings.terms(work, terms.listing_id), want_id
        )  # it was changed meanwhile
    verdict = _verdict(work, wish)
    _require(verdict, wish.units)
    booking = draft(work, terms, wish)
    booking.want_id, booking.requested_by = want_id, None
    booking.price = frozen_price(verdict.price)
    booking.counter = terms_of(booking).as_json() | {"by": Role.PROVIDER, "since": work.now.isoformat()}
    move = after(booking.tail, None, Action.OFFER, {Role.PROVIDER}, facts=facts_of(booking), now=work.now)
    take(work, booking, move, Said())
    if wish.text:
        messages.add(work, booking, Role.PROVIDER, wish.text)
    return booking


def _verdict(work: UnitOfWork, wish: Wish) -> Verdict:
    return judge(work, wish.listing_id, span=wish.span, units=wish.units, borrower=wish.whose)


def _require(verdict: Verdict, units: int) -> None:
    unfit = [reason for reason in verdict.reasons if reason.code in listings.BINDING_OFFERS]
    if unfit:
        raise NotBookable(
            reasons=unfit, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )
    if verdict.free_units < units:
        scarce = [reason for reason in verdict.reasons if reason.code in listings.SCARCITY]
        raise SlotTaken(
            reasons=scarce, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )


def offers(reading: Reading, want_id: UUID, query: ListQuery) -> Page[BookingSummary]:
    """What has been offered: all of it for the owner of the want, their own for those who offer; newest first."""
    before = None
    if query.after:
        (last,) = decode_cursor(query.after, filters=_FILTERS, length=1)
        before = views.cursor_uuid(last)
    found = wants.offers(
        reading.session, want_id, of=reading.actor.parties, before=before, limit=query.limit + 1
    )
    if not found:
        _require_visible(reading, want_id)
    shown = found[: query.limit]
    more = encode_cursor([str(shown[-1].id)], filters=_FILTERS) if len(found) > query.limit else None
    return Page(views.summaries(reading, shown), more)


def _require_visible(reading: Reading, want_id: UUID) -> None:
    if listings.want(reading, want_id).origin_id is not None:
        raise NotFound

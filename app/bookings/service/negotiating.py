"""Other terms: counter-offers before the promise, amendments after it.

Both are judged like an ask, when they are made, so that nobody is asked about the impossible, and once more when
they are accepted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.bookings.problems import NotBookable
from app.bookings.rules.changes import BEGUN
from app.bookings.rules.moves import Move
from app.bookings.rules.states import is_answered
from app.bookings.rules.words import Role
from app.bookings.schemas import Said
from app.bookings.service import pricing
from app.bookings.service.judging import borrower_of, hold_borrower, judge, require_may_promise
from app.bookings.service.values import frozen_price, span_of
from app.bookings.tables import Booking
from app.kernel.intervals import Interval
from app.kernel.problems import FieldError, Invalid
from app.kernel.text import Message, message
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.problems import SlotTaken

DEFAULT_CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What two people can agree on."""

    span: Interval
    units: int
    place_note: str | None
    condition: str | None
    price: pricing.Kept

    def as_json(self) -> dict[str, Any]:
        """As it is kept and told."""
        return {
            "starts_at": self.span.start.isoformat(),
            "ends_at": self.span.end.isoformat(),
            "units": self.units,
            "place_note": self.place_note,
            "condition": self.condition,
            "price": self.price.get("total"),
        }


def terms_of(booking: Booking) -> Terms:
    """What the two stand at."""
    return Terms(
        span=span_of(booking),
        units=booking.units,
        place_note=booking.place_note,
        condition=booking.condition,
        price=booking.price or {},
    )


def offer_other_terms(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """A counter-offer: what is named is offered anew, the rest stays; the hold moves with it."""
    require_may_promise(work, booking, move.role)
    offered = _terms_said(work, booking, move.role, said)
    booking.starts_at, booking.ends_at, booking.units = offered.span.start, offered.span.end, offered.units
    booking.place_note, booking.condition, booking.price = (
        offered.place_note,
        offered.condition,
        offered.price,
    )
    booking.counters += 1
    booking.counter = offered.as_json() | {"by": move.role, "since": work.now.isoformat()}


def propose_change(work: UnitOfWork, booking: Booking, move: Move, said: Said) -> None:
    """Ask the other side for an amendment. Nothing moves until they accept it."""
    _only_what_can_change(booking, said)
    offered = _terms_said(work, booking, move.role, said)
    booking.change = offered.as_json() | {
        "by": move.role,
        "since": work.now.isoformat(),
        "kept_price": offered.price,
    }


def accept_change(work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    """The amendment becomes what is promised, at the price that was proposed, if the calendar still allows it."""
    change = booking.change or {}
    span = Interval(*(datetime.fromisoformat(change[name]) for name in ("starts_at", "ends_at")))
    if span.end <= work.now:
        raise NotBookable(message("The proposed time is over."))
    # One of the two who agree is the provider: only what binds providers, too, is left to ask.
    judged(work, booking, span, change["units"], by=Role.PROVIDER)
    booking.starts_at, booking.ends_at, booking.units = span.start, span.end, change["units"]
    booking.place_note, booking.price = change["place_note"], change["kept_price"]
    booking.change = None


def forget_change(_work: UnitOfWork, booking: Booking, _move: Move, _said: Said) -> None:
    booking.change = None


def judged(work: UnitOfWork, booking: Booking, span: Interval, units: int, *, by: Role) -> listings.Verdict:
    """What the listing says to these terms, which holds until we are done; refused with what is free, or why not.

    A provider may go beyond the hours and limits of their own listing, and nobody beyond what there is.
    """
    units = booking.units_out or units  # of what has begun, what is out
    _require(booking, span, units, _verdict(work, booking, span, units), by)
    hold_borrower(work, booking)
    listings.hold_still(work, booking.listing_id)
    verdict = _verdict(work, booking, span, units)  # once more, now that nobody can change it
    _require(booking, span, units, verdict, by)
    return verdict


def _verdict(work: UnitOfWork, booking: Booking, span: Interval, units: int) -> listings.Verdict:
    return judge(
        work,
        booking.listing_id,
        span=span,
        units=units,
        borrower=borrower_of(work, booking),
        holder_id=booking.id,
        confirming=is_answered(booking.state),
        overriding=booking.override_reason is not None,
    )


def _require(booking: Booking, span: Interval, units: int, verdict: listings.Verdict, by: Role) -> None:
    giving_back = _no_more_than_held(booking, span, units)
    if verdict.free_units < units and not giving_back:
        scarce = [reason for reason in verdict.reasons if reason.code in listings.SCARCITY]
        raise SlotTaken(
            reasons=scarce, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )
    idle: frozenset[str] = listings.SCARCITY | listings.UNAVAILABLE
    if span.start == booking.starts_at:
        idle = idle | listings.OF_THE_START  # agreed on before
    if booking.borrower_id is None or giving_back:
        idle = (
            idle | listings.ELIGIBILITY
        )  # their own instance answers for them; who gives back is always welcome
    against = [reason for reason in verdict.reasons if reason.code not in idle]
    if by is Role.PROVIDER:
        binding = listings.ELIGIBILITY | listings.SESSIONS | {listings.Ground.IN_THE_PAST}
        against = [reason for reason in against if reason.code in binding]
    if against:
        raise NotBookable(
            reasons=against, free_units=verdict.free_units, calendar_version=verdict.calendar_version
        )


def _no_more_than_held(booking: Booking, span: Interval, units: int) -> bool:
    """Giving back a part of a promise needs no room and no right, whatever has been closed or lost since."""
    held = booking.units_out or booking.units
    return is_answered(booking.state) and units <= held and span_of(booking).covers(span)


def _terms_said(work: UnitOfWork, booking: Booking, role: Role, said: Said) -> Terms:
    """What is said, beside what stands, judged and priced; Invalid when it is nothing new."""
    if said.amount_minor is not None and role is not Role.PROVIDER:
        raise Invalid(FieldError("/amount_minor", message("The provider names the price.")))
    span = listings.span_of(
        work,
        said.starts_at or booking.starts_at,
        said.ends_at or booking.ends_at,
        names=("/starts_at", "/ends_at"),
    )
    if span.end <= work.now:
        raise Invalid(FieldError("/ends_at", message("The end must not lie in the past.")))
    units = said.units or booking.units
    verdict = judged(work, booking, span, units, by=role)
    # A provider can offer anew what a lapsed recognition no longer gives; nobody else re-prices anything.
    lapsed = role is Role.PROVIDER and tariff_lapsed(booking, verdict)
    price = frozen_price(verdict.price) if lapsed else _counted(booking, span, units)
    if said.amount_minor is not None:
        price = _named(booking, price, said.amount_minor)
    offered = Terms(
        span=span,
        units=units,
        place_note=said.place_note or booking.place_note,
        condition=said.condition or booking.condition,
        price=price,
    )
    if offered == terms_of(booking):
        raise Invalid(FieldError("", message("Say what should be different.")))
    return offered


def _counted(booking: Booking, span: Interval, units: int) -> pricing.Kept:
    """By the frozen tariff, from which nothing has changed while span and units are the same."""
    kept = booking.price or {}
    if (span, units) == (span_of(booking), booking.units):
        return kept
    return pricing.again(kept, booking.units, span, units, ZoneInfo(booking.terms["zone"]))


def _named(booking: Booking, counted: pricing.Kept, amount_minor: int) -> pricing.Kept:
    kept = booking.price or {}
    currency = (kept.get("total") or kept.get("deposit") or {}).get("currency", DEFAULT_CURRENCY)
    return pricing.named(counted, amount_minor, currency)


def tariff_lapsed(booking: Booking, verdict: listings.Verdict) -> bool:
    """Whether the price was counted by the reduced tariff, which the borrower would not get today."""
    tariff = verdict.price.tariff
    reduced = listings.TariffName.REDUCED
    return (booking.price or {}).get("tariff") == reduced and (tariff is None or tariff.name != reduced)


def _only_what_can_change(booking: Booking, said: Said) -> None:
    """Once it has begun only its end moves; a promise never grows in units."""
    wrong: list[tuple[str, Message]] = []
    begun = booking.state in BEGUN
    if begun and said.starts_at not in (None, booking.starts_at):
        wrong.append(("/starts_at", message("It has begun: only its end can be moved.")))
    if begun and said.units not in (None, booking.units):
        wrong.append(("/units", message("It has begun: only its end can be moved.")))
    elif (said.units or 0) > booking.units:
        wrong.append(("/units", message("A change can only be to fewer units. For more, ask once more.")))
    if said.condition is not None:
        wrong.append(("/condition", message("A condition belongs into a counter-offer, before the promise.")))
    if wrong:
        raise Invalid(*(FieldError(pointer, detail) for pointer, detail in wrong))

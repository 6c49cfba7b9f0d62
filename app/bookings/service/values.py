"""Rows into values, for the law and the policy to judge."""

from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from app.bookings.policy import Parties
from app.bookings.rules.facts import Facts, next_strike
from app.bookings.rules.reminders import next_telling
from app.bookings.rules.states import ACCESS_AFTER, ACCESS_BEFORE, CONTACT_AFTER_END, is_terminal
from app.bookings.rules.words import CASES, PROMISED, Role, Side, State, Tail
from app.bookings.tables import Booking
from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.listings.service import Price

OF_SOMEBODY_GONE: Final[dict[str, Any]] = {"title": "…", "terms": "", "contract_text": "", "access": None}
"""What a booking calls the thing of somebody who has gone, and says of it."""
LATENESS_CHECKED: Final = timedelta(hours=1)


def facts_of(booking: Booking, *, returning: int | None = None) -> Facts:
    """Give the law what it looks at; `returning` is how many units somebody brings back just now."""
    return Facts(
        since=booking.since,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        answer_hours=booking.answer_hours,
        cancel_hours=booking.cancel_hours,
        instant=booking.instant,
        units=booking.units,
        units_handed_over=booking.units_handed_over,
        units_out=booking.units_out,
        returning=returning,
        acknowledged=booking.acknowledged_at is not None,
        spoke=booking.spoke,
        counters=booking.counters,
        passes=booking.passes,
        turn_hours=booking.turn_hours,
        change_since=_told_at(booking.change),
        change_by=Role(booking.change["by"]) if booking.change else None,
        outcome=booking.outcome,
        had_case=booking.case_opened_at is not None,
        release_after=_minutes(booking.release_after_minutes),
        access_at_once=booking.access_at_once,
        access_given=booking.access_given_at is not None,
        timeless=booking.tail is Tail.RECORDED,
        attended=booking.attended,
    )


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _told_at(offered: dict[str, Any] | None) -> datetime | None:
    return datetime.fromisoformat(offered["since"]) if offered else None


def parties_of(booking: Booking) -> Parties:
    """Name the two sides, for the policy."""
    return Parties(
        borrower_id=booking.borrower_id,
        provider_id=booking.provider_id,
        borrower_partner_id=booking.partner_id if booking.side is Side.SUPPLIER else None,
        had_case=booking.case_opened_at is not None,
    )


def frozen_price(price: Price) -> dict[str, Any]:
    """The price as a booking keeps it: the tariff as it was, what it comes to, and the deposit beside it (T14)."""
    return {
        "pricing": price.pricing,
        "tariff": price.tariff.name if price.tariff else None,
        "billing_unit": price.tariff.billing_unit if price.tariff else None,
        "unit_price": _money(price.tariff.price if price.tariff else None),
        "count": price.count,
        "net": _money(price.net),
        "vat_permille": price.vat_permille,
        "vat": _money(price.vat),
        "total": _money(price.total),
        "deposit": _money(price.deposit),
    }


def _money(money: Money | None) -> dict[str, Any] | None:
    return asdict(money) if money else None


def agreed_on(booking: Booking, *, terms_told: str | None = None) -> dict[str, Any]:
    """What somebody says yes to by asking: what it costs, what is deposited, and the terms, by their digest.

    `terms_told` are the terms as another region was told them, where that is not word for word.
    """
    price = booking.price or {}
    terms = " ".join((booking.terms["terms"] if terms_told is None else terms_told).split())
    return {
        "total": price.get("total"),
        "deposit": price.get("deposit"),
        "terms": sha256(terms.encode()).hexdigest(),
    }


def span_of(booking: Booking) -> Interval:
    return Interval(booking.starts_at, booking.ends_at)


def is_late(booking: Booking, now: datetime) -> bool:
    """Whether units are out although their time is over (T5): they take their place until they are really back."""
    out = booking.state in {State.HANDED_OVER, State.RETURN_REPORTED} or booking.state in CASES
    return out and booking.units_out > 0 and booking.holds_units and now >= booking.ends_at


def next_look(booking: Booking, now: datetime) -> datetime | None:
    """When the clock must look at this booking next: a deadline, a reminder, an hourly look at what is late.

    Where the provider's instance is another one, its clock alone strikes; each side's own says what is to be said
    to those who live there, and forgets a stranger's contact data.
    """
    facts = facts_of(booking)
    looks = [
        contact_closes_at(booking),
        next_telling(booking.tail, booking.state, facts, after=booking.told_until),
    ]
    if booking.side is not Side.REQUESTER:
        strike = next_strike(booking.tail, booking.state, facts)
        looks += [
            strike and strike[0],
            access_turns_at(booking),
            _next_check_of_lateness(booking, now),
            booking.seals_at,
        ]
    return min((moment for moment in looks if moment is not None), default=None)


def contact_closes_at(booking: Booking) -> datetime | None:
    """When contact data of a booking between two instances closes, on both: what we were given and what we gave.

    None while it is open, and once that moment has been looked at.
    """
    if not is_terminal(booking.state) or booking.partner_id is None:
        return None
    closes_at = booking.since + CONTACT_AFTER_END
    return closes_at if closes_at > booking.told_until else None


def access_turns_at(booking: Booking) -> datetime | None:
    """When the partner's resident next sees how to get in, or no longer; None where no time decides it."""
    if booking.side is not Side.SUPPLIER or booking.tail is not Tail.SPACE or booking.state not in PROMISED:
        return None
    turns = (booking.starts_at - ACCESS_BEFORE, booking.ends_at + ACCESS_AFTER)
    return next((moment for moment in turns if moment > booking.told_until), None)


def _next_check_of_lateness(booking: Booking, now: datetime) -> datetime | None:
    if now < booking.ends_at:
        return booking.ends_at if is_late(booking, booking.ends_at) else None
    return now + LATENESS_CHECKED if is_late(booking, now) else None

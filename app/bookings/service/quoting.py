"""Could I have it, what would it cost, why not, and when else. Nothing is stored."""

from uuid import UUID

from app.api.schemas import MoneyRead
from app.bookings.schemas.quotes import FreeWindow, QuoteAsk, QuoteRead
from app.bookings.service.judging import asker, judge
from app.kernel.languages import translate
from app.kernel.money import Money
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.schemas import Tariff


def quote(reading: Reading, listing_id: UUID, ask: QuoteAsk, *, language: str) -> QuoteRead:
    """What a request with these values would hear, for whoever acts; visitors may ask, too."""
    listings.terms(reading, listing_id)  # what is not visible is not there, in whosever name one asks
    borrower = asker(reading, ask.organisation_id)
    span = listings.span_of(reading, ask.starts_at, ask.ends_at, names=("/starts_at", "/ends_at"))
    verdict = judge(reading, listing_id, span=span, units=ask.units, borrower=borrower)
    other_day = (
        None
        if verdict.bookable
        else listings.next_free(reading, listing_id, span=span, units=ask.units, borrower=borrower)
    )
    price = verdict.price
    return QuoteRead.model_validate(
        {
            "bookable": verdict.bookable,
            "free_units": verdict.free_units,
            "pricing": price.pricing,
            "price": _money(price.total),
            "net": _money(price.net),
            "vat_permille": price.vat_permille,
            "vat": _money(price.vat),
            "total": _money(price.total),
            "tariff": price.tariff and _tariff(price.tariff),
            "billing_count": price.count,
            "deposit": _money(price.deposit),
            "reasons": [
                {"code": one.code, "detail": translate(one.detail, language)} for one in verdict.reasons
            ],
            "next_free": other_day and FreeWindow(starts_at=other_day.start, ends_at=other_day.end),
        }
    )


def _money(money: Money | None) -> MoneyRead | None:
    return MoneyRead(amount_minor=money.amount_minor, currency=money.currency) if money else None


def _tariff(tariff: listings.Tariff) -> Tariff:
    return Tariff(
        tariff=tariff.name,
        billing_unit=tariff.billing_unit,
        amount_minor=tariff.price.amount_minor,
        currency=tariff.price.currency,
    )

"""What a booking costs (T14). The two pay between themselves; here it is only counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.kernel.recurrence import local_date
from app.listings.rules.hours import days_and_rest

_HOUR = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)
_WHOLE = 1_000
_HALF = _WHOLE // 2


class TariffName(StrEnum):
    """Whom a tariff is for; `reduced` for recognised organisations."""

    REGULAR = "regular"
    REDUCED = "reduced"


class BillingUnit(StrEnum):
    """What is counted."""

    PER_BOOKING = "per_booking"
    STARTED_HOUR = "started_hour"
    STARTED_24H = "started_24h"
    CALENDAR_DAY = "calendar_day"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price of one unit for one billing unit."""

    name: TariffName
    billing_unit: BillingUnit
    price: Money


class Pricing(StrEnum):
    """How a listing is paid for, if at all."""

    FREE = "free"
    BY_ARRANGEMENT = "by_arrangement"
    TARIFF = "tariff"


@dataclass(frozen=True, slots=True)
class Price:
    """What it comes to. `net` is the tariff's price times units times `count`, `total` is that and the tax.

    All three are None without a tariff, and `vat` where none is shown. The deposit, for all units, stands beside
    the total: it is no part of it, and nothing is taxed that is given back.
    """

    pricing: Pricing
    tariff: Tariff | None = None
    count: int = 0
    net: Money | None = None
    vat_permille: int | None = None
    vat: Money | None = None
    total: Money | None = None
    deposit: Money | None = None


def billing_count(billing_unit: BillingUnit, span: Interval, zone: ZoneInfo) -> int:
    """How many billing units the span is, by the clock of the place where they are days. At least one."""
    # The end is exclusive: back at midnight does not touch the next day.
    days = (local_date(span.end - _INSTANT, zone) - local_date(span.start, zone)).days + 1
    match billing_unit:
        case BillingUnit.PER_BOOKING:
            return 1
        case BillingUnit.STARTED_HOUR:
            return -(-span.duration // _HOUR)
        case BillingUnit.STARTED_24H:
            whole, rest = days_and_rest(span, zone)
            return max(1, whole + bool(rest))
        case BillingUnit.CALENDAR_DAY:
            return days
        case BillingUnit.NIGHT:
            return max(1, days - 1)


def tariff_for(tariffs: Sequence[Tariff], *, recognised: bool) -> Tariff | None:
    """The tariff that applies: a recognised organisation gets the reduced one where there is one."""
    by_name = {tariff.name: tariff for tariff in tariffs}
    reduced = by_name.get(TariffName.REDUCED) if recognised else None
    return reduced or by_name.get(TariffName.REGULAR)


def vat_on(net: Money, permille: int) -> Money:
    """The tax on a sum, rounded half up to the minor unit: once, on the sum, never on its parts."""
    return Money((net.amount_minor * permille + _HALF) // _WHOLE, net.currency)


def price(
    tariffs: Sequence[Tariff] | None,
    deposit: Money | None,
    span: Interval,
    units: int,
    *,
    zone: ZoneInfo,
    recognised: bool,
    vat_permille: int | None = None,
) -> Price:
    """The price of a span: no tariffs at all is free, None is by arrangement; neither is an error.

    Tariffs are net; `vat_permille` None shows no tax.
    """
    deposits = deposit * units if deposit else None
    if tariffs is not None and not tariffs:
        return Price(Pricing.FREE, deposit=deposits)
    tariff = tariff_for(tariffs or (), recognised=recognised)
    if tariff is None:
        return Price(Pricing.BY_ARRANGEMENT, deposit=deposits)
    count = billing_count(tariff.billing_unit, span, zone)
    net = tariff.price * (units * count)
    if vat_permille is None:
        return Price(Pricing.TARIFF, tariff, count, net=net, total=net, deposit=deposits)
    vat = vat_on(net, vat_permille)
    return Price(
        Pricing.TARIFF,
        tariff,
        count,
        net=net,
        vat_permille=vat_permille,
        vat=vat,
        total=net + vat,
        deposit=deposits,
    )

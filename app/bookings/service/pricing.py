"""Another price for a booking: counted by its frozen tariff, or named by the provider and agreed on (T14)."""

from typing import Any
from zoneinfo import ZoneInfo

from app.bookings.service.values import frozen_price
from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.listings import service as listings

Kept = dict[str, Any]
"""The price of a booking as JSON. Where people have agreed on another, `base` is what was counted before."""


def again(kept: Kept, units_before: int, span: Interval, units: int, zone: ZoneInfo) -> Kept:
    """Count the price of another span or other units, by the tariff and tax that were frozen."""
    base = kept.get("base") or kept
    tariff = base.get("unit_price") and listings.Tariff(
        listings.TariffName(base["tariff"]),
        listings.BillingUnit(base["billing_unit"]),
        Money(**base["unit_price"]),
    )
    deposit = base.get("deposit") and Money(**base["deposit"])
    counted = listings.price(
        (tariff,) if tariff else _untariffed(base),
        Money(deposit.amount_minor // units_before, deposit.currency) if deposit else None,
        span,
        units,
        zone=zone,
        recognised=tariff is not None and tariff.name is listings.TariffName.REDUCED,
        vat_permille=base.get("vat_permille"),
    )
    return frozen_price(counted)


def _untariffed(base: Kept) -> tuple[listings.Tariff, ...] | None:
    return () if base.get("pricing") == listings.Pricing.FREE else None


def named(counted: Kept, amount_minor: int, currency: str) -> Kept:
    """Keep the total that the provider names instead of the one that was counted; tax is in it, deposit beside it."""
    base = counted.get("base") or counted
    if not amount_minor:
        nothing = {"total": None, "net": None, "vat": None}
        return counted | nothing | {"pricing": listings.Pricing.FREE, "tariff": None, "base": base}
    permille = counted.get("vat_permille")
    net = (2_000 * amount_minor + 1_000 + (permille or 0)) // (2 * (1_000 + (permille or 0)))  # half up

    def money(amount: int) -> Kept:
        return {"amount_minor": amount, "currency": currency}

    return counted | {
        "pricing": listings.Pricing.BY_ARRANGEMENT,
        "tariff": None,
        "net": money(net),
        "vat": None if permille is None else money(amount_minor - net),
        "total": money(amount_minor),
        "base": base,
    }

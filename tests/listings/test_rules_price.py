"""Counting billing units by the clock of the place, and what a booking comes to."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.kernel.recurrence import instant
from app.listings.rules.price import BillingUnit, Pricing, Tariff, TariffName, billing_count, price

BERLIN = ZoneInfo("Europe/Berlin")
REGULAR = Tariff(TariffName.REGULAR, BillingUnit.STARTED_24H, Money(500, "EUR"))
REDUCED = Tariff(TariffName.REDUCED, BillingUnit.PER_BOOKING, Money(0, "EUR"))


def local_span(start: datetime, end: datetime) -> Interval:
    return Interval(instant(start, BERLIN), instant(end, BERLIN))


WEEKEND = local_span(datetime(2026, 6, 5, 18), datetime(2026, 6, 7, 10))
LONG_NIGHT = local_span(datetime(2026, 10, 24, 18), datetime(2026, 10, 25, 18))
SHORT_NIGHT = local_span(datetime(2026, 3, 28, 18), datetime(2026, 3, 29, 18))


@pytest.mark.parametrize(
    ("billing_unit", "count"),
    [("per_booking", 1), ("started_hour", 40), ("started_24h", 2), ("calendar_day", 3), ("night", 2)],
)
def test_friday_evening_to_sunday_morning(billing_unit: str, count: int) -> None:
    assert billing_count(BillingUnit(billing_unit), WEEKEND, BERLIN) == count


@pytest.mark.parametrize(("span", "hours"), [(LONG_NIGHT, 25), (SHORT_NIGHT, 23)])
def test_from_six_to_six_through_the_change_of_clocks_is_one_day(span: Interval, hours: int) -> None:
    assert span.duration == timedelta(hours=hours)
    assert billing_count(BillingUnit.STARTED_24H, span, BERLIN) == 1
    assert billing_count(BillingUnit.STARTED_HOUR, span, BERLIN) == hours
    assert billing_count(BillingUnit.CALENDAR_DAY, span, BERLIN) == 2
    assert billing_count(BillingUnit.NIGHT, span, BERLIN) == 1


def test_a_minute_more_starts_the_next_day_and_the_next_hour() -> None:
    minute = timedelta(minutes=1)

    assert (
        billing_count(BillingUnit.STARTED_24H, Interval(LONG_NIGHT.start, LONG_NIGHT.end + minute), BERLIN)
        == 2
    )
    assert (
        billing_count(BillingUnit.STARTED_HOUR, Interval(LONG_NIGHT.start, LONG_NIGHT.end + minute), BERLIN)
        == 26
    )


def test_back_at_midnight_does_not_begin_another_day() -> None:
    day = local_span(datetime(2026, 6, 5), datetime(2026, 6, 6))

    assert billing_count(BillingUnit.CALENDAR_DAY, day, BERLIN) == 1
    assert billing_count(BillingUnit.NIGHT, day, BERLIN) == 1


@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)).map(
        lambda day: day.replace(second=0, microsecond=0)
    ),
    st.integers(1, 30),
)
def test_whole_days_on_the_clock_are_so_many_days_whatever_the_clocks_do(start: datetime, days: int) -> None:
    span = local_span(start, start + timedelta(days=days))

    # A start the clocks skip or repeat is another clock time than the one at the end.
    assert billing_count(BillingUnit.STARTED_24H, span, BERLIN) in (
        {days} if start.hour != 2 else {days, days + 1}
    )
    assert billing_count(BillingUnit.NIGHT, span, BERLIN) in (
        {days} if start.time().hour or start.minute else {days, max(1, days - 1)}
    )


def test_total_is_price_times_units_times_count_and_the_deposit_stands_beside_it() -> None:
    cost = price([REGULAR], Money(2000, "EUR"), WEEKEND, 3, zone=BERLIN, recognised=False)

    assert (cost.pricing, cost.tariff, cost.count) == (Pricing.TARIFF, REGULAR, 2)
    assert cost.total == Money(500 * 3 * 2, "EUR")
    assert cost.deposit == Money(6000, "EUR")


def test_recognised_organisations_pay_the_reduced_tariff_where_there_is_one() -> None:
    both = [REGULAR, REDUCED]

    assert price(both, None, WEEKEND, 2, zone=BERLIN, recognised=True).total == Money(0, "EUR")
    assert price(both, None, WEEKEND, 1, zone=BERLIN, recognised=False).tariff == REGULAR
    assert price([REGULAR], None, WEEKEND, 1, zone=BERLIN, recognised=True).tariff == REGULAR


@pytest.mark.parametrize(
    ("tariffs", "pricing"),
    [([], Pricing.FREE), (None, Pricing.BY_ARRANGEMENT), ([REDUCED], Pricing.BY_ARRANGEMENT)],
)
def test_free_and_by_arrangement_have_no_total_and_are_no_error(
    tariffs: list[Tariff] | None, pricing: Pricing
) -> None:
    cost = price(tariffs, Money(1000, "EUR"), WEEKEND, 2, zone=BERLIN, recognised=False)

    assert (cost.pricing, cost.total, cost.deposit) == (pricing, None, Money(2000, "EUR"))

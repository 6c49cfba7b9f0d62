"""Counting billing units by the clock of the place, and what a booking comes to."""

# ruff: noqa: DTZ001 - wall-clock times are naive

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.intervals import Interval
from app.kernel.money import Money
from app.kernel.recurrence import instant
from app.listings.rules.price import (
    BillingUnit,
    Pricing,
    Tariff,
    TariffName,
    billing_count,
    price,
    vat_on,
)

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
def test_t14_friday_evening_to_sunday_morning(billing_unit: str, count: int) -> None:
    assert billing_count(BillingUnit(billing_unit), WEEKEND, BERLIN) == count


@pytest.mark.parametrize(("span", "hours"), [(LONG_NIGHT, 25), (SHORT_NIGHT, 23)])
def test_t14_from_six_to_six_through_the_change_of_clocks_is_one_day(span: Interval, hours: int) -> None:
    assert span.duration == timedelta(hours=hours)
    assert billing_count(BillingUnit.STARTED_24H, span, BERLIN) == 1
    assert billing_count(BillingUnit.STARTED_HOUR, span, BERLIN) == hours
    assert billing_count(BillingUnit.CALENDAR_DAY, span, BERLIN) == 2
    assert billing_count(BillingUnit.NIGHT, span, BERLIN) == 1


def test_t14_a_minute_more_starts_the_next_day_and_the_next_hour() -> None:
    minute = timedelta(minutes=1)

    assert (
        billing_count(BillingUnit.STARTED_24H, Interval(LONG_NIGHT.start, LONG_NIGHT.end + minute), BERLIN)
        == 2
    )
    assert (
        billing_count(BillingUnit.STARTED_HOUR, Interval(LONG_NIGHT.start, LONG_NIGHT.end + minute), BERLIN)
        == 26
    )


def test_t14_back_at_midnight_does_not_begin_another_day() -> None:
    day = local_span(datetime(2026, 6, 5), datetime(2026, 6, 6))

    assert billing_count(BillingUnit.CALENDAR_DAY, day, BERLIN) == 1
    assert billing_count(BillingUnit.NIGHT, day, BERLIN) == 1


@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5)).map(
        lambda day: day.replace(second=0, microsecond=0)
    ),
    st.integers(1, 30),
)
def test_t14_whole_days_on_the_clock_are_so_many_days_whatever_the_clocks_do(
    start: datetime, days: int
) -> None:
    span = local_span(start, start + timedelta(days=days))

    # A start the clocks skip or repeat is another clock time than the one at the end.
    assert billing_count(BillingUnit.STARTED_24H, span, BERLIN) in (
        {days} if start.hour != 2 else {days, days + 1}
    )
    assert billing_count(BillingUnit.NIGHT, span, BERLIN) in (
        {days} if start.time().hour or start.minute else {days, max(1, days - 1)}
    )


def test_t14_total_is_price_times_units_times_count_and_the_deposit_stands_beside_it() -> None:
    cost = price([REGULAR], Money(2000, "EUR"), WEEKEND, 3, zone=BERLIN, recognised=False)

    assert (cost.pricing, cost.tariff, cost.count) == (Pricing.TARIFF, REGULAR, 2)
    assert cost.total == Money(500 * 3 * 2, "EUR")
    assert cost.deposit == Money(6000, "EUR")


def test_t14_recognised_organisations_pay_the_reduced_tariff_where_there_is_one() -> None:
    both = [REGULAR, REDUCED]

    assert price(both, None, WEEKEND, 2, zone=BERLIN, recognised=True).total == Money(0, "EUR")
    assert price(both, None, WEEKEND, 1, zone=BERLIN, recognised=False).tariff == REGULAR
    assert price([REGULAR], None, WEEKEND, 1, zone=BERLIN, recognised=True).tariff == REGULAR


@pytest.mark.parametrize(
    ("tariffs", "pricing"),
    [([], Pricing.FREE), (None, Pricing.BY_ARRANGEMENT), ([REDUCED], Pricing.BY_ARRANGEMENT)],
)
def test_t14_free_and_by_arrangement_have_no_total_and_are_no_error(
    tariffs: list[Tariff] | None, pricing: Pricing
) -> None:
    cost = price(tariffs, Money(1000, "EUR"), WEEKEND, 2, zone=BERLIN, recognised=False)

    assert (cost.pricing, cost.total, cost.deposit) == (pricing, None, Money(2000, "EUR"))


# The slow way to count: look at every quarter of an hour, as somebody with a clock and a calendar would.
QUARTER = timedelta(minutes=15)


def counted_slowly(billing_unit: BillingUnit, span: Interval) -> int:
    quarters = []
    moment = span.start
    while moment < span.end:
        quarters.append(moment)
        moment += QUARTER
    dates = {moment.astimezone(BERLIN).date() for moment in quarters}
    match billing_unit:
        case BillingUnit.PER_BOOKING:
            return 1
        case BillingUnit.STARTED_HOUR:
            return sum(1 for number in range(len(quarters)) if number % 4 == 0)
        case BillingUnit.CALENDAR_DAY:
            return len(dates)
        case BillingUnit.NIGHT:
            return max(1, len(dates) - 1)
        case BillingUnit.STARTED_24H:
            days = 0
            wall = span.start.astimezone(BERLIN).replace(tzinfo=None, fold=0)
            # Each day begins when the clocks show the time of the start again.
            while days == 0 or instant(wall + timedelta(days=days), BERLIN) < span.end:
                days += 1
            return days


AROUND_BOTH_CHANGES = st.datetimes(datetime(2026, 3, 24), datetime(2026, 3, 31)) | st.datetimes(
    datetime(2026, 10, 20), datetime(2026, 10, 27)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BillingUnit), AROUND_BOTH_CHANGES, st.integers(1, 8 * 96))
def test_t14_every_count_is_what_a_slow_look_at_clock_and_calendar_finds(
    billing_unit: BillingUnit, start: datetime, quarters: int
) -> None:
    begins = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0, tzinfo=UTC)
    # A start in the hour that comes twice shows a time that recurs an hour earlier; the fold has its own test.
    if begins == datetime(2026, 10, 25, 1, begins.minute, tzinfo=UTC):
        begins += timedelta(hours=1)
    span = Interval(begins, begins + quarters * QUARTER)

    assert billing_count(billing_unit, span, BERLIN) == counted_slowly(billing_unit, span)


def test_t14_a_start_in_the_second_half_past_two_has_its_first_day_until_half_past_two() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    tomorrow = datetime(2026, 10, 26, 1, 30, tzinfo=UTC)

    assert billing_count(BillingUnit.STARTED_24H, Interval(second, tomorrow), BERLIN) == 1
    assert billing_count(BillingUnit.STARTED_24H, Interval(second, tomorrow + QUARTER), BERLIN) == 2


def test_t14_the_tax_stands_beside_the_net_price_and_the_total_is_both() -> None:
    cost = price([REGULAR], Money(2000, "EUR"), WEEKEND, 3, zone=BERLIN, recognised=False, vat_permille=190)

    assert (cost.net, cost.vat, cost.total) == (Money(3000, "EUR"), Money(570, "EUR"), Money(3570, "EUR"))
    assert cost.deposit == Money(6000, "EUR")


def test_t14_where_no_tax_is_declared_none_is_shown_and_the_total_is_the_net_price() -> None:
    cost = price([REGULAR], None, WEEKEND, 1, zone=BERLIN, recognised=False)

    assert (cost.net, cost.vat_permille, cost.vat, cost.total) == (
        Money(1000, "EUR"), None, None, Money(1000, "EUR"),
    )  # fmt: skip


def test_t14_a_tax_of_nothing_is_shown_as_nothing() -> None:
    cost = price([REGULAR], None, WEEKEND, 1, zone=BERLIN, recognised=False, vat_permille=0)

    assert (cost.vat, cost.total) == (Money(0, "EUR"), Money(1000, "EUR"))


@pytest.mark.parametrize(
    ("net", "permille", "vat"),
    [(1, 190, 0), (2, 190, 0), (3, 190, 1), (250, 190, 48), (50, 70, 4), (50, 190, 10), (0, 190, 0), (999, 1000, 999)],
)  # fmt: skip
def test_t14_half_a_cent_is_rounded_up(net: int, permille: int, vat: int) -> None:
    assert vat_on(Money(net, "EUR"), permille) == Money(vat, "EUR")


def test_t14_the_tax_is_rounded_once_on_the_sum() -> None:
    cheap = Tariff(TariffName.REGULAR, BillingUnit.PER_BOOKING, Money(3, "EUR"))

    cost = price([cheap], None, WEEKEND, 100, zone=BERLIN, recognised=False, vat_permille=190)

    assert cost.vat == Money(57, "EUR")  # rounded for each of them it would be 100


@given(st.integers(0, 10**9), st.integers(0, 1_000))
@settings(max_examples=50)
def test_t14_the_tax_is_off_by_half_a_cent_at_most(net: int, permille: int) -> None:
    vat = vat_on(Money(net, "EUR"), permille).amount_minor

    assert -500 < vat * 1_000 - net * permille <= 500


def test_t14_yen_have_no_cents_and_are_rounded_to_whole_ones() -> None:
    assert vat_on(Money(155, "JPY"), 100) == Money(16, "JPY")


@pytest.mark.parametrize(
    ("end", "days", "nights"),
    [
        (datetime(2026, 6, 6), 1, 1),
        (datetime(2026, 6, 6, 0, 15), 2, 1),
        (datetime(2026, 6, 7), 2, 1),
        (datetime(2026, 6, 7, 0, 15), 3, 2),
    ],
)
def test_t14_a_day_and_a_night_begin_just_after_midnight(end: datetime, days: int, nights: int) -> None:
    span = local_span(datetime(2026, 6, 5, 18), end)

    assert billing_count(BillingUnit.CALENDAR_DAY, span, BERLIN) == days
    assert billing_count(BillingUnit.NIGHT, span, BERLIN) == nights


def test_t14_an_hour_by_day_is_a_night_when_only_nights_are_billed() -> None:
    span = local_span(datetime(2026, 6, 5, 10), datetime(2026, 6, 5, 11))

    assert billing_count(BillingUnit.NIGHT, span, BERLIN) == 1

from decimal import Decimal

import pytest

from app.kernel.money import Money


def test_amounts_of_one_currency_add_up_and_multiply() -> None:
    assert Money(1250, "EUR") + Money(50, "EUR") * 3 == Money(1400, "EUR")


def test_amounts_of_two_currencies_do_not() -> None:
    with pytest.raises(ValueError, match="EUR and CHF"):
        Money(1, "EUR") + Money(1, "CHF")


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "12.50"), ("JPY", "1250"), ("KWD", "1.250"), ("CLF", "0.1250")]
)
def test_the_minor_unit_is_the_one_of_iso_4217(currency: str, amount: str) -> None:
    assert Money(1250, currency).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"), [(1.5, "EUR"), (True, "EUR"), (1, "eur"), (1, "EURO"), (1, "")]
)
def test_halves_of_cents_and_unknown_shapes_of_currency_are_refused(amount: int, currency: str) -> None:
    with pytest.raises(ValueError):
        Money(amount, currency)

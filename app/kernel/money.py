"""Money: whole minor units of one currency. Pure; no floats, no conversion, no division."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_CODE: Final = re.compile(r"[A-Z]{3}")

# ISO 4217: how many decimals the minor unit has, where it is not two.
_EXPONENTS: Final = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of a currency (ISO 4217). Anything but a whole number is refused."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise ValueError("An amount of money is a whole number of minor units.")
        if not _CODE.fullmatch(self.currency):
            raise ValueError("A currency is three capital letters (ISO 4217).")

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added.")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount_minor * times, self.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's major unit, exactly."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

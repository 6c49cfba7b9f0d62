"""How times, amounts and names are said on a contract, in one language and by the clocks of one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from app.kernel.languages import translate
from app.kernel.money import Money
from app.kernel.text import Message, message

_LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
_WHEN: Final = {"de": "EEEE, d. MMMM y, HH:mm", "en": "EEEE, d MMMM y, HH:mm"}
_SHORTLY: Final = {"de": "dd.MM.yyyy, HH:mm", "en": "dd/MM/yyyy, HH:mm"}


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language, and times in one zone."""

    language: str
    zone: ZoneInfo

    def at(self, zone: str) -> "Words":
        """The same words by the clocks of another place."""
        return Words(self.language, ZoneInfo(zone))

    def say(self, sentence: Message, **values: object) -> str:
        return translate(Message(sentence.text, {**sentence.values, **values}), self.language)

    @property
    def _locale(self) -> str:
        return _LOCALES.get(self.language, self.language)

    def when(self, moment: datetime) -> str:
        """A moment by the clocks of the place, with the zone they follow."""
        pattern = _WHEN.get(self.language, _WHEN["en"])
        shown = format_datetime(moment, pattern, tzinfo=self.zone, locale=self._locale)
        zone = format_datetime(moment, "zzz", tzinfo=self.zone, locale=self._locale)
        return self.say(message("{time} ({zone})"), time=shown, zone=zone)

    def shortly(self, moment: datetime) -> str:
        pattern = _SHORTLY.get(self.language, _SHORTLY["en"])
        return format_datetime(moment, pattern, tzinfo=self.zone, locale=self._locale)

    def day(self, moment: datetime) -> str:
        return format_date(moment.astimezone(self.zone).date(), "long", locale=self._locale)

    def number(self, number: float) -> str:
        return format_decimal(number, locale=self._locale)

    def money(self, amount: Mapping[str, Any]) -> str:
        money = Money(amount["amount_minor"], amount["currency"])
        return format_currency(money.amount, money.currency, locale=self._locale)

    def sum(self, amounts: Iterable[Mapping[str, Any]]) -> str:
        """All of them together; amounts of different currencies stay beside each other."""
        by_currency: dict[str, int] = {}
        for amount in amounts:
            currency = amount["currency"]
            by_currency[currency] = by_currency.get(currency, 0) + amount["amount_minor"]
        return " + ".join(
            self.money({"amount_minor": minor, "currency": currency})
            for currency, minor in by_currency.items()
        )

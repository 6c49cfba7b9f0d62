"""What a contract says, in somebody's language: from its data to the sentences that stand on the paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from app.bookings.service.contract.content import moment
from app.kernel.languages import translate
from app.kernel.money import Money
from app.kernel.text import Message, message

_LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_NOTHING: Final = "\N{EN DASH}"
_WHEN: Final = "EEEE, d. MMMM y, HH:mm"


class Form(StrEnum):
    """What kind of contract it is by law (BGB)."""

    LOAN = "loan"
    RENTAL = "rental"
    MANDATE = "mandate"
    SERVICE = "service"


TITLES: Final[Mapping[Form, Message]] = {
    Form.LOAN: message("Loan contract"),
    Form.RENTAL: message("Rental contract"),
    Form.MANDATE: message("Agreement on help"),
    Form.SERVICE: message("Service contract"),
}
_LAW: Final[Mapping[Form, Message]] = {
    Form.LOAN: message("Lent free of charge (Leihvertrag, § 598 BGB)"),
    Form.RENTAL: message("Let for a charge (Mietvertrag, § 535 BGB)"),
    Form.MANDATE: message("Given free of charge (Auftrag, § 662 BGB)"),
    Form.SERVICE: message("Given for a charge (Dienstvertrag, § 611 BGB)"),
}
_UNITS: Final[Mapping[str, Message]] = {
    "per_booking": message("per booking"),
    "started_hour": message("per started hour"),
    "started_24h": message("per started 24 hours"),
    "calendar_day": message("per calendar day"),
    "night": message("per night"),
}
_TARIFFS: Final[Mapping[str, Message]] = {
    "regular": message("Regular tariff"),
    "reduced": message("Reduced tariff"),
}
_RECORDS: Final[Mapping[str, Message]] = {
    "hand_over": message("Hand-over"),
    "return": message("Return"),
}


def form_of(data: Mapping[str, Any]) -> Form:
    """A loan while nothing at all is paid; with any charge, or one still to be arranged, a rental.

    Help and know-how are neither lent nor let.
    """
    price = data["price"]
    total = price["total"]
    is_free = price["pricing"] != "by_arrangement" if total is None else total["amount_minor"] == 0
    if data["kind"] in ("time", "know_how"):
        return Form.MANDATE if is_free else Form.SERVICE
    return Form.LOAN if is_free else Form.RENTAL


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language, and times in one zone."""

    language: str
    zone: ZoneInfo

    def say(self, sentence: Message, **values: object) -> str:
        return translate(Message(sentence.text, {**sentence.values, **values}), self.language)

    @property
    def locale(self) -> str:
        return _LOCALES.get(self.language, self.language)

    def when(self, moment: datetime) -> str:
        """A moment by the clocks of the place, with the zone they follow."""
        pattern = _WHEN if self.language == "de" else _WHEN.replace("d.", "d")
        shown = format_datetime(moment, pattern, tzinfo=self.zone, locale=self.locale)
        zone = format_datetime(moment, "zzz", tzinfo=self.zone, locale=self.locale)
        return self.say(message("{time} ({zone})"), time=shown, zone=zone)

    def shortly(self, moment: datetime) -> str:
        return format_datetime(moment, "short", tzinfo=self.zone, locale=self.locale)

    def day(self, moment: datetime) -> str:
        return format_date(moment.astimezone(self.zone).date(), "long", locale=self.locale)

    def money(self, amount: Mapping[str, Any]) -> str:
        money = Money(amount["amount_minor"], amount["currency"])
        return format_currency(money.amount, money.currency, locale=self.locale)


def paper(
    data: Mapping[str, Any], *, version: int, digest: str, made_at: datetime, language: str, issuer: str
) -> dict[str, Any]:
    """Everything that stands on the paper, as the template takes it."""
    words = Words(language, ZoneInfo(data["zone"]))
    form = form_of(data)
    title = words.say(TITLES[form])
    return {
        "language": language,
        "title": title,
        "document_title": f"{title}: {data['title']}",
        "author": issuer,
        "keywords": [digest],
        "issuer": issuer,
        "law": words.say(_LAW[form]),
        "parties": [
            _party(words, message("Provider"), data["provider"]),
            _party(words, message("Borrower"), data["borrower"]),
        ],
        "matter": {"heading": words.say(message("What, where and when")), "facts": _matter(words, data)},
        "price": _price(words, data, form),
        "terms": _terms(words, data),
        "signing": {
            "heading": words.say(message("Signatures")),
            "lines": [
                words.say(message("Place, date, provider")),
                words.say(message("Place, date, borrower")),
            ],
        },
        "records": _records(words, data, form),
        "note": words.say(
            message("{issuer} brought the two together and is not a party to this contract."), issuer=issuer
        ),
        "foot": {
            "version": words.say(
                message("Version {version} of {date}"), version=version, date=words.day(made_at)
            ),
            "page": words.say(message("Page {page} of {pages}"), page="%1", pages="%2"),
            "digest": digest,
        },
    }


def _party(words: Words, role: Message, party: Mapping[str, Any]) -> dict[str, Any]:
    """Who it is and how to reach them; a postal address that nobody gave is left to be written in."""
    facts = [
        (message("Represented by"), party["represented_by"]),
        (message("E-mail"), party["email"]),
        (message("Phone"), party["phone"]),
    ]
    told = [[words.say(label), value] for label, value in facts if value]
    return {
        "role": words.say(role),
        "name": party["name"],
        "facts": [*told, [words.say(message("Address")), party["address"] or ""]],
    }


def _matter(words: Words, data: Mapping[str, Any]) -> list[list[str]]:
    place = data["place"]
    town = " ".join(part for part in (place["postal_code"], place["locality"]) if part)
    where = ", ".join(part for part in (place["street"], town) if part)
    starts_at, ends_at = moment(data["starts_at"]), moment(data["ends_at"])
    cancel_until = moment(data["cancel_until"])
    in_time = message("Free of consequences until {time}; after that it counts as late.")
    facts = [
        (message("What"), data["title"]),
        (message("How many"), format_decimal(data["units"], locale=words.locale)),
        (message("Where"), "\n".join(part for part in (where, place["note"]) if part)),
        (message("From"), words.when(starts_at)),
        (message("Until"), words.when(ends_at)),
        (message("Condition agreed"), data["condition"]),
        (message("Cancelling"), words.say(in_time, time=words.when(cancel_until))),
    ]
    return [[words.say(label), value] for label, value in facts if value]


def _price(words: Words, data: Mapping[str, Any], form: Form) -> dict[str, Any]:
    price = data["price"]
    total, deposit = price["total"], price["deposit"]
    rows: list[list[str]] = []
    totals: list[list[str]] = []
    if total is not None and total["amount_minor"]:
        sentence = message("The borrower pays the provider:")
        rows = _lines(words, price, data["units"], total)
        totals = _with_vat(words, price)
    elif form in (Form.LOAN, Form.MANDATE):
        sentence = message("Nothing is paid for it.")
    else:
        sentence = message(
            "The price is by arrangement between the two: ____________. If nothing is paid, § 598 BGB (loan) holds."
        )
        total = None
    beside = [[words.say(message("Deposit")), _deposit(words, deposit)]] if deposit else []
    return {
        "heading": words.say(message("Price")),
        "sentence": words.say(sentence),
        "head": [
            words.say(label)
            for label in (message("For"), message("Quantity"), message("Each"), message("Amount"))
        ],
        "rows": rows,
        "totals": totals,
        "total": [words.say(message("To be paid")), words.money(total) if total else ""],
        "beside": beside,
    }


def _lines(words: Words, price: Mapping[str, Any], units: int, total: Mapping[str, Any]) -> list[list[str]]:
    """What is charged for: the tariff by its billing unit, or an amount that the two agreed."""
    net, each = price["net"] or total, price["unit_price"]
    if each is None or price["tariff"] is None:
        return [[words.say(message("As agreed")), "1", words.money(net), words.money(net)]]
    tariff, unit = _TARIFFS.get(price["tariff"]), _UNITS.get(price["billing_unit"] or "")
    name = ", ".join(words.say(part) for part in (tariff, unit) if part)
    return [[name, f"{units} {_TIMES} {price['count']}", words.money(each), words.money(net)]]


def _with_vat(words: Words, price: Mapping[str, Any]) -> list[list[str]]:
    if price["vat_permille"] is None or price["net"] is None or price["vat"] is None:
        return []
    rate = format_decimal(price["vat_permille"] / 10, locale=words.locale)
    return [
        [words.say(message("Net")), words.money(price["net"])],
        [words.say(message("VAT {rate} %"), rate=rate), words.money(price["vat"])],
    ]


def _deposit(words: Words, deposit: Mapping[str, Any]) -> str:
    return words.say(
        message("{amount}, given back at the return; no part of the price"), amount=words.money(deposit)
    )


def _terms(words: Words, data: Mapping[str, Any]) -> list[dict[str, str]]:
    parts = [
        (message("Terms of the provider"), data["terms"]),
        (message("Further agreements"), data["contract_text"]),
    ]
    return [{"heading": words.say(heading), "text": text} for heading, text in parts if text]


def _records(words: Words, data: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """What was written down at the hand-over and the return; empty fields for what is not there yet."""
    if form in (Form.MANDATE, Form.SERVICE):
        return {"heading": "", "head": [], "rows": []}
    rows = [_record(words, record) for record in data["records"]]
    known = {record["kind"] for record in data["records"]}
    rows += [[words.say(name), "", "", "", "", ""] for kind, name in _RECORDS.items() if kind not in known]
    head = (message("Step"), message("When"), message("How many"), message("Condition"), message("Deposit"))
    return {
        "heading": words.say(message("Record of hand-over and return")),
        "head": [*(words.say(label) for label in head), words.say(message("Signatures"))],
        "rows": rows,
    }


def _record(words: Words, record: Mapping[str, Any]) -> list[str]:
    deposit = words.money(record["deposit"]) if record["deposit"] else _NOTHING
    if record["kept_reason"]:
        deposit = words.say(message("{amount} kept: {reason}"), amount=deposit, reason=record["kept_reason"])
    confirmed = record["acknowledged_at"]
    return [
        words.say(_RECORDS[record["kind"]]),
        words.shortly(moment(record["recorded_at"])),
        str(record["units"]),
        record["condition"] or _NOTHING,
        deposit,
        words.say(message("Confirmed on {time}"), time=words.shortly(moment(confirmed)))
        if confirmed
        else words.say(_RECORDED_BY[record["role"]]),
    ]


_RECORDED_BY: Final[Mapping[str, Message]] = {
    "provider": message("Recorded by the provider"),
    "borrower": message("Recorded by the borrower"),
    "clock": message("Nobody objected"),
    "moderator": message("Recorded by a moderator"),
}

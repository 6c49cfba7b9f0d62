"""What a contract says about money: each line, tax by its rate, the sum, and the deposit beside it (T14)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.bookings.service.contract.words import Words
from app.kernel.text import Message, message

_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_NOTHING: Final = "\N{EN DASH}"
_OPEN: Final = "________"

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

Item = Mapping[str, Any]


def is_free(item: Item) -> bool:
    """Whether nothing at all is paid; what is still to be arranged may be something."""
    total = item["price"]["total"]
    if total is None:
        return bool(item["price"]["pricing"] != "by_arrangement")
    return bool(total["amount_minor"] == 0)


def charges(words: Words, items: Sequence[Item]) -> dict[str, Any]:
    """The part of the paper about money."""
    deposits = [item["price"]["deposit"] for item in items if item["price"]["deposit"]]
    beside = [[words.say(message("Deposit")), _deposit(words, deposits)]] if deposits else []
    priced = [item for item in items if item["price"]["total"]]
    part = {
        "heading": words.say(message("Price")),
        "head": [words.say(label) for label in _HEAD],
        "rows": [],
        "totals": [],
        "total": ["", ""],
        "beside": beside,
    }
    if all(is_free(item) for item in items):
        return part | {"sentence": words.say(message("Nothing is paid for it."))}
    if not priced:
        return part | {"sentence": words.say(_BY_ARRANGEMENT)}
    return part | {
        "sentence": words.say(message("The borrower pays the provider:")),
        "rows": [_line(words, item, named=len(items) > 1) for item in items],
        "totals": _with_vat(words, priced),
        "total": [
            words.say(message("To be paid")),
            words.sum(item["price"]["total"] for item in priced),
        ],
    }


_HEAD: Final = (message("For"), message("Quantity"), message("Each"), message("Amount"))
_BY_ARRANGEMENT: Final = message(
    "The price is by arrangement between the two: ____________. If nothing is paid, § 598 BGB (loan) holds."
)


def _line(words: Words, item: Item, *, named: bool) -> list[str]:
    """What is charged for: the tariff by its billing unit, or an amount that the two agreed."""
    price = item["price"]
    if is_free(item):
        what, rest = words.say(message("Free of charge")), [_NOTHING] * 3
    elif price["total"] is None:
        what, rest = words.say(message("By arrangement")), [_NOTHING, _NOTHING, _OPEN]
    else:
        what, rest = _charge(words, item)
    return [f"{item['title']}: {what}" if named else what, *rest]


def _charge(words: Words, item: Item) -> tuple[str, list[str]]:
    price = item["price"]
    net = words.money(price["net"] or price["total"])
    if price["unit_price"] is None or price["tariff"] is None:
        return words.say(message("As agreed")), ["1", net, net]
    parts = (_TARIFFS.get(price["tariff"]), _UNITS.get(price["billing_unit"] or ""))
    what = ", ".join(words.say(part) for part in parts if part)
    return what, [f"{item['units']} {_TIMES} {price['count']}", words.money(price["unit_price"]), net]


def _with_vat(words: Words, priced: Sequence[Item]) -> list[list[str]]:
    taxed = [
        item["price"] for item in priced if item["price"]["vat"] and item["price"]["vat_permille"] is not None
    ]
    if not taxed:
        return []
    nets = (item["price"]["net"] or item["price"]["total"] for item in priced)
    rates = sorted({price["vat_permille"] for price in taxed})
    return [
        [words.say(message("Net")), words.sum(nets)],
        *(
            [
                words.say(message("VAT {rate} %"), rate=words.number(rate / 10)),
                words.sum(price["vat"] for price in taxed if price["vat_permille"] == rate),
            ]
            for rate in rates
        ),
    ]


def _deposit(words: Words, deposits: Sequence[Mapping[str, Any]]) -> str:
    said = message("{amount}, given back at the return; no part of the price")
    return words.say(said, amount=words.sum(deposits))

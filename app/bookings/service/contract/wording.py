"""What a contract says, in somebody's language: from its data to the sentences that stand on the paper."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.bookings.service.contract.charges import Item, charges, is_free
from app.bookings.service.contract.content import moment
from app.bookings.service.contract.words import Words
from app.kernel.text import Message, message

_NOTHING: Final = "\N{EN DASH}"
MOST_RECORDS: Final = 100
"""How many steps stand on one paper, which has to be made while somebody waits."""
_HELP: Final = frozenset({"time", "know_how"})


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
_RECORDS: Final[Mapping[str, Message]] = {
    "hand_over": message("Hand-over"),
    "return": message("Return"),
}
_RECORDED_BY: Final[Mapping[str, Message]] = {
    "provider": message("Recorded by the provider"),
    "borrower": message("Recorded by the borrower"),
    "clock": message("Nobody objected"),
    "moderator": message("Recorded by a moderator"),
}


def form_of(data: Mapping[str, Any]) -> Form:
    """A loan while nothing at all is paid; with any charge, or one still to be arranged, a rental.

    Help and know-how are neither lent nor let.
    """
    free = all(is_free(item) for item in data["items"])
    if all(item["kind"] in _HELP for item in data["items"]):
        return Form.MANDATE if free else Form.SERVICE
    return Form.LOAN if free else Form.RENTAL


def paper(
    data: Mapping[str, Any], *, version: int, digest: str, made_at: datetime, language: str, issuer: str
) -> dict[str, Any]:
    """Everything that stands on the paper, as the template takes it."""
    items = data["items"]
    words = Words(language, ZoneInfo(items[0]["zone"]))
    form = form_of(data)
    title = words.say(TITLES[form])
    no_party = message("{issuer} brought the two together and is not a party to this contract.")
    return {
        "language": language,
        "title": title,
        "document_title": f"{title}: {', '.join(item['title'] for item in items)}",
        "author": issuer,
        "keywords": [digest],
        "issuer": issuer,
        "law": words.say(_LAW[form]),
        "parties": [
            _party(words, message("Provider"), data["provider"]),
            _party(words, message("Borrower"), data["borrower"]),
        ],
        "matter": {
            "heading": words.say(message("What, where and when")),
            "items": [_matter(words.at(item["zone"]), item) for item in items],
        },
        "price": charges(words, items),
        "terms": _terms(words, items),
        "signing": {
            "heading": words.say(message("Signatures")),
            "lines": [
                words.say(message("Place, date, provider")),
                words.say(message("Place, date, borrower")),
            ],
        },
        "records": _records(words, items),
        "note": words.say(no_party, issuer=issuer),
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


def _matter(words: Words, item: Item) -> list[list[str]]:
    place = item["place"]
    town = " ".join(part for part in (place["postal_code"], place["locality"]) if part)
    where = ", ".join(part for part in (place["street"], town) if part)
    in_time = message("Free of consequences until {time}, late after that.")
    facts = [
        (message("What"), item["title"]),
        (message("How many"), words.number(item["units"])),
        (message("Where"), "\n".join(part for part in (where, place["note"]) if part)),
        (message("From"), words.when(moment(item["starts_at"]))),
        (message("Until"), words.when(moment(item["ends_at"]))),
        (message("Condition agreed"), item["condition"]),
        (message("Cancelling"), words.say(in_time, time=words.when(moment(item["cancel_until"])))),
    ]
    return [[words.say(label), value] for label, value in facts if value]


def _terms(words: Words, items: list[Item]) -> list[dict[str, str]]:
    """Terms and further agreements, each said once, with the thing they are about where there are several."""
    parts: dict[tuple[str, str], list[str]] = {}
    for item in items:
        for heading, text in (
            (words.say(message("Terms of the provider")), item["terms"]),
            (words.say(message("Further agreements")), item["contract_text"]),
        ):
            if text:
                parts.setdefault((heading, text), []).append(item["title"])
    return [
        {"heading": heading if len(about) == len(items) else f"{heading}: {', '.join(about)}", "text": text}
        for (heading, text), about in parts.items()
    ]


def _records(words: Words, items: list[Item]) -> dict[str, Any]:
    """What was written down at the hand-over and the return; empty fields for what is not there yet."""
    rows: list[list[str]] = []
    for item in items:
        if item["kind"] in _HELP:
            continue
        about = f"\n{item['title']}" if len(items) > 1 else ""
        here = words.at(item["zone"])
        rows += [_record(here, record, about) for record in item["records"]]
        known = {record["kind"] for record in item["records"]}
        rows += [
            [words.say(name) + about, "", "", "", "", ""]
            for kind, name in _RECORDS.items()
            if kind not in known
        ]
    left_out = len(rows) - MOST_RECORDS
    if left_out > 0:
        more = words.say(message("And {count} more, which stand in the bookings."), count=left_out)
        rows = [*rows[:MOST_RECORDS], [more, "", "", "", "", ""]]
    head = (message("Step"), message("When"), message("How many"), message("Condition"), message("Deposit"))
    return {
        "heading": words.say(message("Record of hand-over and return")),
        "head": [*(words.say(label) for label in head), words.say(message("Signatures"))],
        "rows": rows,
    }


def _record(words: Words, record: Mapping[str, Any], about: str) -> list[str]:
    confirmed = record["acknowledged_at"]
    photos = [words.say(message("{count} photos"), count=record["photos"])] if record["photos"] else []
    return [
        words.say(_RECORDS[record["kind"]]) + about,
        words.shortly(moment(record["recorded_at"])),
        str(record["units"]),
        "\n".join([record["condition"] or _NOTHING, *photos]),
        _deposit(words, record),
        words.say(message("Confirmed on {time}"), time=words.shortly(moment(confirmed)))
        if confirmed
        else words.say(_RECORDED_BY[record["role"]]),
    ]


def _deposit(words: Words, record: Mapping[str, Any]) -> str:
    deposit = record["deposit"]
    if deposit is None:
        return _NOTHING
    if not record["kept_minor"]:
        return words.money(deposit)
    kept = words.money(deposit | {"amount_minor": record["kept_minor"]})
    said = message("{amount}, of which kept: {kept} {reason}")
    return words.say(said, amount=words.money(deposit), kept=kept, reason=record["kept_reason"] or "").strip()

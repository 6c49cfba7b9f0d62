"""The town as values: who lives there, what they share, what they need, who borrows what.

Sentences and names stand in `content/*.toml`; the seed decides who lives where, owns what and borrows what.
The same seed gives the same town. Nothing here knows a database.
"""

import datetime as dt
import random
import tomllib
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from app.demo.hours import Window, first_open, parse_hours

_JITTER: Final = 0.004  # degrees: people live up to some 400 m from the middle of their district
# What NFKD leaves whole (đ, dotless i, ł), and what Germans write in two letters.
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "đ": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "ł": "l"}
)


@dataclass(frozen=True, slots=True)
class Address:
    """A door in Leipzig, with its point in degrees."""

    street: str
    postal_code: str
    district: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Person:
    """A resident; `key` is how the rest of the town refers to them."""

    key: str
    name: str
    email: str
    address: Address
    hours: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """A body of the town, with the keys of its owner and of those who help."""

    key: str
    name: str
    form: str
    text: str
    recognised: bool
    address: Address
    hours: tuple[Window, ...]
    owner: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price in cents for one billing unit."""

    tariff: str
    billing_unit: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Listing:
    """An offer. `tariffs` empty: free of charge; None: by arrangement. `details` are those of its kind."""

    title: str
    kind: str
    category: str
    text: str
    tags: tuple[str, ...]
    owner: str
    units: int
    tariffs: tuple[Tariff, ...] | None
    deposit_minor: int | None
    audience: str
    address: Address
    hours: tuple[Window, ...]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Want:
    """Something needed, beginning so many days from today at ten in the morning."""

    title: str
    kind: str
    category: str
    text: str
    owner: str
    units: int
    days: int
    hours: int
    address: Address


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a loan. `when` counts days from today, or says "start" or "end" of the loan."""

    when: int | str
    action: str
    side: str


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan to play, in the name of an organisation or of the borrower alone."""

    listing: str
    borrower: str
    organisation: str | None
    units: int
    message: str
    begins: int
    days: int
    steps: tuple[Step, ...]

    def span(
        self, hours: Sequence[Window], today: dt.date, closed_on: Container[dt.date] = frozenset()
    ) -> tuple[dt.datetime, dt.datetime]:
        """Local wall times of pick-up and return: the openings of the first windows that fit."""
        first, pick_up = first_open(hours, today + dt.timedelta(days=self.begins), closed_on)
        last, bring_back = first_open(hours, first + dt.timedelta(days=self.days), closed_on)
        return dt.datetime.combine(first, pick_up.opens), dt.datetime.combine(last, bring_back.opens)


@dataclass(frozen=True, slots=True)
class Town:
    """Everything there is, in an order in which it can be brought to life.

    The first of the people looks after the instance, and so belongs to no organisation that they decide on.
    """

    people: tuple[Person, ...]
    organisations: tuple[Organisation, ...]
    listings: tuple[Listing, ...]
    wants: tuple[Want, ...]
    loans: tuple[Loan, ...]

    @property
    def admin(self) -> Person:
        return self.people[0]


def town(seed: int) -> Town:
    """The town of this seed."""
    draw = random.Random(seed)  # noqa: S311 - a believable town needs repeatable chance, not secret chance
    people = _people(draw)
    organisations = _organisations(draw, people[1:])
    owners: dict[str, Person | Organisation] = {person.key: person for person in people}
    owners |= {organisation.key: organisation for organisation in organisations}
    listings = tuple(
        _listing(kind, entry, owners[entry.get("owner") or draw.choice(people).key])
        for kind, name in _OFFERS.items()
        for entry in _content(name)["listings"]
    )
    wants = tuple(
        _want(entry, owners[entry.get("owner") or draw.choice(people).key])
        for entry in _content("wants")["wants"]
    )
    providers = {listing.title: listing.owner for listing in listings}
    loans = tuple(
        _loan(draw, entry, people, {it.key: it for it in organisations}, providers[entry["listing"]])
        for entry in _content("loans")["loans"]
    )
    return Town(people, organisations, listings, wants, loans)


_OFFERS: Final = {"equipment": "equipment", "space": "spaces", "know_how": "know_how", "time": "time"}
_DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "equipment": (),
    "space": ("capacity", "area", "furnishings", "overnight"),
    "know_how": ("topics", "level", "form"),
    "time": ("tasks", "asks"),
}


@cache
def _content(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "content" / f"{name}.toml").read_text("utf-8"))


def _address(draw: random.Random, district: Mapping[str, Any]) -> Address:
    return Address(
        street=f"{draw.choice(district['streets'])} {draw.randint(1, 90)}",
        postal_code=district["postal_code"],
        district=district["name"],
        lat=round(district["lat"] + draw.uniform(-_JITTER, _JITTER), 6),
        lon=round(district["lon"] + draw.uniform(-_JITTER, _JITTER), 6),
    )


def _people(draw: random.Random) -> tuple[Person, ...]:
    content = _content("people")
    names = [
        f"{given} {family}"
        for group in content["groups"]
        for given, family in zip(
            draw.sample(group["given"], group["draw"]),
            draw.sample(group["family"], group["draw"]),
            strict=True,
        )
    ]
    return tuple(
        Person(
            key=_mail_name(name),
            name=name,
            email=f"{_mail_name(name)}@example.org",
            address=_address(draw, draw.choice(_content("districts")["districts"])),
            hours=parse_hours(draw.choice(content["hours"])),
        )
        for name in names
    )


def _mail_name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).lower().translate(_LETTERS))
    return plain.encode("ascii", "ignore").decode().replace(" ", ".")


def _organisations(draw: random.Random, people: Sequence[Person]) -> tuple[Organisation, ...]:
    districts = {district["name"]: district for district in _content("districts")["districts"]}
    entries = _content("organisations")["organisations"]
    owners = draw.sample(people, len(entries))
    return tuple(
        Organisation(
            key=entry["key"],
            name=entry["name"],
            form=entry["form"],
            text=entry["text"],
            recognised=entry["recognised"],
            address=_address(draw, districts[entry["district"]]),
            hours=parse_hours(entry["open"]),
            owner=owner.key,
            members=tuple(it.key for it in draw.sample(people, draw.randint(1, 3)) if it is not owner),
        )
        for entry, owner in zip(entries, owners, strict=True)
    )


def _listing(kind: str, entry: Mapping[str, Any], owner: Person | Organisation) -> Listing:
    return Listing(
        title=entry["title"],
        kind=kind,
        category=entry["category"],
        text=entry["text"],
        tags=tuple(entry.get("tags", ())),
        owner=owner.key,
        units=entry.get("units", 1),
        tariffs=_tariffs(entry.get("price", "")),
        deposit_minor=entry["deposit"] * 100 if "deposit" in entry else None,
        audience=entry.get("audience", "everyone"),
        address=owner.address,
        hours=parse_hours(entry["open"]) if "open" in entry else owner.hours,
        details={name: entry[name] for name in _DETAILS[kind] if name in entry},
    )


def _tariffs(price: str) -> tuple[Tariff, ...] | None:
    if price == "by arrangement":
        return None
    amounts, _, billing_unit = price.partition(" ")
    named = zip(("regular", "reduced"), amounts.split("/") if amounts else (), strict=False)
    return tuple(Tariff(tariff, billing_unit, int(euros) * 100) for tariff, euros in named)


def _want(entry: Mapping[str, Any], owner: Person | Organisation) -> Want:
    return Want(
        title=entry["title"],
        kind=entry["kind"],
        category=entry["category"],
        text=entry["text"],
        owner=owner.key,
        units=entry.get("units", 1),
        days=entry["days"],
        hours=entry["hours"],
        address=owner.address,
    )


def _loan(
    draw: random.Random,
    entry: Mapping[str, Any],
    people: Sequence[Person],
    organisations: Mapping[str, Organisation],
    provider: str,
) -> Loan:
    """Who asks in an organisation's name owns it; who asks alone is a stranger to the provider."""
    lender, organisation = organisations[provider], organisations.get(entry.get("organisation", ""))
    strangers = [it.key for it in people if it.key not in {lender.owner, *lender.members}]
    return Loan(
        listing=entry["listing"],
        borrower=organisation.owner if organisation else draw.choice(strangers),
        organisation=organisation.key if organisation else None,
        units=entry.get("units", 1),
        message=entry["message"],
        begins=entry["begins"],
        days=entry["days"],
        steps=tuple(_step(text) for text in entry["steps"]),
    )


def _step(text: str) -> Step:
    when, action, side = text.split()
    return Step(when if when in {"start", "end"} else int(when), action, side)

"""Towns of any size from a seed: what people share, dense in the centres and sparse at the edges, and who has asked for
it, popular things far more often than others.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select
from sqlmodel import SQLModel, col

from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate
from app.bookings.tables import Booking
from app.kernel.actor import SYSTEM
from app.kernel.clock import SystemClock
from app.kernel.columns import table_of
from app.kernel.ids import new_id
from app.kernel.intervals import Interval, segments
from app.listings import indexing
from app.listings import service as listings
from app.listings.tables import Listing, Occupancy, UseSegment
from app.wiring import Instance
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer, weekly

THINGS: Final = (
    ("Bohrmaschine", "drills"), ("Lastenrad", "cargo-bikes"), ("Beamer", "projectors"), ("Leiter", "ladders"),
    ("Bierzeltgarnitur", "tables-and-benches"), ("Pavillon", "tents-and-pavilions"), ("Zelt", "tents"),
    ("Apfelpresse", "preserving"), ("Nähmaschine", "sewing-machines"), ("Hochdruckreiniger", "cleaning"),
    ("Kettensäge", "saws"), ("Waffeleisen", "kitchen-appliances"), ("Anhänger", "car-trailers"),
    ("Kinderwagen", "prams"), ("Klappstuhl", "chairs"), ("Mikrofon", "microphones"), ("Stichsäge", "saws"),
    ("Häcksler", "shredders"), ("Schneeschuhe", "winter-sports"), ("Faltboot", "boats"), ("Dörrautomat", "preserving"),
    ("Werkbank", "woodworking-tools"), ("Lötkolben", "electrical-tools"), ("Mischpult", "mixers"),
    ("Tischkreissäge", "saws"), ("Sackkarre", "handcarts"), ("Schlafsack", "sleeping"), ("Rasenmäher", "mowers"),
    ("Geschirr für 60 Personen", "crockery"), ("Verlängerungskabel", "power-supply"), ("Gitarre", "string-instruments"),
    ("Moderationskoffer", "moderation-kits"), ("Tapeziertisch", "painting-tools"), ("Rollstuhl", "mobility-aids"),
)  # fmt: skip
"""What is shared, the most frequent first."""
MANNERS: Final = ["Kleine", "Große", "Alte", "Fast neue", "Blaue", "Robuste", "Leise", "Praktische", "2 ×"]
MAKES: Final = ["", "", "", "(Bosch)", "„Makita“", "- nur für Vereine", "mit Koffer", "/ Zubehör", "aus Holz"]
_LITTLE: Final = """
    und für das mit im zum nach auch bitte gern am bei der die ein sauber zurück Hof Fest Keller Kiste Strom Straße
    Wochenende Nachbarschaft Anleitung Übergabe Absprache Zubehör Verlängerung
"""
_FIRST: Final = """
    Garten Küchen Werkstatt Kinder Schul Dach Wasser Winter Sommer Straßen Vereins Musik Holz Metall Stoff Papier Farb
    Fahrrad Auto Boots Markt Bühnen Licht Ton Film Lese Näh Back Koch Putz Maler Maurer Elektro Mess Lager Reise
"""
_SECOND: Final = """
    tasche kiste gerät tisch stuhl lampe decke plan raum schrank halter rolle leiste platte schale kanne pumpe bürste
    leine klammer schürze haube gruppe runde hilfe stunde mappe karte wagen ständer
"""
_VOCABULARY: Final = [
    *_LITTLE.split(),
    *(first + second for second in _SECOND.split() for first in _FIRST.split()),
]
"""The words of descriptions, the most frequent first."""
CENTRE: Final = (51.34, 12.37)
ZONE: Final = ZoneInfo("Europe/Berlin")
_TOWNS: Final = 300
_PER_TOWN: Final = 2_000
_BATCH: Final = 5_000
_PER_LISTING: Final = 2
_POPULAR: Final = 0.06
_HOURS: Final = (
    ({"pick_up": weekly(("09:00", "12:00"), ("15:00", "19:00")), "returns": weekly(("09:00", "20:00"))}, 0.6),
    ({"pick_up": weekly(("08:00", "18:00"))}, 0.25),
    ({"pick_up": weekly(("16:00", "19:00"), days=("monday", "wednesday", "friday"))}, 0.15),
)
"""When things change hands, and how often so; the last are closed on Saturdays."""
_VARIED: Final = {
    Listing: ("id", "title", "description", "category", "units", "lat", "lon", "provider_id", "created_at"),
    Booking: ("id", "listing_id", "provider_id", "starts_at", "ends_at", "units"),
}
"""What differs from one row to the next; all other columns are as a resident's row has them."""


def _zipf(count: int) -> list[float]:
    """Weights, added up."""
    return list(itertools.accumulate(1 / rank for rank in range(1, count + 1)))


class Region:
    """Where people live, and what they have: the same for the same seed. What is asked of it is drawn by itself: those
    who seek live in the same towns as those who have.
    """

    def __init__(self, seed: int, size: int, *, asked: str = "listings") -> None:
        where, many = random.Random(seed), max(5, min(_TOWNS, size // _PER_TOWN))
        self._towns = [CENTRE] + [
            (where.uniform(50.3, 51.8), where.uniform(10.0, 15.0)) for _ in range(1, many)
        ]
        self._weights = _zipf(many), _zipf(len(THINGS)), _zipf(len(_VOCABULARY))
        self._draw = random.Random(f"{seed} {asked}")

    def place(self) -> tuple[float, float]:
        """A place like those where people live."""
        return self._around(self._draw.choices(self._towns, cum_weights=self._weights[0])[0])

    def place_in_the_densest_town(self) -> tuple[float, float]:
        return self._around(CENTRE)

    def thing(self) -> tuple[str, str]:
        """What somebody has or seeks: a word, and its category."""
        return self._draw.choices(THINGS, cum_weights=self._weights[1])[0]

    def wish(self) -> tuple[str, str]:
        """What somebody types, one word or two, and a category."""
        thing, category = self.thing()
        more = self._draw.choices(_VOCABULARY, cum_weights=self._weights[2])[0]
        words = [thing.split()[0], more] if self._draw.random() < 0.5 else [thing.split()[0]]
        return " ".join(words).lower(), category

    def listing(self) -> dict[str, Any]:
        """A listing like those that people write, in columns."""
        thing, category = self.thing()
        draw = self._draw
        words = draw.choices(_VOCABULARY, cum_weights=self._weights[2], k=draw.randint(8, 40))
        lat, lon = self.place()
        return {
            "title": f"{draw.choice(MANNERS)} {thing} {draw.choice(MAKES)}".strip(),
            "description": f"{draw.choice(MANNERS)} {' '.join(words)}.",
            "category": category,
            "units": min(40, int(draw.paretovariate(1.2))),
            "lat": lat,
            "lon": lon,
        }

    def _around(self, town: tuple[float, float]) -> tuple[float, float]:
        wide = 0.02 if self._draw.random() < 0.7 else 0.08
        return round(self._draw.gauss(town[0], wide), 5), round(self._draw.gauss(town[1], wide * 1.6), 5)


def fill(instance: Instance, size: int, seed: int) -> None:
    """So many published listings, found by nobody yet: see `index`.

    One of each kind of hours is made as a resident makes it; the others are copies of its row with words and places of
    their own.
    """
    owners = [signed_in_person(instance, f"Ada {number}") for number in range(min(200, 1 + size // 20))]
    templates = [
        offer(
            instance,
            owners[0],
            title="Muster",
            category="drills",
            booking_mode="instant",
            federation="bookable",
            limits={"lead_minutes": 0, "horizon_days": 730},
            hours=hours | {"closed_on_holidays": False},
            place={"lat": CENTRE[0], "lon": CENTRE[1]},
        ).id
        for hours, _ in _HOURS
    ]
    region, draw = Region(seed, size), random.Random(seed)
    copies = _copying(Listing)
    shares = [share for _, share in _HOURS]
    numbers = range(size - len(templates))
    now = SystemClock().now()
    for some in _batched(numbers):
        rows = [
            region.listing()
            | {
                "id": new_id(),
                "provider_id": draw.choice(owners).id,
                "created_at": now - timedelta(minutes=size - number),
                "template": draw.choices(templates, shares)[0],
            }
            for number in some
        ]
        _write(instance, copies, rows)


def index(instance: Instance, *, unless_current: bool = False) -> None:
    """Make everything found, by the product's own means."""
    with instance.transactions.reading(SYSTEM) as reading:
        if unless_current and indexing.is_current(reading.session):
            return
    for _ in listings.rebuild_index(instance.transactions):
        pass


def tidy(instance: Instance) -> None:
    """What a database does by itself sooner or later, so that it does not do so while somebody measures."""
    with instance.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if instance.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def book(instance: Instance, seed: int) -> None:
    """Twice as many bookings as listings within the next months, a few popular ones asked for again and again.

    One is asked for as a resident does; the others are copies of its row, and take their units as it does.
    """
    draw = random.Random(seed)
    midnight = datetime.combine(SystemClock().now().astimezone(ZONE), time(), ZONE)
    template, ours = _first_booking(instance, midnight)
    copies = _copying(Booking)
    owed = 0
    for some in _batched(ours):
        rows: dict[str, list[dict[str, Any]]] = {"booking": [], "occupancy": [], "segment": []}
        for listing_id, units, provider_id in some:
            owed += _PER_LISTING
            many = owed if draw.random() < _POPULAR else min(owed, draw.randint(0, 2))
            owed -= many
            uses = list(_lent(draw, midnight, units, many))
            for stretch, lent in uses:
                holder_id = new_id()
                rows["occupancy"].append(_occupancy(holder_id, listing_id, stretch, lent))
                rows["booking"].append(
                    {
                        "template": template,
                        "id": holder_id,
                        "listing_id": listing_id,
                        "provider_id": provider_id,
                        "starts_at": stretch.start,
                        "ends_at": stretch.end,
                        "units": lent,
                    }
                )
            rows["segment"] += [
                {"listing_id": listing_id, "starts_at": one.start, "ends_at": one.end, "used": one.used}
                for one in segments(uses)
            ]
        _write(instance, copies, rows["booking"])
        _write(instance, insert(table_of(Occupancy)), rows["occupancy"])
        _write(instance, insert(table_of(UseSegment)), rows["segment"])


def listing_ids(instance: Instance, *, open_daily: bool = False) -> list[UUID]:
    """Some thousand of them; where wished only such that change hands every day."""
    query = select(col(Listing.id), col(Listing.hours)).limit(5_000)
    with instance.transactions.reading(SYSTEM) as reading:
        found = reading.session.connection().execute(query).all()
    return [one for one, hours in found if not open_daily or "sunday" in str(hours)]


def use_of(instance: Instance, listing_id: UUID) -> list[int]:
    """How many units are out, in each stretch of time in which as many are."""
    query = select(col(UseSegment.used)).where(col(UseSegment.listing_id) == listing_id)
    with instance.transactions.reading(SYSTEM) as reading:
        return list(reading.session.connection().scalars(query))


def _first_booking(instance: Instance, midnight: datetime) -> tuple[UUID, list[tuple[UUID, int, UUID]]]:
    """Its id, and all other listings: how many units each has, and whose it is."""
    borrower = signed_in_person(instance, "Mia")
    listing = table_of(Listing).c
    query = select(listing.id, listing.units, listing.provider_id).order_by(listing.id)
    with instance.transactions.reading(SYSTEM) as reading:
        first, *others = [(row[0], row[1], row[2]) for row in reading.session.connection().execute(query)]
    start = midnight + timedelta(days=1, hours=10)
    asked = BookingCreate(listing_id=first[0], starts_at=start, ends_at=start + timedelta(hours=6))
    with instance.transactions.writing(borrower.actor_in(instance)) as work:
        return bookings.request(work, asked).id, others


def _lent(draw: random.Random, midnight: datetime, units: int, many: int) -> Iterator[tuple[Interval, int]]:
    """So many loans of a thing, at hours when it changes hands, and never more than there is."""
    beside = min(units, 3)
    days = [draw.randint(-2, 9) for _ in range(beside)]
    for number in range(many):
        which = number % beside
        first = midnight + timedelta(days=days[which])
        length = draw.choices((0, 1, 3), (6, 3, 1))[0]
        start, end = first + timedelta(hours=draw.randint(9, 11)), first + timedelta(days=length, hours=17)
        days[which] += length + draw.randint(1, 6)
        yield Interval(start, end), units // beside


def _occupancy(holder_id: UUID, listing_id: UUID, stretch: Interval, units: int) -> dict[str, Any]:
    return {
        "holder_id": holder_id,
        "listing_id": listing_id,
        "derived": False,
        "starts_at": stretch.start,
        "ends_at": stretch.end,
        "busy_until": stretch.end,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "units": units,
    }


def _copying(kind: type[SQLModel]) -> Any:
    """Write a row like the one called `template`, but for some columns: few values go over the line."""
    table = table_of(kind)
    columns = [
        bindparam(f"its_{one.name}", type_=one.type) if one.name in _VARIED[kind] else one for one in table.c
    ]
    like = select(*columns).where(table.c.id == bindparam("its_template", type_=table.c.id.type))
    return insert(table).from_select(table.c.keys(), like, include_defaults=False)


def _write(instance: Instance, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if statement.select is not None:
        rows = [{f"its_{name}": value for name, value in row.items()} for row in rows]
    with instance.transactions.writing(SYSTEM) as work:
        work.session.connection().execute(statement, rows)


def _batched(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


@dataclass(frozen=True)
class Saturday:
    """Next Saturday from 10 to 14 o'clock, not tomorrow."""

    start: datetime
    end: datetime

    @classmethod
    def next(cls) -> "Saturday":
        today = datetime.combine(SystemClock().now().astimezone(ZONE), time(10), ZONE)
        start = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
        return cls(start.astimezone(UTC), (start + timedelta(hours=4)).astimezone(UTC))

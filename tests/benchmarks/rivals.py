"""Other ways to find what W3 seeks, with tables of their own: looking at everything, and indexes as everybody makes them."""

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from app.kernel.actor import SYSTEM
from app.kernel.columns import table_of
from app.listings.tables import Listing, Occupancy
from tests.benchmarks.replaying import Statements, connected
from tests.benchmarks.servers import House
from tests.benchmarks.town import Saturday

_KM_PER_DEGREE = 111.195
_LONGITUDE = cos(radians(51))
_PAGE = 21
_BATCH = 10_000

_TABLES = """
CREATE TABLE thing(id INTEGER PRIMARY KEY, words TEXT, category TEXT, lat DOUBLE PRECISION, lon DOUBLE PRECISION,
                   units INTEGER, on_saturdays INTEGER);
CREATE TABLE loan(thing INTEGER, starts_at BIGINT, ends_at BIGINT, units INTEGER);
"""
_INDEXES = {
    "sqlite": """
CREATE INDEX loan_of ON loan(thing, starts_at, ends_at);
CREATE VIRTUAL TABLE found USING fts5(words, content='thing', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
INSERT INTO found(found) VALUES ('rebuild');
""",
    "postgresql": """
CREATE INDEX loan_of ON loan(thing, starts_at, ends_at);
ALTER TABLE thing ADD COLUMN found tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED;
ALTER TABLE thing ADD COLUMN place point GENERATED ALWAYS AS (point(lat, lon * {longitude})) STORED;
CREATE INDEX thing_found ON thing USING gin(found);
CREATE INDEX thing_place ON thing USING gist(place);
ANALYZE;
""",
}
_FREE = """thing.category = ? AND thing.on_saturdays = 1
AND (lat - ?) * (lat - ?) + (lon - ?) * (lon - ?) * {longitude2} <= ?
AND units > (SELECT coalesce(sum(loan.units), 0) FROM loan WHERE loan.thing = thing.id AND starts_at < ? AND ends_at > ?)
ORDER BY (lat - ?) * (lat - ?) + (lon - ?) * (lon - ?) * {longitude2} LIMIT {page}"""
_NAIVE = "SELECT thing.id FROM thing WHERE lower(words) LIKE ? AND " + _FREE
_USUAL = {
    "sqlite": "SELECT thing.id FROM found JOIN thing ON thing.id = found.rowid WHERE found MATCH ? AND "
    + _FREE,
    "postgresql": "SELECT thing.id FROM thing WHERE found @@ to_tsquery('simple', ?) AND place <@ circle(point(?, ?), ?) AND "
    + _FREE,
}

_PAGE_OF = (
    "SELECT thing.* FROM found JOIN thing ON thing.id = found.rowid WHERE found MATCH ? AND category = ?"
    " ORDER BY thing.id DESC LIMIT 20"
)
_THING = "SELECT * FROM thing WHERE id = ?"
_LOANS = "SELECT starts_at, ends_at, units FROM loan WHERE thing = ? AND starts_at < ? AND ends_at > ?"
_UNITS = "SELECT units FROM thing WHERE id = ?"
_OUT = "SELECT coalesce(sum(units), 0) FROM loan WHERE thing = ? AND starts_at < ? AND ends_at > ?"


@dataclass(frozen=True)
class Sought:
    """What somebody would like to borrow."""

    thing: tuple[str, str]
    place: tuple[float, float]
    saturday: Saturday
    radius_km: float = 5

    @property
    def stem(self) -> str:
        """The word that must occur."""
        return self.thing[0].split()[0].lower()

    @property
    def squared(self) -> float:
        """The radius in degrees of latitude, squared."""
        return (self.radius_km / _KM_PER_DEGREE) ** 2

    @property
    def free(self) -> tuple[Any, ...]:
        """The parameters of `_FREE`."""
        lat, lon = self.place
        here = (lat, lat, lon, lon)
        start, end = (int(one.timestamp()) for one in (self.saturday.start, self.saturday.end))
        return (self.thing[1], *here, self.squared, end, start, *here)


@dataclass(frozen=True)
class Rival:
    """Another way to find the same: lists of statements against a database of its own."""

    name: str
    url: str
    requests: Sequence[Statements]


class Rivals:
    """The tables of the others, with the same things and loans in them."""

    def __init__(self, house: House, url: str) -> None:
        self.url = url
        self.on_sqlite = url.startswith("sqlite")
        self._dialect = "sqlite" if self.on_sqlite else "postgresql"
        with closing(connected(url)) as connection, house.opened() as instance:
            self._run(connection, _TABLES)
            with instance.transactions.reading(SYSTEM) as reading:
                numbers = self._numbers = self._copy_things(connection, reading.session.connection())
                self._copy_loans(connection, reading.session.connection(), numbers)
            self._run(connection, _INDEXES[self._dialect])
            connection.commit()

    def seeking(self, asked: Sequence[Sought]) -> list[Rival]:
        """How they find what is asked. Who looks at everything is not asked for all of it."""
        usual = [[self._statement(_USUAL[self._dialect], *self._matched(one), *one.free)] for one in asked]
        naive = [[self._statement(_NAIVE, f"%{one.stem}%", *one.free)] for one in asked[:30]]
        return [Rival("naive", self.url, naive), Rival("usual indexes", self.url, usual)]

    def answers(self, rival: Rival) -> list[list[UUID]]:
        """What a rival answers to each request, as our listings."""
        known = {number: listing_id for listing_id, number in self._numbers.items()}
        with closing(connected(self.url)) as connection:
            found = [connection.execute(*one[0]).fetchall() for one in rival.requests]
        return [[known[number] for (number,) in rows] for rows in found]

    def page(self, asked: Sequence[tuple[str, str]]) -> list[Statements]:
        """The newest things of these words and categories."""
        told = [(" ".join(f'"{word}" *' for word in words.split()), category) for words, category in asked]
        return [[self._statement(_PAGE_OF, *one)] for one in told]

    def things(self, listing_ids: Sequence[UUID], start: datetime, end: datetime) -> list[Statements]:
        """One thing, and when it is out."""
        span = int(end.timestamp()), int(start.timestamp())
        numbers = [self._numbers[one] for one in listing_ids]
        return [[self._statement(_THING, one), self._statement(_LOANS, one, *span)] for one in numbers]

    def lend(self, draw: random.Random, many: int) -> list[Statements]:
        """The least that a booking takes: lock the thing, look what is out, write, and be sure that it stays."""
        begin = [("BEGIN IMMEDIATE", ())] if self.on_sqlite else []
        lock = "" if self.on_sqlite else " FOR NO KEY UPDATE"
        found: list[Statements] = []
        for _ in range(many):
            thing, start = draw.randrange(len(self._numbers)), draw.randrange(2**31, 2**32)
            found.append(
                [
                    *begin,
                    self._statement(_UNITS + lock, thing),
                    self._statement(_OUT, thing, start + 3_600, start),
                    self._statement("INSERT INTO loan VALUES (?, ?, ?, 1)", thing, start, start + 3_600),
                    ("COMMIT", ()),
                ]
            )
        return found

    def _matched(self, sought: Sought) -> tuple[Any, ...]:
        if self._dialect == "sqlite":
            return (f'"{sought.stem}" *',)
        return (f"{sought.stem}:*", sought.place[0], sought.place[1] * _LONGITUDE, sought.squared**0.5)

    def _copy_things(self, connection: Any, ours: Connection) -> dict[UUID, int]:
        table = table_of(Listing)
        columns = [
            table.c[name]
            for name in ("id", "title", "description", "category", "lat", "lon", "units", "hours")
        ]
        numbers: dict[UUID, int] = {}
        for rows in ours.execution_options(yield_per=_BATCH).execute(select(*columns)).partitions():
            things = []
            for listing_id, title, description, category, lat, lon, units, hours in rows:
                numbers[listing_id] = len(numbers)
                words, saturday = f"{title} {description}", int("saturday" in str(hours))
                things.append((numbers[listing_id], words, category, lat, lon, units, saturday))
            self._insert(connection, "thing", things)
        return numbers

    def _copy_loans(self, connection: Any, ours: Connection, numbers: dict[UUID, int]) -> None:
        table = table_of(Occupancy)
        columns = [table.c[name] for name in ("listing_id", "starts_at", "ends_at", "units")]
        for rows in ours.execution_options(yield_per=_BATCH).execute(select(*columns)).partitions():
            loans = [
                (numbers[listing_id], int(start.timestamp()), int(end.timestamp()), units)
                for listing_id, start, end, units in rows
            ]
            self._insert(connection, "loan", loans)

    def _insert(self, connection: Any, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        places = ", ".join("?" * len(rows[0]))
        with connection.cursor() if self._dialect == "postgresql" else closing(connection.cursor()) as cursor:
            cursor.execute("BEGIN") if self._dialect == "sqlite" else None
            cursor.executemany(self._statement(f"INSERT INTO {table} VALUES ({places})")[0], rows)
        connection.commit()

    def _run(self, connection: Any, script: str) -> None:
        for statement in self._said(script).split(";"):
            if statement.strip():
                connection.execute(statement)

    def _statement(self, words: str, *parameters: Any) -> tuple[str, Any]:
        return self._said(words), parameters

    def _said(self, words: str) -> str:
        told = words.replace("{longitude2}", str(_LONGITUDE**2)).replace("{longitude}", str(_LONGITUDE))
        told = told.replace("{page}", str(_PAGE))
        return told if self._dialect == "sqlite" else told.replace("?", "%s")

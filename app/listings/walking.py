"""Walks through the index in the order asked for: read as far as somebody looks, from the key where they stopped.

Near a point, the first look is at what has the next numbers on the curve, up and down: the distance of the last one
needed is a radius in which there are certainly enough, and a second look finds the nearest in it. A statement costs
what it finds, not what there is.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session

from app.kernel import cells
from app.kernel.places import Point
from app.listings.finding import ENTRY, Match, Search, conditions, listed, square_names, visible
from app.listings.indexing import NUMBER_BITS

RARE: Final = 400
"""What occurs no more often is looked at through its own index first."""
_SMALLEST: Final = cells.chord2(0.3)
_WIDER: Final = 6.0
"""By how much a radius grows, squared, when there was not enough in it."""
_NOWHERE: Final = cells.NOWHERE << NUMBER_BITS
_MATCHES: Final[ColumnElement[str]] = literal_column("search_text")
_ROWID: Final[ColumnElement[int]] = literal_column("search_text.rowid")


class Hit(NamedTuple):
    """A row of the index; `chord2` is None where no place is asked for, or it has none."""

    listing_id: UUID
    created_at: datetime
    chord2: float | None


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the whole order: what matches and fulfils these conditions besides, the nearest or the newest first."""

    match: Match | None
    only: tuple[ColumnElement[bool], ...] = ()
    near: Point | None = None


@dataclass(frozen=True, slots=True)
class After:
    """Where a walk goes on: the key of the last hit, and how many there were before."""

    listing_id: UUID
    created_at: datetime | None = None
    chord2: float = 0.0
    seen: int = 0


class Walk:
    """One leg of a search; `want` is how many hits it should fetch at a time."""

    def __init__(self, session: Session, search: Search, leg: Leg, *, want: int) -> None:
        self._connection = session.connection()
        self._on_sqlite = self._connection.dialect.name == "sqlite"
        self._search, self._leg, self._want = search, leg, want
        self._fits = [*visible(search), *conditions(search), *leg.only]
        self._counts: dict[str, bool] | None = None

    def hits(self, after: After | None = None) -> Iterator[Hit]:
        """What fits, in order."""
        return self._newest(after) if self._leg.near is None else self._nearest(self._leg.near, after)

    def counted(self, most: int) -> list[tuple[str, str | None, int]]:
        """How many of each kind and category there are, looked at up to so many."""
        source, fits, _ = self._source_in_disc()
        some = (
            select(ENTRY.kind.label("kind"), ENTRY.category.label("category"))
            .select_from(source)
            .where(*fits)
            .limit(most)
            .subquery()
        )
        found = select(some.c.kind, some.c.category, func.count()).group_by(some.c.kind, some.c.category)
        return [tuple(row) for row in self._connection.execute(found)]

    # By time

    def _newest(self, after: After | None) -> Iterator[Hit]:
        source, fits, distance = self._source_in_disc(in_order=True)
        columns = _hit(distance)
        while True:
            beyond = [] if after is None else [_before(after)]
            rows = self._read(
                select(*columns)
                .select_from(source)
                .where(*fits, *beyond)
                .order_by(ENTRY.created_at.desc(), ENTRY.listing_id.desc())
                .limit(self._want)
            )
            yield from rows
            if len(rows) < self._want:
                return
            after = After(rows[-1].listing_id, rows[-1].created_at)

    def _source_in_disc(self, *, in_order: bool = False) -> tuple[TextClause, list[ColumnElement[bool]], Any]:
        """Where to look for what lies within the radius, if there is one."""
        search = self._search
        if search.near is None or search.query.radius_km is None:
            source, fits = self._source(in_order=in_order)
            return source, fits, null()
        distance = _distance(search.near)
        source, fits = self._source_around(search.near, search.farthest)
        return source, [*fits, distance <= search.farthest], distance

    # By distance

    def _nearest(self, near: Point, after: After | None) -> Iterator[Hit]:
        farthest = self._search.farthest
        if after is None:
            probed, is_all = self._probe(near)
            probed = sorted(
                (hit for hit in probed if _chord2(hit) <= farthest),
                key=lambda hit: (hit.chord2, hit.listing_id),
            )
            if is_all:
                yield from probed
                return
            enough = probed[: self._want]
            reach = max(_SMALLEST, _chord2(enough[-1])) if len(enough) == self._want else farthest
            last: tuple[float, UUID] | None = None
        else:
            grown = after.chord2 * (after.seen + 2 * self._want) / max(1, after.seen)
            reach, last = max(_SMALLEST, grown), (after.chord2, after.listing_id)
        while True:
            reach = min(reach, farthest)
            rows = self._ring(near, last, reach)
            yield from rows
            if len(rows) == self._want:
                last = (_chord2(rows[-1]), rows[-1].listing_id)
            elif reach >= farthest:
                return
            else:
                last, reach = _edge(last, rows), reach * _WIDER

    def _probe(self, near: Point) -> tuple[list[Hit], bool]:
        """The neighbours of a point on the curve, so many on each side, and whether that is all there is."""
        source, fits = self._source()
        number = _ROWID if self._leg.match and self._drives_by_words(source) else ENTRY.number
        start = cells.cell_of(near) << NUMBER_BITS
        columns = _hit(_distance(near))
        sides = [
            select(*columns, literal(side).label("side"))
            .select_from(source)
            .where(*fits, *within)
            .order_by(order)
            .limit(self._want)
            .subquery()
            for side, within, order in (
                (0, (number >= start, number < _NOWHERE), number),
                (1, (number < start,), number.desc()),
            )
        ]
        rows = self._connection.execute(union_all(*(select(side) for side in sides))).all()
        counts = [sum(1 for row in rows if row[3] == side) for side in (0, 1)]
        return [Hit(*row[:3]) for row in rows], max(counts) < self._want

    def _ring(self, near: Point, last: tuple[float, UUID] | None, reach: float) -> list[Hit]:
        """What lies beyond the last hit and within reach, the nearest first."""
        source, fits = self._source_around(near, reach)
        inner = (
            select(*_hit(_distance(near)))
            .select_from(source)
            .where(*fits, ENTRY.x.is_not(None))  # of two bounds on `number` SQLite would use either
            .subquery()
        )
        beyond = []
        if last is not None:
            beyond = [
                or_(inner.c.chord2 > last[0], and_(inner.c.chord2 == last[0], inner.c.listing_id > last[1]))
            ]
        return self._read(
            select(inner)
            .where(inner.c.chord2 <= reach, *beyond)
            .order_by(inner.c.chord2, inner.c.listing_id)
            .limit(self._want)
        )

    # Where to look

    def _source(self, *, in_order: bool = False) -> tuple[TextClause, list[ColumnElement[bool]]]:
        """The whole index, through what narrows it down most."""
        match = self._leg.match
        if not self._on_sqlite:
            return listed("search_entry"), [*self._fits, *self._matching()]
        drives = self._driver(in_order=in_order)
        if drives == "words":
            return listed(_BY_WORDS), [*self._fits, *self._matching()]
        read = [match.as_likes()] if match else []
        return listed(_DRIVERS[drives]), [*self._fits, *read]

    def _source_around(self, near: Point, reach: float) -> tuple[TextClause, list[ColumnElement[bool]]]:
        """The part of the index that covers the disc."""
        radius_km = cells.km_of(reach)
        if not self._on_sqlite and self._leg.match:
            squares = square_names(near, radius_km)
            return listed("search_entry"), [*self._fits, *self._matching(squares)]
        if reach >= cells.ALL_AROUND:
            return self._source()
        ranges = [
            (first << NUMBER_BITS, min(beyond, cells.NOWHERE) << NUMBER_BITS)
            for first, beyond in cells.ranges(near, radius_km)
        ]
        if not self._on_sqlite:
            firsts, beyonds = [first for first, _ in ranges], [beyond for _, beyond in ranges]
            return listed(_BY_RANGES["postgresql"], firsts=firsts, beyonds=beyonds), self._fits
        drives = self._driver()
        source = listed(_BY_RANGES[drives], ranges=json.dumps(ranges))
        if drives == "words":
            return source, [*self._fits, *self._matching()]
        return source, [*self._fits, *([self._leg.match.as_likes()] if self._leg.match else [])]

    def _matching(self, squares: Sequence[str] = ()) -> list[ColumnElement[bool]]:
        match = self._leg.match
        if match is None:
            return []
        if self._on_sqlite:
            return [_MATCHES.match(match.on_sqlite())]
        return [ENTRY.words.op("@@")(cast_to(literal(match.on_postgres(squares)), TSQUERY))]

    def _drives_by_words(self, source: TextClause) -> bool:
        return source.text == _BY_WORDS

    def _driver(self, *, in_order: bool = False) -> str:
        """What to go through first on SQLite, which keeps no statistics; PostgreSQL finds that out by itself."""
        match, category = self._leg.match, self._search.query.category
        if not category and not in_order:
            return "words" if match else "number"
        rare = self._rare()
        if match and rare["words"]:
            return "words"
        if category and rare["category"]:
            return "category"
        if in_order:
            return "time"
        return "words" if match else "number"

    def _rare(self) -> dict[str, bool]:
        if self._counts is None:
            self._counts = self._count_some()
        return self._counts

    def _count_some(self) -> dict[str, bool]:
        counts: dict[str, Any] = {}
        if self._leg.match:
            some = select(_ROWID).select_from(listed("search_text")).where(*self._matching()).limit(RARE + 1)
            counts["words"] = select(func.count()).select_from(some.subquery()).scalar_subquery()
        if self._search.query.category:
            [of_category] = [one for one in self._fits if _is_of_category(one)]
            some = (
                select(ENTRY.number)
                .select_from(listed("search_entry INDEXED BY ix_search_entry_category_number"))
                .where(of_category)
                .limit(RARE + 1)
            )
            counts["category"] = select(func.count()).select_from(some.subquery()).scalar_subquery()
        if not counts:
            return {}
        row = self._connection.execute(select(*(count.label(name) for name, count in counts.items()))).one()
        return {name: found <= RARE for name, found in zip(counts, row, strict=True)}

    def _read(self, statement: Select[Any]) -> list[Hit]:
        return [Hit(*row) for row in self._connection.execute(statement)]


_BY_WORDS: Final = "search_text CROSS JOIN search_entry ON search_entry.number = search_text.rowid"
_DRIVERS: Final = {
    "category": "search_entry INDEXED BY ix_search_entry_category_number",
    "time": "search_entry INDEXED BY ix_search_entry_created_at_listing_id",
    "number": "search_entry NOT INDEXED",
}
_IN_RANGE: Final = (
    "{number} >= json_extract(ranges.value, '$[0]') AND {number} < json_extract(ranges.value, '$[1]')"
)
_BY_RANGES: Final = {
    "words": "json_each(:ranges) AS ranges CROSS JOIN search_text ON "
    + _IN_RANGE.format(number="search_text.rowid")
    + " CROSS JOIN search_entry ON search_entry.number = search_text.rowid",
    "number": "json_each(:ranges) AS ranges CROSS JOIN search_entry NOT INDEXED ON "
    + _IN_RANGE.format(number="search_entry.number"),
    "category": "json_each(:ranges) AS ranges CROSS JOIN search_entry INDEXED BY ix_search_entry_category_number ON "
    + _IN_RANGE.format(number="search_entry.number"),
    "postgresql": "unnest(CAST(:firsts AS bigint[]), CAST(:beyonds AS bigint[])) AS ranges(first, beyond)"
    " JOIN search_entry ON search_entry.number >= ranges.first AND search_entry.number < ranges.beyond",
}


def _distance(near: Point) -> Any:
    """The squared chord from the point; multiplied out in this order everywhere, so that it is the same everywhere."""
    x, y, z = (literal(part) for part in cells.sphere(near))
    return (ENTRY.x - x) * (ENTRY.x - x) + (ENTRY.y - y) * (ENTRY.y - y) + (ENTRY.z - z) * (ENTRY.z - z)


def _hit(distance: Any) -> tuple[Any, ...]:
    return (
        ENTRY.listing_id.label("listing_id"),
        ENTRY.created_at.label("created_at"),
        distance.label("chord2"),
    )


def _chord2(hit: Hit) -> float:
    return cells.ALL_AROUND if hit.chord2 is None else hit.chord2


def _edge(last: tuple[float, UUID] | None, rows: Sequence[Hit]) -> tuple[float, UUID] | None:
    return (_chord2(rows[-1]), rows[-1].listing_id) if rows else last


def _before(after: After) -> ColumnElement[bool]:
    older: ColumnElement[bool] = or_(
        ENTRY.created_at < after.created_at,
        and_(ENTRY.created_at == after.created_at, ENTRY.listing_id < after.listing_id),
    )
    return older


def _is_of_category(condition: ColumnElement[bool]) -> bool:
    return getattr(condition, "left", None) is ENTRY.category

"""Walks through the index in the order asked for: read as far as somebody looks, from the key where they stopped.

Near a point, the first look is at what has the next numbers on the curve, up and down: the distance of the last one
needed is a radius in which there are certainly enough, and a second look finds the nearest in it. A statement costs
what it finds, not what there is.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Executable,
    Float,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlmodel import Session

from app.kernel import cells
from app.kernel.places import Point
from app.listings.finding import Only, Search, conditions, only, square_names, visible
from app.listings.indexing import NUMBER_BITS
from app.listings.sources import BY_RANGES, DRIVERS, MATCHES, RARE, ROWID, Source, how_rare, written
from app.listings.text_match import ENTRY, Match

_SMALLEST: Final = cells.chord2(0.3)
_WIDER: Final = 6.0
"""By how much a radius grows, squared, when there was not enough in it."""
_NOWHERE: Final = cells.NOWHERE << NUMBER_BITS


class Hit(NamedTuple):
    """A row of the index; `chord2` is None where no place is asked for, or it has none."""

    listing_id: UUID
    created_at: datetime
    chord2: float | None


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of the whole order: what matches and fulfils these conditions besides, the nearest or the newest first.

    `beside` are conditions that hold their own values: their statements are written anew each time.
    """

    match: Match | None
    only: tuple[Only, ...] = ()
    near: Point | None = None
    beside: tuple[ColumnElement[bool], ...] = ()


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
        self._counts: dict[str, bool] | None = None

    def hits(self, after: After | None = None) -> Iterator[Hit]:
        """What fits, in order."""
        return self._newest(after) if self._leg.near is None else self._nearest(self._leg.near, after)

    def counted(self, most: int) -> list[tuple[str, str | None, int]]:
        """How many of each kind and category there are, looked at up to so many."""
        source = self._in_disc()

        def write() -> Select[Any]:
            some = (
                select(ENTRY.kind.label("kind"), ENTRY.category.label("category"))
                .select_from(source.listed)
                .where(*self._fits(source))
                .limit(bindparam("most"))
                .subquery()
            )
            return select(some.c.kind, some.c.category, func.count()).group_by(some.c.kind, some.c.category)

        return [tuple(row) for row in self._rows("counted", source, write, most=most)]

    # By time

    def _newest(self, after: After | None) -> Iterator[Hit]:
        source = self._in_disc(in_order=True)
        while True:
            rows = self._older(source, after)
            yield from rows
            if len(rows) < self._want:
                return
            after = After(rows[-1].listing_id, rows[-1].created_at)

    def _older(self, source: Source, after: After | None) -> list[Hit]:
        def write() -> Select[Any]:
            beyond = [] if after is None else [_BEFORE]
            return (
                select(*_hit(_DISTANCE if source.in_disc else null()))
                .select_from(source.listed)
                .where(*self._fits(source), *beyond)
                .order_by(ENTRY.created_at.desc(), ENTRY.listing_id.desc())
                .limit(bindparam("want"))
            )

        last = {} if after is None else {"last_at": after.created_at, "last_id": after.listing_id}
        return self._hits(f"older {after is None}", source, write, **last)

    def _in_disc(self, *, in_order: bool = False) -> Source:
        """Where to look for what lies within the radius, if there is one."""
        search = self._search
        if search.near is None or search.query.radius_km is None:
            return self._everywhere(in_order=in_order)
        return replace(self._around(search.near, search.farthest), in_disc=True)

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
        source = self._everywhere()

        def write() -> CompoundSelect[Any]:
            number = ROWID if source.drives == "words" else ENTRY.number
            start = bindparam("start", type_=BigInteger)
            sides = [
                select(*_hit(_DISTANCE), literal_column(str(side)).label("side"))
                .select_from(source.listed)
                .where(*self._fits(source), *within)
                .order_by(order)
                .limit(bindparam("want"))
                .subquery()
                for side, within, order in (
                    (0, (number >= start, number < _NOWHERE), number),
                    (1, (number < start,), number.desc()),
                )
            ]
            return union_all(*(select(side) for side in sides))

        rows = self._rows("probe", source, write, start=cells.cell_of(near) << NUMBER_BITS, want=self._want)
        counts = [sum(1 for row in rows if row[3] == side) for side in (0, 1)]
        return [Hit(*row[:3]) for row in rows], max(counts) < self._want

    def _ring(self, near: Point, last: tuple[float, UUID] | None, reach: float) -> list[Hit]:
        """What lies beyond the last hit and within reach, the nearest first."""
        source = self._around(near, reach)

        def write() -> Select[Any]:
            inner = (
                select(*_hit(_DISTANCE))
                .select_from(source.listed)
                .where(
                    *self._fits(source), ENTRY.x.is_not(None)
                )  # of two bounds on `number` SQLite would use either
                .subquery()
            )
            far, last_far = inner.c.chord2, bindparam("last_far", type_=Float)
            beyond = or_(far > last_far, and_(far == last_far, inner.c.listing_id > bindparam("last_id")))
            return (
                select(inner)
                .where(far <= bindparam("reach", type_=Float), *([] if last is None else [beyond]))
                .order_by(far, inner.c.listing_id)
                .limit(bindparam("want"))
            )

        seen = {} if last is None else {"last_far": last[0], "last_id": last[1]}
        return self._hits(f"ring {last is None}", source, write, reach=reach, **seen)

    # Where to look

    def _everywhere(self, *, in_order: bool = False) -> Source:
        """The whole index, through what narrows it down most."""
        if not self._on_sqlite:
            return Source("search_entry", "postgresql", self._words())
        drives = self._driver(in_order=in_order)
        return Source(DRIVERS[drives], drives, self._words(by_reading=drives != "words"))

    def _around(self, near: Point, reach: float) -> Source:
        """The part of the index that covers the disc."""
        radius_km = cells.km_of(reach)
        if not self._on_sqlite and self._leg.match:
            return Source("search_entry", "postgresql", self._words(square_names(near, radius_km)))
        if reach >= cells.ALL_AROUND:
            return self._everywhere()
        ranges = [
            (first << NUMBER_BITS, min(beyond, cells.NOWHERE) << NUMBER_BITS)
            for first, beyond in cells.ranges(near, radius_km)
        ]
        if not self._on_sqlite:
            firsts, beyonds = [first for first, _ in ranges], [beyond for _, beyond in ranges]
            return Source(BY_RANGES["postgresql"], "postgresql", {"firsts": firsts, "beyonds": beyonds})
        drives = self._driver()
        words = self._words(by_reading=drives != "words")
        return Source(BY_RANGES[drives], drives, words | {"ranges": json.dumps(ranges)})

    def _words(self, squares: Sequence[str] = (), *, by_reading: bool = False) -> dict[str, Any]:
        match = self._leg.match
        if match is None:
            return {}
        if by_reading:
            return match.likes
        return {"words": match.on_sqlite() if self._on_sqlite else match.on_postgres(squares)}

    def _fits(self, source: Source) -> list[ColumnElement[bool]]:
        """Everything that must hold there."""
        match, search = self._leg.match, self._search
        found = [*visible(search), *conditions(search), *map(only, self._leg.only), *self._leg.beside]
        if match:
            found.append(MATCHES[source.drives] if source.drives in MATCHES else match.as_likes())
        if source.in_disc:
            found.append(bindparam("farthest", type_=Float) >= _DISTANCE)
        return found

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
        match, category = self._leg.match, self._search.query.category
        if not match and not category:
            return {}
        values = self._words() | {"categories": self._search.values["categories"]}
        found = self._connection.execute(how_rare(match is not None, category is not None), values)
        return {name: count <= RARE for name, count in found.mappings().one().items()}

    # How to ask

    def _hits(self, what: str, source: Source, write: Callable[[], Executable], **values: Any) -> list[Hit]:
        return [Hit(*row) for row in self._rows(what, source, write, want=self._want, **values)]

    def _rows(
        self, what: str, source: Source, write: Callable[[], Executable], **values: Any
    ) -> Sequence[Any]:
        """The rows of a statement that is written once for all searches of its shape."""
        leg = self._leg
        key = (
            what, source.drives, source.table, source.in_disc, leg.only,
            leg.match and (source.drives in MATCHES or leg.match.shape), self._search.shape,
        )  # fmt: skip
        statement = write() if leg.beside else written(key, write)
        asked = self._search.values | source.values | values | {"farthest": self._search.farthest}
        return self._connection.execute(statement, asked).all()


def _squared(column: ColumnElement[float], name: str) -> ColumnElement[float]:
    part = column - bindparam(name, type_=Float)
    return part * part


_DISTANCE: Final = _squared(ENTRY.x, "x") + _squared(ENTRY.y, "y") + _squared(ENTRY.z, "z")
"""The squared chord from the point; multiplied out in this order everywhere, so that it is the same everywhere."""
_BEFORE: Final[ColumnElement[bool]] = or_(
    ENTRY.created_at < bindparam("last_at"),
    and_(ENTRY.created_at == bindparam("last_at"), ENTRY.listing_id < bindparam("last_id")),
)


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

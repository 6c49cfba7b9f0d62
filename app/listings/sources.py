"""Where a search looks: tables in an order of loops, the index gone through first, and what is rare enough for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    TextClause,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import TSQUERY

from app.listings.text_match import ENTRY

RARE: Final = 400
"""What occurs no more often is looked at through its own index first."""
ROWID: Final[ColumnElement[int]] = literal_column("search_text.rowid")


@dataclass(frozen=True, slots=True)
class Source:
    """Where to look, through which index, and the values that are named there."""

    table: str
    drives: str
    values: dict[str, Any]
    in_disc: bool = False

    @property
    def listed(self) -> TextClause:
        return listed(self.table)


_STATEMENTS: Final[dict[tuple[object, ...], Executable]] = {}
_MOST_STATEMENTS: Final = 1_000


def written(key: tuple[object, ...], write: Callable[[], Executable]) -> Executable:
    statement = _STATEMENTS.get(key)
    if statement is None:
        if len(_STATEMENTS) >= _MOST_STATEMENTS:
            _STATEMENTS.clear()
        statement = _STATEMENTS[key] = write()
    return statement


_BY_WORDS: Final = "search_text CROSS JOIN search_entry ON search_entry.number = search_text.rowid"
DRIVERS: Final = {
    "words": _BY_WORDS,
    "category": "search_entry INDEXED BY ix_search_entry_category_number",
    "time": "search_entry INDEXED BY ix_search_entry_newest",
    "number": "search_entry NOT INDEXED",
}
_IN_RANGE: Final = (
    "{number} >= json_extract(ranges.value, '$[0]') AND {number} < json_extract(ranges.value, '$[1]')"
)
BY_RANGES: Final = {
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

MATCHES: Final[dict[str, ColumnElement[bool]]] = {
    "words": literal_column("search_text").match(bindparam("words")),
    "postgresql": ENTRY.words.op("@@")(cast_to(bindparam("words"), TSQUERY)),
}
"""How words are asked for where an index of them is gone through; elsewhere the words of each row are read."""


@lru_cache
def how_rare(words: bool, category: bool) -> Select[Any]:
    """How many have the words, and how many are of the category, on SQLite; counted up to what is rare."""
    counts = []
    if words:
        some = select(ROWID).select_from(listed("search_text")).where(MATCHES["words"]).limit(RARE + 1)
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery().label("words"))
    if category:
        some = (
            select(ENTRY.number)
            .select_from(listed("search_entry INDEXED BY ix_search_entry_category_number"))
            .where(ENTRY.category.in_(bindparam("categories", expanding=True)))
            .limit(RARE + 1)
        )
        counts.append(select(func.count()).select_from(some.subquery()).scalar_subquery().label("category"))
    return select(*counts)


def listed(source: str) -> TextClause:
    """A FROM clause in words, where the order of the loops matters."""
    return text(source)

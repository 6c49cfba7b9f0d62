"""Listings as they stand, for those who only look: shared between requests, and never written.

What is read is its own key: the same columns, as the database holds them, lead to the same snapshot, and with it to
everything that was made of it before. So nothing is ever stale, and nobody has to say that something has changed.
"""

import json
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import JSON, Dialect, Float, Text, bindparam, select, type_coerce
from sqlalchemy import cast as cast_to
from sqlalchemy.types import NullType, TypeEngine
from sqlmodel import Session

from app.kernel.columns import table_of
from app.listings.tables import Listing

MOST: Final = 4_096
"""How many are kept in a process: some 20 MB with what is made of them."""
_COLUMNS: Final = list(table_of(Listing).columns)
_NAMES: Final = tuple(column.name for column in _COLUMNS)
_BY_IDS: Final = select(
    *(
        cast_to(column, Text) if isinstance(column.type, JSON) else type_coerce(column, NullType)
        for column in _COLUMNS
    )
).where(table_of(Listing).c.id.in_(bindparam("ids", expanding=True)))


class Snapshot:
    """What a `Listing` had in its columns, under the same names. Equal only to itself."""

    def __init__(self, values: Iterable[tuple[str, Any]]) -> None:
        self.__dict__.update(values)


def by_ids(session: Session, listing_ids: Collection[UUID]) -> list[Listing]:
    """These listings, in no order; look at them like rows, and change nothing."""
    if not listing_ids:
        return []
    connection = session.connection()
    found = connection.execute(_BY_IDS, {"ids": list(listing_ids)})
    return [_snapshot(connection.dialect, tuple(row)) for row in found]


@lru_cache(maxsize=MOST)
def _snapshot(dialect: Dialect, values: tuple[Any, ...]) -> Listing:
    told = (
        (name, value if value is None or reader is None else reader(value))
        for name, value, reader in zip(_NAMES, values, _readers(dialect), strict=True)
    )
    return cast("Listing", Snapshot(told))


@lru_cache
def _readers(dialect: Dialect) -> tuple[Callable[[Any], Any] | None, ...]:
    """How each column is read from what the driver gives."""
    return tuple(_reader(column.type, dialect) for column in _COLUMNS)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return json.loads
    if isinstance(kind, Float):
        return None  # both drivers give floats; PostgreSQL's reader asks for the code of its type
    return kind.dialect_impl(dialect).result_processor(dialect, None)

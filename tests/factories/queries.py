"""Counting what the database is asked.

with counted(instance) as asked: client.get(…)
assert len(asked) == 4
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.wiring import Instance


@contextmanager
def counted(instance: Instance) -> Iterator[list[str]]:
    """Every statement of the block, as the database hears it; begin and commit are none."""
    asked: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(instance.database.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(instance.database.engine, "before_cursor_execute", hear)

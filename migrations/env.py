"""Alembic's environment: the tables of all rooms, both databases, no ini file."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from app import wiring  # the one room that imports every room, and so every table
from app.kernel.database import Database
from app.settings import Settings

assert wiring


def render_item(_kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Name SQLModel's own types by SQLAlchemy's names, so that migrations import neither it nor the app."""
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(
    _context: Any, _inspected: Any, _column: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """A time stored as UTC is a time."""
    if type(metadata_type).__name__ == "UTCDateTime":
        return not isinstance(inspected_type, sa.DateTime)
    return None


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The index of words is another thing on each database: FTS5 with its shadow tables, or GIN. No code knows it."""
    if name is None:
        return True
    return not ((kind == "table" and name.startswith("search_text")) or name == "ix_search_entry_words")


def run() -> None:
    """Run the migrations on the connection given by the caller, or on the settings' database."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    database = Database(Settings().resolved_database_url, statement_timeout_ms=600_000)
    with database.migrating() as session:
        _run_on(session.connection())
    database.close()


def _run_on(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_item=render_item,
        compare_type=compare_type,
        include_name=include_name,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run()

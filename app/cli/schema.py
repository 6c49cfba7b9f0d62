"""The database's schema: brought up to date before anything serves, by whoever comes first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import app
from app import wiring
from app.federation.service import identity
from app.kernel.clock import Clock
from app.kernel.database import PREPARING, Database, hold
from app.kernel.unit_of_work import Hearing
from app.settings import Settings
from app.wiring import Instance

_MIGRATIONS: Final = Path(app.__file__).parent.parent / "migrations"
_PATIENCE_MS: Final = 600_000


def bring_up_to_date(settings: Settings) -> None:
    """Create or upgrade the schema in one transaction; a second process waits and finds nothing to do.

    Where it is current nothing is touched: SQLite's look at all references takes a minute in a big town.
    """
    database = Database(
        settings.resolved_database_url, lock_timeout_ms=_PATIENCE_MS, statement_timeout_ms=_PATIENCE_MS
    )
    try:
        if is_current(database):
            return
        with database.migrating() as session:
            hold(session, PREPARING)
            config = _config()
            config.attributes["connection"] = session.connection()
            command.upgrade(config, "head")
    finally:
        database.close()


def is_current(database: Database) -> bool:
    """Whether the schema is the one this version works with."""
    with database.reading() as session:
        found = MigrationContext.configure(session.connection()).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


@contextmanager
def opened(
    settings: Settings | None = None, *, clock: Clock | None = None, heard: Hearing | None = None
) -> Iterator[Instance]:
    """The instance of these settings, its schema current and its secrets made, closed at the end."""
    settings = settings or Settings()
    bring_up_to_date(settings)
    instance = wiring.open_instance(_where_it_lives(settings), clock=clock, heard=heard)
    try:
        instance.prepare()
        yield instance
    finally:
        instance.close()


def _where_it_lives(settings: Settings) -> Settings:
    """The settings with the address under which the instance last served, where the operator names none.

    Otherwise a command typed without DEPOT_PUBLIC_URL would tell partners that the instance has moved.
    """
    if "public_url" in settings.model_fields_set:
        return settings
    database = Database(settings.resolved_database_url)
    try:
        with database.reading() as session:
            known = identity.published_address(session)
    finally:
        database.close()
    return settings.model_copy(update={"public_url": known}) if known else settings


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config

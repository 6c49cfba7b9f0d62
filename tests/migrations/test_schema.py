"""The migrations make exactly the tables the code knows, and undo what they did, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

from app.kernel.database import Database

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to a database without any table."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    database = Database(server.create() if server else f"sqlite:///{tmp_path / 'empty.db'}")
    with database.engine.connect() as opened:
        yield opened
    database.close()
    if server:
        server.drop(database.url.render_as_string(hide_password=False))


@pytest.fixture
def alembic(connection: Connection) -> Config:
    config = Config(toml_file=str(PYPROJECT))
    config.attributes["connection"] = connection
    return config


def schema(connection: Connection) -> dict[str, object]:
    """Every table with its columns, indexes and constraints, as the database tells them."""
    inspector = inspect(connection)
    return {
        table: (
            sorted(
                (column["name"], str(column["type"]), column["nullable"])
                for column in inspector.get_columns(table)
            ),
            sorted(str(index["name"]) for index in inspector.get_indexes(table)),
            sorted(str(key["name"]) for key in inspector.get_foreign_keys(table)),
            sorted(str(check["name"]) for check in inspector.get_check_constraints(table)),
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrations_make_what_the_tables_say(alembic: Config) -> None:
    command.upgrade(alembic, "head")

    command.check(alembic)


def test_up_down_and_up_again_leads_to_the_same_schema(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")
    first = schema(connection)
    assert "job" in first

    command.downgrade(alembic, "base")
    assert schema(connection) == {}

    command.upgrade(alembic, "head")
    assert schema(connection) == first

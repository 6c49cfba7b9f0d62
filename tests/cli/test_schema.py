"""A database is brought up to date once, and a command does not move the instance."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.cli.schema import bring_up_to_date, opened
from app.cli.serving import reachable_at
from app.federation.service import identity
from app.settings import Settings
from tests.cli.processes import PATIENCE, environment_of


def test_of_many_commands_at_once_on_an_empty_folder_one_makes_the_database_and_all_find_it(tmp_path: Path):
    crowd = [
        subprocess.Popen(
            [sys.executable, "-m", "app", "admin", "token"],
            env=environment_of(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    outcomes = [one.communicate(timeout=PATIENCE) for one in crowd]

    assert [one.returncode for one in crowd] == [0, 0, 0], outcomes
    assert len({said for said, _ in outcomes}) == 3


def test_a_command_that_names_no_address_leaves_the_instance_where_it_lives(database_url, tmp_path):
    unnamed = Settings(_env_file=None, database_url=database_url, data_dir=tmp_path)
    with opened(reachable_at(unnamed, "127.0.0.1", 8123)):
        pass

    with opened(unnamed) as instance, instance.database.reading() as session:
        address, documents = identity.published_address(session), identity.documents(session)

    assert instance.settings.public_url == address == "http://127.0.0.1:8123"
    assert len(documents) == 1


def test_a_command_that_names_another_address_moves_it(database_url, tmp_path):
    for url in ("http://127.0.0.1:8123", "https://depot.example"):
        settings = Settings(_env_file=None, database_url=database_url, data_dir=tmp_path, public_url=url)
        with opened(settings) as instance, instance.database.reading() as session:
            assert identity.published_address(session) == url


def test_a_schema_that_is_current_is_left_alone(database_url, tmp_path):
    # SQLite would look through the references of the whole database, a minute in a town of a million listings.
    statements = []

    def hear(_connection, _cursor, statement, *_):
        statements.append(statement)

    settings = Settings(_env_file=None, database_url=database_url, data_dir=tmp_path)
    bring_up_to_date(settings)
    event.listen(Engine, "before_cursor_execute", hear)
    try:
        bring_up_to_date(settings)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)

    assert any("alembic_version" in one for one in statements)
    assert not [one for one in statements if "foreign_key" in one or one.startswith("BEGIN IMMEDIATE")]

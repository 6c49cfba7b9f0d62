"""The database server for tests starts, is shared, keeps to its own databases, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine, make_url, text

from tests.postgres import Server, serving


def _fill(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE apple (id int)"))
    engine.dispose()


def _tables(url: str) -> list[str]:
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string()) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in rows]


def _answers(server: Server) -> bool:
    try:
        _tables(server.url("postgres"))
    except psycopg.OperationalError:
        return False
    return True


def test_two_users_of_one_folder_share_a_server_that_stops_with_the_last(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        with serving(tmp_path) as second:
            assert second.base == first.base
            assert second.create_template("fruit", _fill) == first.create_template("fruit", _fill)
        assert _answers(first)

    assert _answers(first) == ("TEST_DATABASE_URL" in os.environ)


def test_a_copy_has_the_tables_of_its_template_and_only_databases_of_the_run_are_dropped(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as server:
        url = server.create_from_template(server.create_template("fruit", _fill))
        assert _tables(url) == ["apple"]

        server.drop(url)

        with pytest.raises(psycopg.OperationalError):
            _tables(url)
        with pytest.raises(ValueError, match="not a database of this test run"):
            server.drop(server.url("postgres"))


@pytest.mark.parametrize("owner", ["depot", "ordinary"])
def test_an_emptied_database_counts_from_one_again_whoever_owns_it(
    tmp_path: Path, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with serving(tmp_path) as server:
        url = make_url(server.create()).set(username=owner, drivername="postgresql").render_as_string()
        with psycopg.connect(
            make_url(server.url("postgres")).set(drivername="postgresql").render_as_string()
        ) as administration:
            administration.execute("CREATE ROLE ordinary LOGIN")
            administration.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO ordinary").format(
                    sql.Identifier(str(make_url(url).database))
                )
            )
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE tree (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY)")
            connection.execute("CREATE TABLE apple (tree_id int REFERENCES tree)")
            connection.execute("INSERT INTO tree DEFAULT VALUES")
            connection.execute("INSERT INTO apple VALUES (1)")

        server.empty(url)

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM apple").fetchone() == (0,)
            assert connection.execute("INSERT INTO tree DEFAULT VALUES RETURNING id").fetchone() == (1,)


def test_what_a_killed_run_left_is_cleared_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    killed = (
        "import os, sys; from pathlib import Path; from tests.postgres import serving\n"
        "with serving(Path(sys.argv[1])) as server: print(server.base.query['host'], flush=True); os._exit(9)"
    )
    output = subprocess.run(
        [sys.executable, "-c", killed, str(tmp_path / "killed")], capture_output=True, text=True, check=False
    )
    home = Path(output.stdout.strip())
    assert (home / "data" / "postmaster.pid").exists()

    with serving(tmp_path / "next"):
        assert not home.exists()

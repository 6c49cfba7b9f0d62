"""Sessions keep their promises on both databases."""

import contextlib
import threading

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from app.kernel.database import Database, DatabaseUnfit, violates
from app.kernel.problems import TryAgain
from app.kernel.secrets import Secret


@pytest.fixture
def database(database_url):
    opened = Database(database_url, lock_timeout_ms=300, statement_timeout_ms=600)
    yield opened
    opened.close()


def names(database):
    with database.reading() as session:
        return {secret.name for secret in session.exec(select(Secret)).all()}


def test_what_ends_well_is_kept_and_what_does_not_is_undone(database):
    with database.writing() as session:
        session.add(Secret(name="kept", value=b"1"))
    with contextlib.suppress(ValueError), database.writing() as session:
        session.add(Secret(name="undone", value=b"1"))
        session.flush()
        raise ValueError

    assert names(database) == {"kept"}


def test_a_reading_session_never_commits(database):
    with database.reading() as session:
        session.add(Secret(name="x", value=b"1"))
        session.flush()

    assert names(database) == set()


def test_a_locked_row_becomes_try_again(database):
    with database.writing() as session:
        session.add(Secret(name="a", value=b"1"))
    locked, done = threading.Event(), threading.Event()

    def hold():
        with database.writing() as session:
            session.get(Secret, "a", with_for_update=True)
            locked.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    try:
        with pytest.raises(TryAgain), database.writing() as session:
            session.get(Secret, "a", with_for_update=True)
    finally:
        done.set()
        holder.join()


def test_a_row_is_read_once_though_nobody_holds_it_and_anew_where_it_is_locked(database):
    with database.writing() as session:
        session.add(Secret(name="a", value=b"1"))
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    values = []

    with database.writing() as session:
        values += [session.get_one(Secret, "a").value for _ in range(3)]
        once = sum("SELECT" in one for one in asked)
        session.connection().execute(text("UPDATE instance_secret SET value = :value"), {"value": b"2"})
        values.append(session.get_one(Secret, "a").value)
        locked = select(Secret).with_for_update().execution_options(populate_existing=True)
        values.append(session.exec(locked).one().value)

    assert once == 1
    assert values == [b"1", b"1", b"1", b"1", b"2"]


def test_a_violated_constraint_is_recognised_on_both_databases(database):
    with database.writing() as session:
        session.add(Secret(name="a", value=b"1"))
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.add(Secret(name="a", value=b"2"))

    assert violates(caught.value, "pk_instance_secret", "instance_secret.name")
    assert not violates(caught.value, "uq_other", "other.name")


def test_a_fit_database_passes(database):
    database.assert_fit()


def test_an_unfit_sqlite_is_refused(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.engine.connect() as connection:
        connection.connection.execute("PRAGMA synchronous=OFF")  # what a careless tool may have set
        connection.rollback()

    with pytest.raises(DatabaseUnfit, match="synchronous"):
        database.assert_fit()
    database.close()


def test_postgres_without_durable_commits_is_refused(postgres_server):
    url = postgres_server.create()
    database = Database(url)
    with database.engine.connect() as connection:
        name = database.url.database
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        connection.commit()
    database.close()

    with pytest.raises(DatabaseUnfit, match="synchronous_commit"):
        database.assert_fit()
    database.close()
    postgres_server.drop(url)


def test_an_error_does_not_repeat_what_somebody_wrote(database):
    with pytest.raises(DBAPIError) as refused, database.writing() as session:
        session.connection().execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "three dogs"})

    assert "three dogs" not in str(refused.value)

"""Engines and sessions for both databases, and the one place that knows their differences.

SQLite: WAL, foreign keys, `synchronous=FULL`; a writer says BEGIN IMMEDIATE, so it holds the lock before it looks.
PostgreSQL: READ COMMITTED and `synchronous_commit`, asserted at start, because the same code overbooks under
REPEATABLE READ and loses acknowledged bookings without durable commits (quality.md c2, c3).
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, SQLModel

from app.kernel.problems import Overtaken, TryAgain

_WRITING = "depot_writing"
PREPARING: Final = "preparing"
"""Held by whoever of an instance's processes prepares something, such as the schema."""
_CIRCLE = "40P01"  # a deadlock; who is let go has changed nothing
_LOCK_STATES = frozenset({"55P03", "57014", "40001"})  # lock timeout, cancelled, serialisation


class _Session(Session):
    """A session that keeps at hand what it has loaded. SQLAlchemy forgets a row as soon as nobody holds it, and asks
    for it again: a request looked at its listing a dozen times. Who must know what others did meanwhile locks the row
    and says `populate_existing`; whether a row was forgotten was never more than chance.
    """


@event.listens_for(_Session, "loaded_as_persistent")
def _keep(session: Session, row: object) -> None:
    session.info.setdefault("rows", []).append(row)


class DatabaseUnfit(RuntimeError):
    """The database works in a mode in which promises could be broken; the instance refuses to start."""


class Database:
    """One database: hands out writing and reading sessions. Thread-safe."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 15,
        lock_timeout_ms: int = 2_000,
        statement_timeout_ms: int = 5_000,
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(url, pool_size=pool_size, busy_timeout_ms=statement_timeout_ms)
        else:
            self.engine = _postgres_engine(
                url,
                pool_size=pool_size,
                lock_timeout_ms=lock_timeout_ms,
                statement_timeout_ms=statement_timeout_ms,
            )
        self._writer = self.engine.execution_options(**{_WRITING: True})

    def assert_fit(self) -> None:
        """Raises DatabaseUnfit unless promises are safe here: isolation, durability, foreign keys."""
        wanted: dict[str, tuple[str | int, ...]] = (
            {"PRAGMA journal_mode": ("wal",), "PRAGMA foreign_keys": (1,), "PRAGMA synchronous": (2,)}
            if self.is_sqlite
            else {
                "SHOW transaction_isolation": ("read committed",),
                "SHOW synchronous_commit": ("on", "remote_apply", "remote_write", "local"),
            }
        )
        with self.engine.connect() as connection:
            for question, answers in wanted.items():
                found = connection.execute(text(question)).scalar()
                if found not in answers:
                    raise DatabaseUnfit(f"{question} answers {found!r}; promises need {answers[0]!r}")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that may write. Commits at the end, rolls back on any exception."""
        with _crowds_become_try_again(), _Session(self._writer, expire_on_commit=False) as session:
            session.connection()  # begin now: on SQLite the lock is taken before anything is looked at
            yield session
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Session]:
        """One transaction that makes tables anew. SQLite copies a table to change it and drops the old one, which rows
        that refer to it would forbid: so it looks at references once, at the end, and no commit leaves one dangling.
        """
        with self._writer.connect() as connection:
            raw = connection.connection.driver_connection
            if self.is_sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
            try:
                with Session(connection, expire_on_commit=False) as session, _crowds_become_try_again():
                    session.connection()
                    yield session
                    if self.is_sqlite:
                        dangling = session.connection().exec_driver_sql("PRAGMA foreign_key_check").first()
                        if dangling is not None:
                            raise DatabaseUnfit(f"a row of {dangling[0]} refers to nothing")
                    session.commit()
            finally:
                if self.is_sqlite and raw is not None:
                    raw.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent look without a write lock. Nothing is ever committed."""
        with (
            _crowds_become_try_again(),  # outermost: to end a look can fail, too, when the database has gone
            _Session(self.engine, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def hold(session: Session, name: str) -> None:
    """Let nobody else hold this name before the transaction ends; for what has no row that could be locked.

    On SQLite the one writer holds everything. Two names that share a number wait for each other, and no more.
    """
    if session.get_bind().dialect.name != "sqlite":
        number = int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def upsert(
    session: Session,
    table: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    once: Collection[str] = (),
    **instead: Any,
) -> None:
    """Write rows as plain values, in one go: new ones whole; of those that are there by their `key`, everything that is
    not said `once`, and `instead` what depends on what was there.
    """
    if not rows:
        return
    session.flush()  # what these rows refer to
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    told = {name: insert.excluded[name] for name in rows[0] if name not in {*key, *once}}
    session.connection().execute(
        insert.on_conflict_do_update(index_elements=list(key), set_=told | instead), rows
    )


def violates(error: IntegrityError, constraint: str, *columns: str) -> bool:
    """Whether this unique constraint was hit. PostgreSQL names constraints, SQLite names `table.column`s."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return bool(diagnostics.constraint_name == constraint)
    return str(error.orig).endswith(": " + ", ".join(columns))


@contextmanager
def _crowds_become_try_again() -> Iterator[None]:
    """Time-outs, and a database that is being restarted, are nobody's mistake: the caller may try again.

    After a time-out nothing was changed. Where the connection broke off while committing nobody knows; who sent an
    Idempotency-Key learns it by asking again.
    """
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _CIRCLE:
            raise Overtaken from error
        if _is_crowd(error) or _is_away(error):
            raise TryAgain from error
        raise


def _is_crowd(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in _LOCK_STATES


def _is_away(error: OperationalError) -> bool:
    """Whether PostgreSQL cannot be reached, or has broken off, or is only just starting."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(("08", "57P0"))


# `hide_parameters`: an error ends up in logs and beside failed jobs; what people wrote must not.


def _sqlite_engine(url: str, *, pool_size: int, busy_timeout_ms: int) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": busy_timeout_ms / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own idea of BEGIN overbooks (quality.md §0.5)
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres_engine(url: str, *, pool_size: int, lock_timeout_ms: int, statement_timeout_ms: int) -> Engine:
    options = f"-c lock_timeout={lock_timeout_ms} -c statement_timeout={statement_timeout_ms} -c timezone=UTC"
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )

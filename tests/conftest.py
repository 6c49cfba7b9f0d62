"""Every test has an instance of its own, on a copy of a migrated database, on SQLite and on PostgreSQL."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped] # it ships no types

from app import wiring
from app.kernel.clock import TurnableClock
from app.kernel.database import Database
from app.main import create_app
from app.settings import Settings
from app.wiring import Instance
from tests import postgres

ROOT = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**30:
    # Waiting for a disk tells nothing about the code: a file in memory keeps its promises to a killed process.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""When tests happen, unless they turn the clock: a Monday, nine o'clock in Leipzig."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkStealingScheduling:
    """Who has done their share takes from the others': nobody is left alone with what takes long in the end."""
    return WorkStealingScheduling(config, log)


def migrate(url: str) -> None:
    """Bring the schema of this database up to date."""
    database = Database(url, statement_timeout_ms=60_000)
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    database.close()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path) -> Iterator[postgres.Server]:
    """A real PostgreSQL, ours alone."""
    with postgres.serving(shared_folder) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "depot.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """A migrated PostgreSQL database to copy."""
    return postgres_server.create_template("house", migrate)


class Copies:
    """Databases with the schema in place and nothing in them, each used by one test after the other.

    On PostgreSQL a copy of the template costs a quarter of a second, so a copy is emptied instead; SQLite's is made
    anew at the same address. Whoever opens an address again gets the engine it had, because SQLAlchemy compiles each
    statement once per engine, and a test that compiles them all spends a third of its time on that.
    """

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        self._spare: dict[str, list[str]] = {"sqlite": [], "postgresql": []}
        self._opened: dict[str, list[Database]] = {}
        self._known: dict[tuple[Any, ...], Database] = {}

    def open(self, url: str, **limits: int) -> Database:
        """What `Database` does, with the engine this address had before."""
        key = (url, *sorted(limits.items()))
        if key not in self._known:
            self._known[key] = Database(url, **limits)
            self._opened.setdefault(url, []).append(self._known[key])
        return self._known[key]

    @contextmanager
    def sqlite(self) -> Iterator[str]:
        """A file that nobody else uses meanwhile."""
        spare = self._spare["sqlite"]
        url = spare.pop() if spare else f"sqlite:///{self._folder / token_hex(6)}.db"
        self._clear(url)
        shutil.copy(self._request.getfixturevalue("sqlite_template"), url.removeprefix("sqlite:///"))
        yield url
        self._release(url, spare)
        self._clear(url)

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """A database that nobody else uses meanwhile."""
        server: postgres.Server = self._request.getfixturevalue("postgres_server")
        template: str = self._request.getfixturevalue("postgres_template")
        spare = self._spare["postgresql"]
        url = spare.pop() if spare else server.create_from_template(template)
        yield url
        self._release(url, spare)
        server.empty(url)

    def _release(self, url: str, spare: list[str]) -> None:
        """Nobody keeps a connection from one test to the next, not even one that forgot to close it."""
        for database in self._opened.get(url, []):
            database.close()
        spare.append(url)

    @staticmethod
    def _clear(url: str) -> None:
        for rest in ("", "-wal", "-shm", "-journal"):
            Path(url.removeprefix("sqlite:///") + rest).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def copies(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """Where tests get their databases from, and instances their engines."""
    made = Copies(request, tmp_path_factory.mktemp("databases"))
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(wiring, "Database", made.open)
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, copies: Copies) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    with copies.sqlite() if request.param == "sqlite" else copies.postgresql() as url:
        yield url


@pytest.fixture
def clock() -> TurnableClock:
    """The instance's clock; it starts on MONDAY and can be turned."""
    return TurnableClock(MONDAY)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of this test's instance; override the fixture to change them."""
    return Settings(
        _env_file=None,
        database_url=database_url,
        data_dir=tmp_path,
        public_url="http://testserver",
        log_level="error",
        rate_per_minute=0,
        max_active_bookings=0,
        jobs="worker",
    )


@pytest.fixture
def instance(settings: Settings, clock: TurnableClock) -> Iterator[Instance]:
    """An open instance. Its jobs run when the test says `run_jobs()`."""
    opened = wiring.open_instance(settings, clock=clock)
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def client(instance: Instance) -> Iterator[TestClient]:
    """A caller of the instance's API, nobody signed in."""
    with TestClient(create_app(instance=instance)) as caller:
        yield caller


@pytest.fixture
def run_jobs(instance: Instance) -> Callable[[], int]:
    """Run everything that is due now; answers how many jobs ran."""
    return instance.runner.run_due

"""Every test has an instance of its own, on a copy of a migrated database, on SQLite and on PostgreSQL."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient

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
    """Databases with the schema in place and nothing in them.

    On PostgreSQL a copy of the template costs a quarter of a second, so a copy is emptied after a test and serves the
    next one; SQLite's template is a file and copied for every test.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._spare: list[str] = []

    @contextmanager
    def sqlite(self, path: Path) -> Iterator[str]:
        """A copy at this path."""
        shutil.copy(self._request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """A copy that nobody else uses meanwhile."""
        server: postgres.Server = self._request.getfixturevalue("postgres_server")
        template: str = self._request.getfixturevalue("postgres_template")
        url = self._spare.pop() if self._spare else server.create_from_template(template)
        yield url
        server.empty(url)
        self._spare.append(url)


@pytest.fixture(scope="session")
def copies(request: pytest.FixtureRequest) -> Copies:
    """Where tests get their databases from."""
    return Copies(request)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, copies: Copies, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    with copies.sqlite(tmp_path / "depot.db") if request.param == "sqlite" else copies.postgresql() as url:
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

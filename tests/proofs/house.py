"""A house for the proofs: a real server of several processes on a real database, with people and things in it."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app import wiring
from app.settings import Settings
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
TABLES = ("listing", "booking", "booking_event", "occupancy", "segment", "event_log", "idempotency_key")


class House:
    """One server. Only processes that it has started are ever killed."""

    def __init__(self, database_url: str, folder: Path, *, workers: int, fault: str | None = None) -> None:
        self.database_url, self.folder, self.workers, self.fault = database_url, folder, workers, fault
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.beginning: dict[str, int] = {}
        self.pids: list[int] = []
        self.server: subprocess.Popen[str] | None = None

    # People and things

    def furnish(
        self, *listings: dict[str, Any], people: int = 8
    ) -> tuple[list[Neighbour], Neighbour, dict[str, int]]:
        """Borrowers, a provider, and published listings with their units."""
        settings = Settings(_env_file=None, **self._settings())
        instance = wiring.open_instance(settings)
        instance.prepare()
        provider = signed_in_person(instance, "Provider")
        borrowers = [signed_in_person(instance, f"Borrower {number}") for number in range(people)]
        made = [offer(instance, provider, title="Chairs", **fields) for fields in listings]
        instance.close()
        offered = {str(one.id): one.units for one in made}
        self.beginning |= {one.replace("-", ""): units for one, units in offered.items()}
        return borrowers, provider, offered

    def _settings(self) -> dict[str, Any]:
        return {
            "database_url": self.database_url,
            "data_dir": str(self.folder),
            "public_url": self.base,
            "rate_per_minute": 0,
            "max_active_bookings": 0,
            "jobs": "worker",
            "log_level": "error",
            "pool_size": 12,
        }

    # The server

    @contextmanager
    def open(self) -> Iterator["House"]:
        """Serve until the block ends."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
        environment |= {f"DEPOT_{name.upper()}": str(value) for name, value in self._settings().items()}
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "tests.proofs.server", str(self.port), str(self.workers)]
        log = (self.folder / "server.log").open("a")
        self.server = subprocess.Popen(
            [*command, self.fault] if self.fault else command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        threading.Thread(target=self._listen, args=(self.server,), daemon=True).start()
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if time.monotonic() > deadline or self.server.poll() is not None:
                raise RuntimeError(f"The server did not start:\n{self.log()}")
            time.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "server.log").read_text()[-4_000:]

    def _listen(self, server: subprocess.Popen[str]) -> None:
        """Write down each process as the server tells of it."""
        assert server.stdout is not None
        with server.stdout:
            for line in server.stdout:
                self.pids.append(int(line))

    def _is_ready(self) -> bool:
        calm = suppress(urllib.error.URLError, ConnectionError, TimeoutError)
        with calm, urllib.request.urlopen(f"{self.base}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def is_ours(self, pid: int) -> bool:
        """Whether this process is one that a server of this house has started."""
        return pid in self.pids

    def kill_a_worker(self, draw: random.Random) -> bool:
        """SIGKILL for one of the workers; whether there was one alive."""
        assert self.server is not None
        living = [pid for pid in self.pids if _parent_of(pid) == self.server.pid]
        if living:
            os.kill(draw.choice(living), signal.SIGKILL)
        return bool(living)

    def kill_everything(self) -> None:
        """SIGKILL for the whole tree, and a new server on the same port."""
        assert self.server is not None
        tree = [pid for pid in self.pids if _parent_of(pid) == self.server.pid]
        self.server.kill()
        for pid in tree:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.wait()
        self.start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=20)

    # What is left of it

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as they are, and what the database itself says of its health."""
        engine = create_engine(self.database_url, poolclass=NullPool)
        sqlite = engine.dialect.name == "sqlite"
        with engine.connect() as connection:
            rows = {
                table: [
                    {
                        name: value
                        for name, value in row._mapping.items()
                        if not isinstance(value, (bytes, memoryview))
                    }
                    for row in connection.execute(text(f"SELECT * FROM {table}"))
                ]
                for table in TABLES
            }
            broken: list[Any] = []
            if sqlite:
                broken = [one for (one,) in connection.execute(text("PRAGMA integrity_check")) if one != "ok"]
                broken += connection.execute(text("PRAGMA foreign_key_check")).all()
        engine.dispose()
        rows["integrity"] = [{"finding": str(one)} for one in broken]
        rows["beginning"] = [self.beginning]
        dumped: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(rows, default=str))
        return dumped


def _parent_of(pid: int) -> int | None:
    with suppress(FileNotFoundError, ProcessLookupError):
        told = Path(f"/proc/{pid}/stat").read_text()
        return int(told.rpartition(")")[2].split()[1])
    return None

"""Processes to be measured: an instance of depot, and a bare ASGI answer of the same bytes as a ceiling."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import wiring
from app.settings import Settings
from app.wiring import Instance
from tests.benchmarks.measuring import ROOT
from tests.serving import free_port


class House:
    """One instance: its database, which this process opens too, and its server, when it runs."""

    def __init__(
        self, name: str, folder: Path, database_url: str, *, partners: tuple[int, ...] = (), port: int = 0
    ) -> None:
        self.name, self.folder, self.port = name, folder, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self.values: dict[str, Any] = {
            "name": f"Depot {name}",
            "database_url": database_url or f"sqlite:///{folder / 'depot.db'}",
            "data_dir": str(folder),
            "public_url": self.url,
            "outbound_allow": [f"127.0.0.1:{one}" for one in partners],
            "rate_per_minute": 0,
            "max_active_bookings": 0,
            "log_level": "error",
        }

    @contextmanager
    def opened(self) -> Iterator[Instance]:
        """The instance in this process; its jobs run when told to."""
        instance = wiring.open_instance(Settings(_env_file=None, jobs="worker", **self.values))
        instance.prepare()
        try:
            yield instance
        finally:
            instance.close()

    @contextmanager
    def serving(self, *, jobs: str = "worker") -> Iterator[int]:
        """The instance as operators start it; yields its process."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
        for name, value in (self.values | {"jobs": jobs}).items():
            environment[f"DEPOT_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "app", "serve", "--port", str(self.port)]
        with running(command, environment, self.port) as pid:
            yield pid


@contextmanager
def bare(pages: Mapping[str, bytes], folder: Path) -> Iterator[tuple[str, int]]:
    """A bare ASGI application that answers each path with these bytes; yields its address and its process."""
    port = free_port()
    told = folder / "pages.json"
    told.write_text(json.dumps({path: body.decode("latin-1") for path, body in pages.items()}))
    command = [sys.executable, "-m", "tests.benchmarks.bare", str(port), str(told)]
    with running(command, dict(os.environ) | {"PYTHONPATH": str(ROOT)}, port) as pid:
        yield f"http://127.0.0.1:{port}", pid


@contextmanager
def running(
    command: list[str], environment: dict[str, str], port: int, *, silent: bool = False
) -> Iterator[int]:
    """A process that listens on this port, until the block ends."""
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if silent else None,
    )
    try:
        _wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("A server to be measured did not start.")

"""Real processes of depot, and waiting for what they do."""

import os
import subprocess
import time
from pathlib import Path

import httpx

PATIENCE = 60


def environment_of(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an instance of its own, on SQLite in this folder."""
    ours = ("DEPOT_", "PYTHONUNBUFFERED")  # what a pipe is told should not depend on who runs the tests
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return inherited | {"DEPOT_DATA_DIR": str(folder)} | settings


def answered(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    """The first answer from there, while the process lives."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, f"it ended with {process.returncode}"
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} never answered")

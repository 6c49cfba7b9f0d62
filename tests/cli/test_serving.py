"""Real processes: they begin on an empty database, answer, and end when they are told."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

PATIENCE = 60


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `depot …` as a process of its own, on a fresh SQLite database; it is killed if it outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(*words: str, **settings: str) -> subprocess.Popen[str]:
        environment = os.environ | {"DEPOT_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"} | settings
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def line_with(words: str, process: subprocess.Popen[str]) -> str:
    """The first line the process says with these words."""
    assert process.stdout
    return next(line for line in process.stdout if words in line)


def test_a_fresh_server_answers_and_ends_when_told(started, port):
    server = started("serve", "--port", str(port))

    ready = answered(f"http://127.0.0.1:{port}/health/ready", server)
    server.send_signal(signal.SIGTERM)
    said, _ = server.communicate(timeout=PATIENCE)

    assert ready.json() == {"status": "ready"}
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in said


def test_a_second_server_on_the_same_port_says_why_it_cannot_begin(started, port):
    first = started("serve", "--port", str(port))
    answered(f"http://127.0.0.1:{port}/health/ready", first)

    second = started("serve", "--port", str(port))
    said, _ = second.communicate(timeout=PATIENCE)

    assert second.returncode != 0
    assert "address already in use" in said.lower()


def test_a_worker_ends_in_order_when_told(started):
    worker = started("worker")

    assert line_with("worker_started", worker)
    worker.send_signal(signal.SIGTERM)
    said, _ = worker.communicate(timeout=PATIENCE)

    assert '"finished": true' in said
    assert worker.returncode == 0

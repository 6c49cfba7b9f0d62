"""Real processes: they begin on an empty database, answer, and end when they are told."""

import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app import wiring
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.notifications import service as notifications
from app.settings import Settings
from tests.cli.processes import PATIENCE, answered, environment_of
from tests.factories.accounts import signed_in_person
from tests.factories.listeners import events, listening
from tests.serving import free_port


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `depot …` as a process of its own, on a fresh SQLite database; it is killed if it outlives the test."""
    processes: list[subprocess.Popen[str]] = []

    def start(*words: str, **settings: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            env=environment_of(tmp_path, **settings),
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
    return free_port()


def line_with(words: str, process: subprocess.Popen[str]) -> str:
    """The first line the process says with these words."""
    assert process.stdout
    assert select.select([process.stdout], [], [], PATIENCE)[0], "it says nothing"
    return next(line for line in process.stdout if words in line)


def test_a_fresh_server_answers_and_ends_when_told(started, port):
    server = started("serve", "--port", str(port))

    ready = answered(f"http://127.0.0.1:{port}/health/ready", server)
    server.send_signal(signal.SIGTERM)
    said, _ = server.communicate(timeout=PATIENCE)

    assert ready.json() == {"status": "ready"}
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in said


def test_a_server_told_to_end_waits_for_no_listener_and_the_next_one_goes_on_where_it_ended(
    started, port, tmp_path
):
    address = f"http://127.0.0.1:{port}"
    server = started("serve", "--port", str(port))
    answered(f"{address}/health/ready", server)
    with closing(wiring.open_instance(Settings(_env_file=None, data_dir=tmp_path))) as instance:
        anna = signed_in_person(instance, "Anna")

        def tell():
            with instance.transactions.writing(SYSTEM) as work:
                notifications.tell(work, new_id(), "password_changed", anna.id)

        with listening(address, anna) as ear:
            begins = next(ear)
            tell()
            first = next(events(ear))
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            rest = list(events(ear))
            said, _ = server.communicate(timeout=PATIENCE)
            took = time.monotonic() - began
        tell()
        answered(f"{address}/health/ready", started("serve", "--port", str(port)))
        with listening(address, anna, after=first.id) as ear:
            missed = next(events(ear))
            tell()
            came = next(events(ear))

    assert took < 5
    assert (begins.id, begins.retry, first.id, rest) == (0, 3000, 1, [])
    assert (missed.id, came.id) == (2, 3)
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


def test_the_demo_is_a_town_one_can_look_around_in(started, port):
    server = started("serve", "--demo", "--port", str(port))

    assert line_with("Sign in with the password", server), "before anybody has asked for anything"
    answered(f"http://127.0.0.1:{port}/health/ready", server)
    found = httpx.get(f"http://127.0.0.1:{port}/api/v1/listings", params={"q": "beamer"}).json()
    server.send_signal(signal.SIGTERM)
    said, _ = server.communicate(timeout=PATIENCE)

    assert "Beamer Epson, 3000 Lumen" in {item["title"] for item in found["items"]}
    assert "Traceback" not in said


def test_the_demo_begins_anew_and_leaves_the_real_database_alone(started, port, tmp_path):
    for _ in range(2):
        server = started("serve", "--demo", "--port", str(port))
        answered(f"http://127.0.0.1:{port}/health/ready", server)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=PATIENCE)

    assert (tmp_path / "demo.db").exists()
    assert not (tmp_path / "depot.db").exists()

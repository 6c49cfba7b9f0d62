"""Work without us around it: the statements of a request, straight through the driver, or writing down its answer."""

import pickle
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from pydantic_core import from_json, to_json
from sqlalchemy.engine import make_url

from tests.benchmarks.load import elsewhere
from tests.benchmarks.measuring import Stretch, measured

Statements = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Replay:
    """These lists of statements against this database, again and again."""

    url: str
    requests: Sequence[Statements]
    seconds: float


@dataclass(frozen=True)
class Encoding:
    """Writing these answers as JSON, again and again."""

    answers: Sequence[bytes]
    seconds: float


def contestant(work: Replay | Encoding, *pids: int) -> Callable[[], Stretch]:
    """A turn of it, in a process of its own; the database's processes have their part in the cost."""

    def turn() -> Stretch:
        with measured(*pids) as stretch:
            wall, processor, times = elsewhere("replaying", work)
        of_database = stretch.processor if pids else 0.0
        return Stretch(wall, processor + of_database, times, stretch.noisy)

    return turn


def connected(url: str) -> Any:
    """A connection of the driver, as the instance sets it up."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        connection = sqlite3.connect(parts.database or "", isolation_level=None)
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        return connection
    plain = parts.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, options="-c timezone=UTC")


def _replayed(work: Replay) -> tuple[float, float, int]:
    with closing(connected(work.url)) as connection:

        def one(statements: Statements) -> None:
            cursor = connection.cursor()
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
                if cursor.description:
                    cursor.fetchall()
            connection.rollback()

        return _timed(one, work.requests, work.seconds)


def _timed(one: Callable[[Any], object], items: Sequence[Any], seconds: float) -> tuple[float, float, int]:
    """Do it for each item at least once, and on until the time is over: seconds, seconds of processor, how often."""
    for item in items[:20]:
        one(item)
    times, began, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds or not times:
        for item in items:
            one(item)
            times += 1
            if time.perf_counter() > began + seconds:
                break
    return time.perf_counter() - began, time.process_time() - processor, times


def main() -> None:
    """The other process."""
    work: Replay | Encoding = pickle.load(sys.stdin.buffer)
    if isinstance(work, Replay):
        told = _replayed(work)
    else:
        told = _timed(to_json, [from_json(answer) for answer in work.answers], work.seconds)
    sys.stdout.buffer.write(pickle.dumps(told))

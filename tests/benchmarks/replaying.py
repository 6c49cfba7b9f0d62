"""Work without us around it: the statements of a request, straight through the driver, or writing down its answer."""

import pickle
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from pydantic_core import from_json, to_json
from sqlalchemy import event
from sqlalchemy.engine import make_url

from app.wiring import Instance
from tests.benchmarks.load import elsewhere
from tests.benchmarks.measuring import Stretch, measured

Statements = Sequence[tuple[str, Any]]
Turn = tuple[float, float, int]
"""Seconds, seconds of processor, and how often."""


@dataclass(frozen=True)
class Replay:
    """These lists of statements against this database, again and again, over so many connections at a time."""

    url: str
    requests: Sequence[Statements]
    seconds: float
    connections: int = 1


@dataclass(frozen=True)
class Encoding:
    """Writing the answers of each visit as JSON, again and again."""

    answers: Sequence[Sequence[bytes]]
    seconds: float


def contestant(work: Replay | Encoding, *pids: int) -> Callable[[], Stretch]:
    """A turn of it, in a process of its own; the database's processes have their part in the cost."""

    def turn() -> Stretch:
        with measured(*pids) as stretch:
            wall, processor, times = elsewhere("replaying", work)
        of_database = stretch.processor if pids else 0.0
        return Stretch(wall, processor + of_database, times, noisy=stretch.noisy)

    return turn


@contextmanager
def overhearing(instance: Instance) -> Iterator[list[tuple[str, Any]]]:
    """Every statement of the block, as the driver gets it."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    engine = instance.database.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


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


def _replayed(work: Replay) -> Turn:
    shares = [work.requests[first :: work.connections] for first in range(work.connections)]
    with ThreadPoolExecutor(work.connections) as pool:
        turns = list(pool.map(partial(_over_one_connection, work), shares))
    wall, processor, times = zip(*turns, strict=True)
    return max(wall), sum(processor), sum(times)


def _over_one_connection(work: Replay, requests: Sequence[Statements]) -> Turn:
    with closing(connected(work.url)) as connection:

        def one(statements: Statements) -> None:
            cursor = connection.cursor()
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
                if cursor.description:
                    cursor.fetchall()
            connection.rollback()

        return _timed(one, requests, work.seconds)


def _timed(one: Callable[[Any], object], items: Sequence[Any], seconds: float) -> Turn:
    """Do it for each item at least once, and on until the time is over."""
    for item in items[:20]:
        one(item)
    times, began, processor = 0, time.perf_counter(), time.thread_time()
    while time.perf_counter() < began + seconds or not times:
        for item in items:
            one(item)
            times += 1
            if time.perf_counter() > began + seconds:
                break
    return time.perf_counter() - began, time.thread_time() - processor, times


def main() -> None:
    """The other process."""
    work: Replay | Encoding = pickle.load(sys.stdin.buffer)
    if isinstance(work, Replay):
        told = _replayed(work)
    else:
        plain = [[from_json(answer) for answer in answers] for answers in work.answers]
        told = _timed(lambda visit: [to_json(answer) for answer in visit], plain, work.seconds)
    sys.stdout.buffer.write(pickle.dumps(told))

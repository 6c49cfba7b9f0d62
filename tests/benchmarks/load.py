"""A light client in a process of its own: sends requests that are made beforehand and reads as much of the answers as it
must. Its processor time counts for nobody.
"""

import asyncio
import itertools
import json
import pickle
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import uvloop

from tests.benchmarks.measuring import ROOT, Stretch, measured

Visit = Sequence[bytes]
"""Requests one after the other over one connection, and done when the last is answered."""
Paths = Sequence[str]
"""What a visitor looks at, one after the other."""


@dataclass(frozen=True)
class Plan:
    """What the client shall do: how many connections for how long.

    Without a `rate`, each asks again as soon as it is answered, until the time is over; `once` takes each visit once.
    With a `rate`, so many visits a second begin at random, however the server is; they wait from that moment on.
    `together` is a race: the requests of a visit go over one connection each, all at once; then those of the next.
    """

    url: str
    visits: Sequence[Visit]
    seconds: float = 3.0
    connections: int = 16
    rate: float = 0.0
    once: bool = False
    together: bool = False


@dataclass
class Told:
    """What came of it: visits done, answers by status, and how long each visit took, by its number among the plan's."""

    wall: float = 0.0
    done: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[tuple[int, float]] = field(default_factory=list)

    def expect(self, *statuses: int) -> "Told":
        """Itself; ends the run where something else was answered."""
        if self.done == 0 or set(self.statuses) - set(statuses):
            raise SystemExit(f"Answers were not as expected: {dict(self.statuses)}")
        return self


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: object | None = None
) -> bytes:
    """A request as it goes over the line."""
    sent = b"" if body is None else json.dumps(body).encode()
    told = {"host": "127.0.0.1", "accept": "application/json"} | dict(headers or {})
    if body is not None:
        told |= {"content-type": "application/json", "content-length": str(len(sent))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


def run(plan: Plan) -> Told:
    """Do it, in another process."""
    told: Told = elsewhere("load", plan)
    return told


def turn(plan: Plan, pids: Sequence[int], *statuses: int) -> Stretch:
    """The same, and what it cost those processes; ends the run where something else is answered."""
    with measured(*pids) as stretch:
        told = run(plan).expect(*statuses)
    stretch.wall, stretch.times = told.wall, told.done
    stretch.numbers, stretch.waits = zip(*told.waits, strict=True)
    return stretch


def asking(url: str, visits: Sequence[Paths], seconds: float, *pids: int) -> Callable[[], Stretch]:
    """A turn of visitors who look at these, again and again."""
    plan = Plan(url, [[request("GET", path) for path in paths] for paths in visits], seconds)
    return lambda: turn(plan, pids, 200)


def elsewhere(module: str, told: object) -> Any:
    """What `main` of a module here answers in a process of its own."""
    command = [sys.executable, "-c", f"from tests.benchmarks.{module} import main; main()"]
    done = subprocess.run(command, input=pickle.dumps(told), stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return pickle.loads(done.stdout)


class Line(asyncio.Protocol):
    """One connection: one question at a time."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[int] | None = None
        self._read = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, question: bytes) -> asyncio.Future[int]:
        """Send it; the status will come."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(question)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._read += data
        head = self._read.find(b"\r\n\r\n")
        if head < 0 or not self._is_whole(head):
            return
        status, self._read = int(self._read[9:12]), b""
        if self._answer and not self._answer.done():
            self._answer.set_result(status)

    def _is_whole(self, head: int) -> bool:
        at = self._read[:head].lower().find(b"content-length:")
        if at < 0:
            return self._read.endswith(b"\r\n0\r\n\r\n")  # in chunks
        length = int(self._read[at + 15 : self._read.find(b"\r\n", at)])
        return len(self._read) >= head + 4 + length

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(0)


class _Client:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.told = plan, Told()
        parts = urlsplit(plan.url)
        self._where = parts.hostname or "", parts.port or 80

    async def drive(self) -> Told:
        loop = asyncio.get_running_loop()
        lines = [(await loop.create_connection(Line, *self._where))[1] for _ in range(self.plan.connections)]
        began = time.perf_counter()
        if self.plan.together:
            for number, visit in enumerate(self.plan.visits):
                asked = zip(lines, visit, strict=True)
                await asyncio.gather(
                    *(self._visit(line, number, time.perf_counter(), one) for line, one in asked)
                )
        elif self.plan.rate:
            await self._openly(lines)
        else:
            numbers: Iterator[int] = iter(range(len(self.plan.visits)))
            numbers = numbers if self.plan.once else itertools.cycle(range(len(self.plan.visits)))
            await asyncio.gather(*(self._again(line, numbers, began) for line in lines))
        self.told.wall = time.perf_counter() - began
        return self.told

    async def _again(self, line: Line, numbers: Iterator[int], began: float) -> None:
        while (now := time.perf_counter()) < began + self.plan.seconds:
            number = next(numbers, None)
            if number is None:
                return
            await self._visit(line, number, now)

    async def _openly(self, lines: list[Line]) -> None:
        free: asyncio.Queue[Line] = asyncio.Queue()
        for line in lines:
            free.put_nowait(line)
        draw, due = random.Random(1), time.perf_counter()
        until = due + self.plan.seconds
        async with asyncio.TaskGroup() as tasks:
            for number in itertools.cycle(range(len(self.plan.visits))):
                due += draw.expovariate(self.plan.rate)
                if due > until:
                    return
                if (ahead := due - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                tasks.create_task(self._when_free(free, number, due))

    async def _when_free(self, free: asyncio.Queue[Line], number: int, due: float) -> None:
        line = await free.get()
        await self._visit(line, number, due)
        free.put_nowait(line)

    async def _visit(self, line: Line, number: int, since: float, *questions: bytes) -> None:
        for question in questions or self.plan.visits[number]:
            self.told.statuses[await line.ask(question)] += 1
        self.told.waits.append((number, time.perf_counter() - since))
        self.told.done += 1


def main() -> None:
    """The other process."""
    planned: Plan = pickle.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pickle.dumps(uvloop.run(_Client(planned).drive())))

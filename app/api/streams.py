"""Streams: who listens to what comes, and how they hear that something has come. `app.api.listening` tells them what.

Something that grows numbers what comes, for each person, in the order of commits. A stream remembers how far it has
told, and looks for what came after; so nothing is lost when a connection breaks, and nothing is told twice. One
watcher per process asks once a second how far everybody's numbers have come, whoever listens; nobody holds a thread or
a connection to the database while waiting, and where nobody listens, nobody asks.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi.sse import format_sse_event

from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions

MOST: Final = 5
"""So many streams one person has in one process; one more ends the oldest, which is the likeliest to be forgotten."""
RETURN_MS: Final = 3_000
"""After so long whoever was cut off comes back …"""
LATER_MS: Final = 60_000
"""… and after so long who was ended for a younger stream, or two windows would push each other out for ever."""

log = structlog.get_logger("depot.streams")


@dataclass(eq=False)
class Stream:
    """One open stream: whose, and up to where it has told."""

    person_id: UUID
    position: int
    last_words: bytes | None = None
    """Set once it is to end."""
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def stir(self) -> None:
        """Have it look."""
        self._stirred.set()

    def end(self, last_words: bytes = b"") -> None:
        """Have it end at once, with these words."""
        self.last_words = last_words
        self._stirred.set()

    async def wait(self, seconds: float) -> None:
        """Until it is stirred, for so long at most."""
        try:
            await asyncio.wait_for(self._stirred.wait(), seconds)
        except TimeoutError:
            return
        self._stirred.clear()


class Streams:
    """The open streams of one process. Belongs to its event loop; only `ask` runs in a thread."""

    def __init__(
        self,
        transactions: Transactions,
        positions: Callable[[Reading, Collection[UUID]], Mapping[UUID, int]],
        threads: CapacityLimiter,
    ) -> None:
        self.threads = threads
        self.every = 1.0
        self.heartbeat = 15.0
        self._transactions = transactions
        self._positions = positions
        self._open: list[Stream] = []  # the oldest first
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    @contextmanager
    def listening(self, stream: Stream) -> Iterator[None]:
        """While the block runs, this stream is stirred when something has come for its person."""
        if self._closed:
            stream.end()
        own = [one for one in self._open if one.person_id == stream.person_id and one.last_words is None]
        for oldest in own[: max(0, len(own) - MOST + 1)]:
            oldest.end(format_sse_event(retry=LATER_MS))
        self._open.append(stream)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._open.remove(stream)
            if not self._open:
                self._watcher.cancel()
                self._watcher = None

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def end(self) -> None:
        """End all of them, and let none begin: the process is about to go, and waits for them."""
        self._closed = True
        for stream in self._open:
            stream.end()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.every)
            try:
                come = await run_sync(self.ask, {one.person_id for one in self._open}, limiter=self.threads)
            except Exception as error:  # noqa: BLE001 - whatever it was, the next second may be better
                log.warning("streams_not_watched", error=type(error).__name__)
                continue
            for stream in self._open:
                if come.get(stream.person_id, 0) > stream.position:
                    stream.stir()

    def ask(self, people: Collection[UUID]) -> Mapping[UUID, int]:
        """How far it has come for each of these people."""
        with self._transactions.reading(SYSTEM) as reading:
            return self._positions(reading, people)

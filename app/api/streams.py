"""Streams: who listens to what comes, and how they hear that something has come. `app.api.listening` tells them what.

Something that grows numbers what comes, for each person, in the order of commits. A stream remembers how far it has
told, and looks for what came after; so nothing is lost when a connection breaks, and nothing is told twice. In between
it waits at a watch (`app.kernel.watching`), which holds nothing and asks nothing where nobody listens.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi.sse import format_sse_event

from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions
from app.kernel.watching import Watch

MOST: Final = 5
"""So many streams one person has in one process; one more ends the oldest, which is the likeliest to be forgotten."""
RETURN_MS: Final = 3_000
"""After so long whoever was cut off comes back …"""
LATER_MS: Final = 60_000
"""… and after so long who was ended for a younger stream, or two windows would push each other out for ever."""


@dataclass(eq=False)
class Stream:
    """One open stream: whose, and up to where it has told."""

    person_id: UUID
    position: int
    last_words: bytes | None = None
    """Set once it is to end."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, last_words: bytes = b"") -> None:
        """Have it end at once, with these words."""
        self.last_words = last_words
        self.stirred.set()


class Streams:
    """The open streams of one process. Belongs to its event loop."""

    def __init__(
        self,
        transactions: Transactions,
        positions: Callable[[Reading, Collection[UUID]], Mapping[UUID, int]],
        threads: CapacityLimiter,
    ) -> None:
        def ask(people: Collection[UUID]) -> Mapping[UUID, int]:
            with transactions.reading(SYSTEM) as reading:
                return positions(reading, people)

        self.watch: Watch[UUID, int] = Watch(lambda people: run_sync(ask, people, limiter=threads), every=1.0)
        self.heartbeat = 15.0
        self._open: list[Stream] = []  # the oldest first
        self._closed = False

    @contextmanager
    def listening(self, stream: Stream) -> Iterator[None]:
        """While the block runs, this is one of the person's streams."""
        if self._closed:
            stream.end()
        own = [one for one in self._open if one.person_id == stream.person_id and one.last_words is None]
        for oldest in own[: max(0, len(own) - MOST + 1)]:
            oldest.end(format_sse_event(retry=LATER_MS))
        self._open.append(stream)
        try:
            yield
        finally:
            self._open.remove(stream)

    async def news_of(self, stream: Stream) -> None:
        """Wait until something has come or the stream is to end, and no longer than until the next sign of life."""
        await self.watch.until_moved(
            stream.person_id, stream.position, seconds=self.heartbeat, stirred=stream.stirred
        )
        stream.stirred.clear()

    def end(self) -> None:
        """End all of them, and let none begin: the process is about to go, and waits for them."""
        self._closed = True
        for stream in self._open:
            stream.end()

"""Waiting until something moves without holding anything: no thread, no connection, however many wait.

One look at where everything stands, now and then and only while somebody waits, serves everybody. It is a look into the
database, because what moves things may be another process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

import structlog

from app.kernel.problems import TryAgain

Key = TypeVar("Key")
Position = TypeVar("Position")

log = structlog.get_logger("depot.watching")


class Watch(Generic[Key, Position]):
    """Tells those who wait when something is no longer where it was. Belongs to one event loop."""

    def __init__(
        self, look: Callable[[Collection[Key]], Awaitable[Mapping[Key, Position]]], *, every: float
    ) -> None:
        """`look` tells where these things are, as far as it knows them; it is asked again `every` so many seconds."""
        self.every = every
        self._look = look
        self._waiting: dict[asyncio.Event, tuple[Key, Position]] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def until_moved(
        self, key: Key, seen: Position, *, seconds: float, stirred: asyncio.Event | None = None
    ) -> bool:
        """Wait until this has left its position or somebody sets `stirred`, at most so long; answers whether so."""
        moved = stirred or asyncio.Event()
        self._waiting[moved] = (key, seen)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            await asyncio.wait_for(moved.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            del self._waiting[moved]
        return True

    async def _keep_looking(self) -> None:
        while self._waiting:
            try:
                positions = await self._look({key for key, _ in self._waiting.values()})
            except TryAgain as error:  # the database may come back while they wait
                log.warning("nothing_seen", error=type(error).__name__)
                positions = {}
            for moved, (key, seen) in self._waiting.items():
                if key in positions and positions[key] != seen:
                    moved.set()
            await asyncio.sleep(self.every)

"""Waiting for news of a feed without holding anything: no thread, no connection, however many wait.

One look at the positions of all feeds, a few times a second and only while somebody waits, serves everybody. It is a
look into the database, because what publishes may be another process.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from app.federation.cursor import FeedPosition

LONGEST_SECONDS: Final = 25
MOST_OF_ONE: Final = 4
MOST: Final = 2_000
LOOK_EVERY_SECONDS: Final = 0.25

log = structlog.get_logger("depot.federation")


class Watch:
    """Tells those who wait when a feed is no longer where it was."""

    def __init__(self, look: Callable[[], Awaitable[Mapping[str, FeedPosition]]]) -> None:
        self._look = look
        self._waiting: dict[asyncio.Event, tuple[str, FeedPosition]] = {}
        self._of_one: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None

    async def until_moved(self, who: str, feed: str, seen: FeedPosition, *, seconds: float) -> bool:
        """Wait until a feed has left this position, at most so long; answers whether it has.

        Who has several questions waiting already, and everybody while too many wait, is not made to wait.
        """
        if self._of_one[who] >= MOST_OF_ONE or len(self._waiting) >= MOST:
            return False
        moved = asyncio.Event()
        self._waiting[moved] = (feed, seen)
        self._of_one[who] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            await asyncio.wait_for(moved.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            del self._waiting[moved]
            self._of_one[who] -= 1
            self._of_one += Counter()  # forget those who no longer wait
        return True

    async def _keep_looking(self) -> None:
        while self._waiting:
            try:
                positions = await self._look()
            except Exception as error:  # noqa: BLE001 - the database may come back while they wait
                log.warning("feeds_not_seen", error=type(error).__name__)
                positions = {}
            for moved, (feed, seen) in self._waiting.items():
                if feed in positions and positions[feed] != seen:
                    moved.set()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

"""The only place that asks what time it is. Everything else is told: one request knows one `now`."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time: aware, UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the one place


class TurnableClock:
    """A clock that can be set and turned, for tests, the demo and drills; it runs on from where it was set."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta()
        self._system = SystemClock()
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        return self._system.now() + self._offset

    def set(self, moment: datetime) -> None:
        self._offset = moment - self._system.now()

    def turn(self, by: timedelta) -> None:
        self._offset += by


def unix_milliseconds() -> int:
    """Milliseconds since 1970, for ids and revision numbers, which must not follow a turned clock."""
    return time.time_ns() // 1_000_000

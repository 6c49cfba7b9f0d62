"""One line to each machine elsewhere, and no more patience with it than it deserves (federation.md §2.6).

A machine that has failed three times in a row is left alone for a while, from a minute up to six hours; what it asks
for itself by `Retry-After` counts, and who is `heard` from since is tried at once: it is evidently there. Whoever
wants to speak with it meanwhile is told so at once and holds up nobody.
And to each there is one line: who finds it busy with a slow answer comes back later instead of waiting in the way of
others. Kept in memory: after a start everybody gets a new chance.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from app.outbound.http import MIB, Answer, Http, Unreachable

FAILURES_BORNE: Final = 3
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=6)
_LONGEST_ASKED: Final = timedelta(hours=24)
_WAITED_SECONDS: Final = 1.0


class LeftAlone(Unreachable):
    """Not even tried: it failed too often, or is busy with us already."""


@dataclass
class _Line:
    """What we know of one machine."""

    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    busy_since: float = 0.0
    failures: int = 0
    failed_at: datetime | None = None
    open_until: datetime | None = None
    asked_for_it: bool = False
    """It is left alone because it asked to be."""
    why: str = ""


def _nobody_listens(_netloc: str) -> datetime | None:
    return None


class PatientHttp:
    """Asks other machines through `http`, one request at a time each, and leaves alone who fails."""

    def __init__(
        self,
        http: Http,
        now: Callable[[], datetime],
        heard: Callable[[str], datetime | None] = _nobody_listens,
    ) -> None:
        """`heard` tells when the machine of this name and port last spoke to us; asked only before it is left alone."""
        self._http = http
        self._now = now
        self._heard = heard
        self._lines: dict[str, _Line] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = 8 * MIB,
    ) -> Answer:
        """As `SafeHttp.request`. Raises LeftAlone, without a try, for who is to be left alone."""
        netloc = urlsplit(url).netloc.lower()
        line = self._lines.setdefault(netloc, _Line())
        self._take(line, netloc)
        try:
            answer = self._http.request(method, url, headers=headers, body=body, max_bytes=max_bytes)
        except Unreachable as failure:
            self._failed(line, str(failure))
            raise
        finally:
            line.one_at_a_time.release()
        if answer.is_passing:
            self._failed(
                line, f"status {answer.status}", asked=_seconds(answer.headers.get("retry-after", ""))
            )
        else:
            line.failures, line.open_until = 0, None
        return answer

    def _take(self, line: _Line, netloc: str) -> None:
        self._require_closed(line, netloc)
        busy_for = time.monotonic() - line.busy_since
        patience = _WAITED_SECONDS if busy_for < _WAITED_SECONDS else 0.0
        if not line.one_at_a_time.acquire(blocking=patience > 0, timeout=patience or -1):
            raise LeftAlone("It is still busy with another answer to us.")
        line.busy_since = time.monotonic()
        try:
            self._require_closed(line, netloc)  # whoever had the line before may have learnt something
        except LeftAlone:
            line.one_at_a_time.release()
            raise

    def _require_closed(self, line: _Line, netloc: str) -> None:
        if line.open_until is None or self._now() >= line.open_until or self._has_spoken(line, netloc):
            return
        raise LeftAlone(f"Left alone after {line.failures} failures: {line.why}")

    def _has_spoken(self, line: _Line, netloc: str) -> bool:
        """Whether it was heard from since it failed; then one try is worth it."""
        if line.asked_for_it or line.failed_at is None:
            return False
        heard = self._heard(netloc)
        return heard is not None and heard > line.failed_at

    def _failed(self, line: _Line, why: str, *, asked: timedelta | None = None) -> None:
        line.failures, line.why = line.failures + 1, why[:200]
        line.failed_at, line.asked_for_it = self._now(), asked is not None
        if asked is not None:
            line.open_until = self._now() + asked
        elif line.failures >= FAILURES_BORNE:
            line.open_until = self._now() + pause(line.failures, jitter=random.random())  # noqa: S311 - spreads the load


def pause(failures: int, *, jitter: float) -> timedelta:
    """How long to leave alone who has failed so often: full jitter below a ceiling that doubles."""
    doublings = min(max(failures - FAILURES_BORNE, 0), 16)
    return max(SHORTEST / 10, min(SHORTEST * (1 << doublings), LONGEST) * jitter)


def _seconds(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=int(text[:9])), _LONGEST_ASKED)

"""How often somebody may ask: a moving window per person, or per address where nobody is signed in.

Kept in the memory of this process: it protects the process. What must hold across processes (guesses of a
password, mails asked for) is counted in the database by the room it concerns.
"""

import hashlib
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from app.api.calls import credential


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left for one caller: requests, and seconds until the window has moved on."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w=60',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_seconds}',
        }


class Rates:
    """Counts requests; thread-safe. `per_minute` 0 counts nothing."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._item = RateLimitItemPerMinute(max(1, per_minute))
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, request: Request) -> Allowance | None:
        """Count this request; None when nothing is counted."""
        if not self._per_minute:
            return None
        caller = _caller(request)
        allowed = self._windows.hit(self._item, caller)
        window = self._windows.get_window_stats(self._item, caller)
        reset = max(1, round(window.reset_time - time.time()))  # noqa: TID251 - the library's clock, not ours
        return Allowance(allowed, self._per_minute, window.remaining, min(reset, 60))


def _caller(request: Request) -> str:
    token, _ = credential(request)
    if token:
        return hashlib.sha256(token.encode()).hexdigest()
    return request.client.host if request.client else "nobody"

"""Ids: UUIDv7 (RFC 9562 §5.7), made by the application before the row exists. Never a secret."""

import secrets
import threading
from uuid import UUID

from app.kernel import clock

_COUNTER_BITS = 74  # the 12 bits of rand_a and the 62 of rand_b, read as one number
_lock = threading.Lock()
_last = (0, 0)


def new_id() -> UUID:
    """A new id, ascending within this process (RFC 9562 §6.2, method 2: the random part counts on)."""
    global _last  # noqa: PLW0603 - the one memory that makes ids of one millisecond ascend
    with _lock:
        milliseconds, count = clock.unix_milliseconds(), secrets.randbits(_COUNTER_BITS - 1)
        if milliseconds <= _last[0]:
            milliseconds, count = _last[0], _last[1] + 1 + secrets.randbits(32)
        _last = (milliseconds, count)
    rand_a, rand_b = count >> 62, count & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)

"""Keyset pages: a cursor is opaque to clients and remembers sort key, id and the filters it belongs to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from app.kernel.problems import Problem
from app.kernel.text import message

T = TypeVar("T")
MAX_LIMIT: Final = 100
_MAX_CURSOR = 1_000


class BadCursor(Problem):
    """400: `after` is not a value this list gave out, or it belongs to other filters."""

    slug = "bad-cursor"
    title = message("This page marker does not belong to this list. Start again without `after`.")
    status = 400


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items and the opaque value to continue after, or None at the end."""

    items: Sequence[T]
    next: str | None


def fingerprint(filters: object) -> str:
    """A short hash of a list's filters and order, so that a cursor is not used with others."""
    return hashlib.sha256(repr(filters).encode()).hexdigest()[:12]


def encode_cursor(key: Sequence[str | int | float | None], *, filters: str) -> str:
    """The opaque value for "after this key"."""
    return base64.urlsafe_b64encode(json.dumps([filters, *key]).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *, filters: str, length: int) -> list[Any]:
    """The key inside; raises BadCursor for anything this list did not give out with these filters."""
    first, *key = _parts(cursor, length)
    if first != filters:
        raise BadCursor
    return key


def sealed_cursor(key: Sequence[str | int | float | None], *, filters: str, secret: bytes) -> str:
    """The same where nobody may make one up: a key that costs more than a page to go on from."""
    return encode_cursor(key, filters=_seal(key, filters, secret))


def opened_cursor(cursor: str, *, filters: str, length: int, secret: bytes) -> list[Any]:
    """The key inside a sealed cursor; raises BadCursor."""
    first, *key = _parts(cursor, length)
    if not hmac.compare_digest(str(first).encode(), _seal(key, filters, secret).encode()):
        raise BadCursor
    return key


def _seal(key: Sequence[object], filters: str, secret: bytes) -> str:
    return hmac.digest(secret, json.dumps([filters, *key]).encode(), hashlib.sha256).hex()[:24]


def _parts(cursor: str, length: int) -> list[Any]:
    try:
        if len(cursor) > _MAX_CURSOR:
            raise BadCursor
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(found, list) or len(found) != length + 1:
        raise BadCursor
    if not all(value is None or isinstance(value, (str, int, float)) for value in found):
        raise BadCursor
    return found

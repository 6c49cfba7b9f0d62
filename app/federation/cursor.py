"""Where a reader of a feed stands, and what proves that both sides hold the same (federation.md §2.5). Pure.

The cursor holds the purge floor at which its walk began. Without it, a walk that starts over after tombstones
were purged would be told to start over again, for ever.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.federation.problems import BadCursor, ResyncRequired

MAX_LENGTH: Final = 256
EMPTY_DIGEST: Final = "0" * 64

_TEXT = re.compile(
    r"([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15})(?:\.([a-z0-9]{1,32}))?"
)


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """Where a feed stands: `head`, the last number given out; `floor`, the highest of a purged tombstone."""

    epoch: str
    floor: int
    head: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `seq` was read, in a walk that began when the purge floor was `floor0`.

    `choice` names the filter of the walk: another filter lets other entries through, so it needs another walk.
    """

    epoch: str
    floor0: int
    seq: int
    choice: str = ""

    def __str__(self) -> str:
        return f"{self.epoch}.{self.floor0}.{self.seq}" + (f".{self.choice}" if self.choice else "")


def start(feed: FeedPosition, choice: str = "") -> Cursor:
    """Before the first entry, of a walk that begins now."""
    return Cursor(feed.epoch, feed.floor, 0, choice)


def parse(text: str) -> Cursor:
    """Read a cursor we once gave out. Raises BadCursor."""
    found = _TEXT.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise BadCursor
    return Cursor(found[1], int(found[2]), int(found[3]), found[4] or "")


def continue_from(after: str | None, feed: FeedPosition, choice: str = "") -> Cursor:
    """Where to read on. Raises BadCursor, or ResyncRequired when what lies between is no longer known."""
    if not after:
        return start(feed, choice)
    cursor = parse(after)
    from_the_future = cursor.seq > feed.head
    missed_a_purge = cursor.seq < feed.floor and cursor.floor0 < feed.floor
    if (cursor.epoch, cursor.choice) != (feed.epoch, choice) or from_the_future or missed_a_purge:
        raise ResyncRequired
    return cursor


def next_revision(old: int | None, unix_ms: int) -> int:
    """Revision higher than any before of this id, also after a purge of its tombstone or a restore."""
    return unix_ms if old is None else max(old + 1, unix_ms)


def mark(item_id: str, revision: int) -> int:
    """Fingerprint that one active entry adds to the digest; XOR adds and takes away alike."""
    return int.from_bytes(hashlib.sha256(f"{item_id}\n{revision}".encode()).digest(), "big")


def toggled(digest: str, *marks: int) -> str:
    """Digest with these marks added if absent, taken away if present."""
    value = int(digest, 16)
    for one in marks:
        value ^= one
    return f"{value:064x}"


def digest_of(entries: Iterable[tuple[str, int]]) -> str:
    """Digest of a set of active entries `(id, rev)`, from nothing."""
    return toggled(EMPTY_DIGEST, *(mark(item_id, revision) for item_id, revision in entries))

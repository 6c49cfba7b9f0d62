"""Judging a page of a partner's feed before anything of it is applied, and what follows from it (federation.md §2.6).

Pure: the service writes down what is decided here, and the model check in `tests/federation` runs the very same
functions against random faults.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, Protocol

from pydantic import ValidationError

from app.federation.problems import BadJson
from app.federation.protocol import strict_json
from app.federation.protocol.v1 import Entry, EntryState, Kind, PageEnvelope

REGRESSIONS_BORNE: Final = 3
BRAKE_SHARE: Final = 0.3
BRAKE_ROWS: Final = 50
CHURN_FACTOR: Final = 10
CHURN_FLOOR: Final = 100
CHURN_DAYS: Final = 14
_STATES: Final = frozenset(EntryState)


class PartnerErred(Exception):
    """The partner breaks the protocol: nothing of the page is applied, and we ask again later."""


class OverQuota(Exception):
    """The partner publishes more than it may have here: nothing is cut off silently, so we stop and say so."""


class ReadingMode(StrEnum):
    """How we read a partner's feed: only what is new, or all of it again."""

    TAIL = "tail"
    WALK = "walk"


class Verdict(StrEnum):
    """What to do with a page that is formally right."""

    APPLY = "apply"
    DROP = "drop"  # older than what we have seen: a cache, or a restored backup
    WALK = "walk"  # older for the third time, or of another epoch: read everything again


@dataclass(frozen=True, slots=True)
class Stand:
    """Where our reading of a feed stands. `walk` counts the walks begun; `epoch_seen` is that of the last page."""

    instance: str
    kind: Kind
    cursor: str = ""
    last_seq: int = 0
    mode: ReadingMode = ReadingMode.WALK
    walk: int = 1
    epoch_seen: str = ""
    head_seen: int = 0
    regressions: int = 0


class Known(Protocol):
    """What we hold of one entry."""

    @property
    def revision(self) -> int: ...

    @property
    def walk(self) -> int: ...

    @property
    def fingerprint(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose envelope and order are right; what is inside each entry's data is not judged yet."""

    envelope: PageEnvelope
    entries: Sequence[Entry]
    last_seq: int


def read_page(raw: bytes, stand: Stand) -> Page:
    """Read an answer of the feed. Raises PartnerErred for what would corrupt our reading."""
    try:
        envelope = PageEnvelope.model_validate(strict_json.read(raw, whole_text=False))
        entries = tuple(Entry.model_validate(item) for item in envelope.items)
    except (BadJson, ValidationError) as refused:
        raise PartnerErred(f"The page cannot be read: {type(refused).__name__}") from refused
    if (envelope.instance, envelope.kind) != (stand.instance, stand.kind):
        raise PartnerErred("The page is of another instance or kind.")
    if envelope.after != stand.cursor:
        raise PartnerErred("The page continues from somewhere else.")
    numbers = [stand.last_seq, *(entry.seq for entry in entries)]
    # Of another epoch the numbers mean something else; `judge` has it walked.
    if not _other_epoch(envelope, stand) and any(later <= earlier for earlier, later in pairwise(numbers)):
        raise PartnerErred("The numbers of the page do not ascend.")
    if envelope.more and envelope.cursor == stand.cursor:
        raise PartnerErred("The page promises more and does not move on.")
    known = tuple(entry for entry in entries if entry.state in _STATES)
    return Page(envelope, known, numbers[-1])


def judge(page: Page, stand: Stand) -> Verdict:
    """Whether the page can be newer than what we have. Only the end of a feed tells its head reliably."""
    envelope = page.envelope
    if _other_epoch(envelope, stand):
        return Verdict.WALK
    if envelope.more or envelope.epoch != stand.epoch_seen or envelope.head >= stand.head_seen:
        return Verdict.APPLY
    return Verdict.WALK if stand.regressions + 1 >= REGRESSIONS_BORNE else Verdict.DROP


def is_news(revision: int, fingerprint: str, known: Known | None, stand: Stand) -> bool:
    """Whether an entry is to be taken. What a walk meets for the first time is trusted, even with a lower revision.

    A restored origin may have gone back; a guard over all times would keep what it no longer has, for ever. Equal
    revisions with other contents break the protocol, and the newer word counts.
    """
    if known is None or revision > known.revision:
        return True
    first_met = known.walk != stand.walk
    if revision == known.revision:
        # A loan may have been read by itself meanwhile, so what a walk says of it is heard in any case.
        return fingerprint != known.fingerprint or (first_met and stand.kind is Kind.REQUEST)
    return first_met


def moved_on(stand: Stand, page: Page) -> Stand:
    """Where the reading stands once the page is applied."""
    envelope = page.envelope
    there = replace(
        stand, cursor=envelope.cursor, last_seq=page.last_seq, epoch_seen=envelope.epoch, regressions=0
    )
    if envelope.more:
        return there if envelope.epoch == stand.epoch_seen else replace(there, head_seen=0)
    return replace(there, head_seen=envelope.head, mode=ReadingMode.TAIL)


def regressed(stand: Stand) -> Stand:
    """Where it stands after a page that was dropped."""
    return replace(stand, regressions=stand.regressions + 1)


def walk_anew(stand: Stand) -> Stand:
    """Read everything again from the beginning; nothing is deleted before the walk has reached the end."""
    return Stand(stand.instance, stand.kind, walk=stand.walk + 1)


def brakes(doomed: int, held: int) -> bool:
    """Whether a finished walk would delete so much that a person should look first."""
    return doomed > BRAKE_ROWS and doomed > held * BRAKE_SHARE


def churns(days: Sequence[int], today: int) -> bool:
    """Whether today's changes are far more than those of a usual day; `days` are the last ones, full."""
    if len(days) < CHURN_DAYS // 2:
        return False
    return today > max(CHURN_FLOOR, CHURN_FACTOR * statistics.median(days))


def refusal_of(error: ValidationError) -> str:
    """Why an entry was put aside, in one line and without repeating what was sent."""
    first: Mapping[str, Any] = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = "/".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"[:500]


def _other_epoch(envelope: PageEnvelope, stand: Stand) -> bool:
    """Whether the feed began anew in the middle of our reading, without telling us by a 410."""
    return bool(stand.cursor and stand.epoch_seen) and envelope.epoch != stand.epoch_seen

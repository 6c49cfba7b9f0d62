"""Judging a page of a partner's feed before anything of it is applied (federation.md §2.6). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from pydantic import ValidationError

from app.federation.problems import BadJson
from app.federation.protocol import strict_json
from app.federation.protocol.v1 import Entry, EntryState, Kind, PageEnvelope

REGRESSIONS_BORNE: Final = 3
BRAKE_SHARE: Final = 0.3
BRAKE_ROWS: Final = 50


class PartnerErred(Exception):
    """The partner breaks the protocol: nothing of the page is applied, and we ask again later."""


class Verdict(StrEnum):
    """What to do with a page that is formally right."""

    APPLY = "apply"
    DROP = "drop"  # older than what we have seen: a cache, or a restored backup
    WALK = "walk"  # older for the third time: read everything again


@dataclass(frozen=True, slots=True)
class Stand:
    """Where our reading of a feed stood when the page was asked for."""

    instance: str
    kind: Kind
    cursor: str
    last_seq: int
    epoch_seen: str
    head_seen: int
    regressions: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose envelope and order are right; what is inside each entry's data is not judged yet."""

    envelope: PageEnvelope
    entries: Sequence[Entry]

    @property
    def last_seq(self) -> int | None:
        return self.entries[-1].seq if self.entries else None


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
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise PartnerErred("The numbers of the page do not ascend.")
    if envelope.more and envelope.cursor == stand.cursor:
        raise PartnerErred("The page promises more and does not move on.")
    return Page(envelope, tuple(entry for entry in entries if entry.state in set(EntryState)))


def judge(page: Page, stand: Stand) -> Verdict:
    """Whether the page can be newer than what we have. Only the end of a feed tells its head reliably."""
    envelope = page.envelope
    same_epoch = envelope.epoch == stand.epoch_seen
    if envelope.more or not same_epoch or envelope.head >= stand.head_seen:
        return Verdict.APPLY
    return Verdict.WALK if stand.regressions + 1 >= REGRESSIONS_BORNE else Verdict.DROP


def brakes(doomed: int, held: int) -> bool:
    """Whether a finished walk would delete so much that a person should look first."""
    return doomed > BRAKE_ROWS and doomed > held * BRAKE_SHARE


def refusal_of(error: ValidationError) -> str:
    """Why an entry was put aside, in one line and without repeating what was sent."""
    first: Mapping[str, Any] = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = "/".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}"[:500]

"""Which of the steps one may take is the next one, and what each asks for. Pure.

A card shows one step; the others stand below it on the booking's page. The order is that of an ordinary loan.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

ANSWERS: Final = (
    "accept",
    "accept-counter",
    "accept-change",
    "take",
    "agree",
    "settle",
)
"""What somebody else waits for, the most pressing first."""

ON_THE_SPOT: Final = (
    "take-back",
    "hand-over",
    "report-return",
    "check-out",
    "check-in",
    "start",
    "report",
    "record-attendance",
    "give-access",
    "complete",
)
"""What moves a promise on, when its time has come."""

AT_LEISURE: Final = (
    "make-ready",
    "add-account",
    "counter",
    "pass",
    "propose-change",
    "decline-change",
    "withdraw-change",
    "differ",
)
"""What one may do while it is for others, or for time, to move."""

GRAVE: Final = (
    "withdraw",
    "decline",
    "cancel",
    "not-collected",
    "release",
    "did-not-happen",
    "raise-case",
    "mark-lost",
)
"""What ends or breaks something: shown last, with what follows from it."""

OPENED: Final = frozenset(ANSWERS + ON_THE_SPOT)
"""Steps whose form stands open on the booking's page; the others are asked for."""

ORDER: Final = ANSWERS + ON_THE_SPOT + AT_LEISURE + GRAVE

_SOON: Final = timedelta(hours=24)
_BEGINNINGS: Final = frozenset({"hand-over", "check-in", "start"})

_RECORD: Final = ("units", "as_it_should", "condition")
ASKS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "counter": ("starts_at", "ends_at", "units", "amount", "place_note", "terms", "note"),
        "propose-change": ("starts_at", "ends_at", "units", "amount", "place_note", "note"),
        "hand-over": (*_RECORD, "deposit_taken", "code"),
        "take-back": (*_RECORD, "deposit_back", "code"),
        "correct-record": ("condition",),
        "did-not-happen": ("outcome", "note"),
        "settle": ("settled_as", "note"),
        "report": ("minutes", "note"),
        "record-attendance": ("attended", "note"),
    }
)
"""What a step asks for beside a word to the other side, in the order of its form."""

_TAPS: Final = frozenset(
    {"accept-counter", "accept-change", "take", "pass", "agree", "complete", "check-in", "check-out", "start"}
)
"""What needs no word."""

_PROVIDERS: Final = frozenset({"amount"})
_MODERATORS: Final = frozenset({"settled_as"})
_OF_SEVERAL: Final = frozenset({"units", "attended"})
_BEFORE_IT_BEGINS: Final = frozenset({"starts_at", "units"})


def next_step(allowed: Collection[str], *, is_over: bool = False) -> str | None:
    """The one step to show; None where nothing is left to do. Once the time is over one tells how it was."""
    order = ("report", "report-return", *ORDER) if is_over else ORDER
    return next((action for action in order if action in allowed), None)


def further(allowed: Collection[str], shown: str | None) -> list[str]:
    """The other steps, those that break something last."""
    return [action for action in ORDER if action in allowed and action != shown]


def is_due(
    step: str | None, role: str, state: str, *, starts_at: datetime, ends_at: datetime, now: datetime
) -> bool:
    """Whether somebody waits for this step just now, or its time has come."""
    if step in ANSWERS:
        return True
    if step not in ON_THE_SPOT:
        return False
    time_comes = starts_at if step in _BEGINNINGS else ends_at
    return _is_owed(step, role, state) or now >= time_comes - _SOON


def _is_owed(step: str | None, role: str, state: str) -> bool:
    """Where the other side has done theirs already."""
    acknowledges = step == "hand-over" and role == "borrower"
    return acknowledges or step in {"complete", "give-access"} or state in {"return_reported", "in_progress"}


def asks(action: str, role: str, *, units: int, has_begun: bool, has_deposit: bool) -> Sequence[str]:
    """What the form of this step holds for this side."""
    if action in {"hand-over", "take-back"} and role == "borrower":
        return ("note",)
    idle: set[str] = set()
    if role != "provider":
        idle |= _PROVIDERS
    if role != "moderator":
        idle |= _MODERATORS
    if units == 1:
        idle |= _OF_SEVERAL
    if has_begun and action == "propose-change":
        idle |= _BEFORE_IT_BEGINS
    if not has_deposit:
        idle |= {"deposit_taken", "deposit_back"}
    usual = () if action in _TAPS else ("note",)
    return [part for part in ASKS.get(action, usual) if part not in idle]

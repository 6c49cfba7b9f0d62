"""How long things last, what a password must be, how patience grows, how recognition moves. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID


class PartyKind(StrEnum):
    """What kind of party stands on one side of a promise."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Purpose(StrEnum):
    """What a one-time token is good for."""

    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a name, no secret
    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    STAFF = "staff"


LIFETIMES: Final[Mapping[Purpose, timedelta]] = {
    Purpose.CONFIRM_EMAIL: timedelta(days=3),
    Purpose.CHANGE_EMAIL: timedelta(hours=2),
    Purpose.RESET_PASSWORD: timedelta(minutes=30),
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.INVITATION: timedelta(days=14),
    Purpose.STAFF: timedelta(hours=24),
}

IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=90)
TOUCH: Final = timedelta(hours=1)


def session_lives(*, used_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether a session still counts: used within 30 days and opened within 90."""
    return now < ends_at and now < used_at + IDLE


@dataclass(frozen=True, slots=True)
class Patience:
    """How many tries are free within a window, and how long one waits after them.

    `first_wait` doubles with every further try up to `longest_wait`; without it one waits until the window is over.
    """

    free: int
    window: timedelta
    first_wait: timedelta | None = None
    longest_wait: timedelta = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried so far under one key."""

    count: int
    since: datetime
    last_at: datetime


GUESSES_FROM_HERE: Final = Patience(free=5, window=timedelta(hours=24), first_wait=timedelta(seconds=1))
"""One account from one address: at most about 90 guesses a day."""
GUESSES_OF_ADDRESS: Final = Patience(free=10, window=timedelta(minutes=1))
"""All accounts from one address."""
GUESSES_OF_ACCOUNT: Final = Patience(free=100, window=timedelta(hours=24))
"""One account from everywhere, but for addresses its owner signed in from: a stranger cannot lock them out."""
MAILS_TO: Final = Patience(free=5, window=timedelta(hours=1))
"""Mails somebody asks us to send to one address."""
MAILS_FROM: Final = Patience(free=60, window=timedelta(hours=1))
"""Mails asked for from one address."""
KNOWN_FOR: Final = timedelta(days=90)


def counted(tried: Tried | None, patience: Patience, now: datetime) -> Tried:
    """One try more; the count begins anew when its window is over.

    A growing wait keeps its window open as long as tries go on, otherwise waiting out 24 hours would be a way round.
    """
    if tried is None or now >= _window_end(tried, patience):
        return Tried(count=1, since=now, last_at=now)
    return Tried(count=tried.count + 1, since=tried.since, last_at=now)


def wait(tried: Tried | None, patience: Patience, now: datetime) -> timedelta:
    """How long until the next try is heard; zero when it is heard now."""
    if tried is None or tried.count < patience.free or now >= _window_end(tried, patience):
        return timedelta()
    if patience.first_wait is None:
        return _window_end(tried, patience) - now
    doublings = min(tried.count - patience.free, 30)
    growing: timedelta = patience.first_wait * 2**doublings
    return max(tried.last_at + min(growing, patience.longest_wait) - now, timedelta())


def _window_end(tried: Tried, patience: Patience) -> datetime:
    return (tried.since if patience.first_wait is None else tried.last_at) + patience.window


class RecognitionState(StrEnum):
    """Where an organisation's recognition stands (domain.md §2)."""

    NONE = "none"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"


class RecognitionStep(StrEnum):
    """What moves it."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    REVOKE = "revoke"


class Proof(StrEnum):
    """What an organisation shows: a notice of tax exemption (Freistellungsbescheid), or its own word."""

    TAX_NOTICE = "tax_notice"
    DECLARATION = "declaration"


_SUBMITTABLE: Final = (
    RecognitionState.NONE, RecognitionState.REJECTED, RecognitionState.EXPIRED, RecognitionState.REVOKED,
)  # fmt: skip
RECOGNITION: Final[Mapping[tuple[RecognitionState, RecognitionStep], RecognitionState]] = {
    **{(state, RecognitionStep.SUBMIT): RecognitionState.SUBMITTED for state in _SUBMITTABLE},
    (RecognitionState.SUBMITTED, RecognitionStep.APPROVE): RecognitionState.APPROVED,
    (RecognitionState.SUBMITTED, RecognitionStep.REJECT): RecognitionState.REJECTED,
    (RecognitionState.APPROVED, RecognitionStep.EXPIRE): RecognitionState.EXPIRED,
    (RecognitionState.APPROVED, RecognitionStep.REVOKE): RecognitionState.REVOKED,
}

_YEARS: Final[Mapping[Proof, int]] = {Proof.TAX_NOTICE: 5, Proof.DECLARATION: 3}


def recognition_ends(proof: Proof, *, notice_date: date | None, now: datetime) -> datetime:
    """Until when an approval counts: five years after the notice (§ 63 (5) AO), three after a declaration."""
    start = notice_date or now.date()
    day = start.replace(year=start.year + _YEARS[proof], day=min(start.day, 28))
    return datetime.combine(day, time(), tzinfo=UTC)


class PartySeen(NamedTuple):
    """A party with what decides on its recognition."""

    id: UUID
    kind: PartyKind
    name: str
    recognition: RecognitionState | None
    valid_until: datetime | None


def is_recognised(state: RecognitionState, *, valid_until: datetime | None, now: datetime) -> bool:
    """Whether an approval counts at this moment, whether or not the clock has come by to write it down."""
    return state is RecognitionState.APPROVED and (valid_until is None or now < valid_until)


def is_suspended(since: datetime | None, *, until: datetime | None, now: datetime) -> bool:
    """Whether a suspension holds at this moment: its end comes by itself, without a clock."""
    return since is not None and (until is None or now < until)

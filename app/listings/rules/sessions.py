"""The sessions of a course: a booking of know-how in a group is one of them and some seats."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from app.kernel.intervals import Interval
from app.kernel.problems import Reason
from app.listings.rules.reasons import Ground, reason

TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting. A cancelled one stays, so that everybody sees that it was cancelled."""

    id: UUID
    interval: Interval
    cancelled: bool = False


def session_reasons(sessions: Sequence[Session], span: Interval, now: datetime) -> Iterator[Reason]:
    """Why the span is none of the sessions to come; the next ones are named."""
    meant = min(
        (session for session in sessions if session.interval == span),
        key=lambda session: session.cancelled,
        default=None,
    )
    if meant is None:
        yield reason(Ground.NOT_A_SESSION, sessions=_told(upcoming(sessions, now)))
    elif meant.cancelled:
        yield reason(Ground.SESSION_CANCELLED, sessions=_told(upcoming(sessions, now)))


def upcoming(sessions: Iterable[Session], now: datetime) -> list[Session]:
    """Those that have not begun and are not cancelled, the next first."""
    ahead = [one for one in sessions if not one.cancelled and one.interval.start >= now]
    return sorted(ahead, key=lambda one: one.interval.start)


def overlap(spans: Iterable[Interval]) -> bool:
    """Whether two of them take place at once: nobody teaches twice at a time."""
    return any(one.overlaps(other) for one, other in pairwise(sorted(spans, key=lambda span: span.start)))


def lost(before: Iterable[Session], after: Iterable[Session]) -> list[Session]:
    """The sessions that could be booked and are gone, moved or cancelled now."""
    kept = {(session.id, session.interval) for session in after if not session.cancelled}
    return [one for one in before if not one.cancelled and (one.id, one.interval) not in kept]


def _told(sessions: Sequence[Session]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(session.id),
            "starts_at": _wire(session.interval.start),
            "ends_at": _wire(session.interval.end),
        }
        for session in sessions[:TOLD]
    ]


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

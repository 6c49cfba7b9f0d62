"""The rules by which commands are sent and answered (federation.md §2.9). Pure: the services and the model check run
these very functions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

CREATE: Final = "create"
MESSAGE: Final = "message"
CONTACT: Final = "contact"
ERASE: Final = "erase-person"
BESIDE: Final = frozenset({MESSAGE, CONTACT, ERASE})
"""What moves nothing: a refusal of it is nobody's business, and waiting for it is no disagreement."""

GIVEN_UP_AFTER: Final = timedelta(hours=72)
_UNKNOWN: Final = 404

T = TypeVar("T")


class Claim(StrEnum):
    """What a command is to whoever gets it."""

    NEW = "new"
    KNOWN = "known"  # carried out before: its result is told once more
    REUSED = "reused"  # its id belongs to another


def claim(known: str | None, fingerprint: str) -> Claim:
    """Whether to carry a command out, by the fingerprint under which its id is known, if it is."""
    if known is None:
        return Claim.NEW
    return Claim.KNOWN if known == fingerprint else Claim.REUSED


def next_to_send(waiting: Sequence[T]) -> T | None:
    """Of what waits about one request, in the order in which it was asked: the first, until it has its answer."""
    return waiting[0] if waiting else None


class After(StrEnum):
    """What follows from a refusal."""

    LATER = "later"  # the same again, under the same id
    REFUSED = "refused"
    LOST = "lost"  # the partner does not know the request: people are asked


def after_refusal(*, action: str, status: int, retry: bool) -> After:
    """What a partner's refusal of a whole message means; that it is asked again may help only where it says so."""
    if retry:
        return After.LATER
    return After.LOST if status == _UNKNOWN and action != CREATE else After.REFUSED


def is_given_up(asked_at: datetime, now: datetime) -> bool:
    """Whether nobody waits for an answer any longer: three days after it was asked people are."""
    return now - asked_at > GIVEN_UP_AFTER

"""The life of a partnership, as data (federation.md §2.4): who moves it, and what each state allows. Pure.

Trust is explicit, bilateral and not transitive: a partner's partner is a stranger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.kernel.problems import NotNow
from app.kernel.text import message

COPIES_KEPT_WHILE_SUSPENDED: Final = timedelta(days=30)


class PartnerState(StrEnum):
    """Where a partnership stands."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Step(StrEnum):
    """What happens to a partnership."""

    INVITE = "invite"
    CONFIRM = "confirm"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


class Grant(StrEnum):
    """What one instance lets the other do."""

    READ_LISTINGS = "listing.read"
    CREATE_REQUESTS = "request.create"


class Alarm(StrEnum):
    """What a person has to look at before it goes on."""

    EQUIVOCATION = "keys_in_two_hands"
    ROLLBACK = "keys_rolled_back"
    PROTOCOL = "protocol_broken"


@dataclass(frozen=True, slots=True)
class Allows:
    """What a state allows: the new, the running, and showing the copies we hold."""

    catalogue: bool
    new_loans: bool
    running_loans: bool
    copies_shown: bool


MOVES: Final[Mapping[tuple[PartnerState, Step], PartnerState]] = {
    (PartnerState.PENDING, Step.CONFIRM): PartnerState.ACTIVE,
    (PartnerState.PENDING, Step.END): PartnerState.ENDED,
    (PartnerState.ACTIVE, Step.SUSPEND): PartnerState.SUSPENDED,
    (PartnerState.ACTIVE, Step.END): PartnerState.ENDED,
    (PartnerState.SUSPENDED, Step.RESUME): PartnerState.ACTIVE,
    (PartnerState.SUSPENDED, Step.END): PartnerState.ENDED,
    # A new invite after an end: the identity is a key, so it is the same partner again.
    (PartnerState.ENDED, Step.INVITE): PartnerState.PENDING,
}

ALLOWS: Final[Mapping[PartnerState, Allows]] = {
    PartnerState.PENDING: Allows(catalogue=False, new_loans=False, running_loans=False, copies_shown=False),
    PartnerState.ACTIVE: Allows(catalogue=True, new_loans=True, running_loans=True, copies_shown=True),
    # What was promised is kept: things that are out come back, whatever the instances think of each other.
    PartnerState.SUSPENDED: Allows(catalogue=False, new_loans=False, running_loans=True, copies_shown=False),
    PartnerState.ENDED: Allows(catalogue=False, new_loans=False, running_loans=True, copies_shown=False),
}


def known(grants: Mapping[str, bool]) -> list[str]:
    """What is granted, of what this version knows; always in the same order."""
    return [grant.value for grant in Grant if grants.get(grant)]


def after(state: PartnerState, step: Step) -> PartnerState:
    """State after a step. Raises NotNow for a step this state does not know."""
    target = MOVES.get((state, step))
    if target is None:
        raise NotNow(
            message("A partnership that is {state} cannot {step}.", state=state.value, step=step.value)
        )
    return target

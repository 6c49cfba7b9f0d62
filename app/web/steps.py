"""Which of the steps one may take is the next one, and what it asks for. Pure.

A card shows one button; everything else stands below "More". The order is that of an ordinary loan.
"""

from collections.abc import Collection, Sequence
from typing import Final

NEXT: Final = (
    "accept",
    "accept-counter",
    "accept-change",
    "take",
    "hand-over",
    "check-in",
    "start",
    "take-back",
    "report-return",
    "check-out",
    "report",
    "record-attendance",
    "give-access",
    "agree",
    "complete",
    "settle",
)
"""What moves a booking on, the most pressing first."""

GRAVE: Final = frozenset(
    {"decline", "withdraw", "cancel", "raise-case", "mark-lost", "not-collected", "did-not-happen", "release"}
)
"""What ends or breaks something: never the one button, and asked about once more."""

PLAIN: Final = frozenset(
    {"accept", "accept-counter", "accept-change", "take", "complete", "agree", "check-in", "start"}
)
"""What needs no word: one tap."""


def next_step(allowed: Collection[str]) -> str | None:
    """The one step to show on a card; None while it is for others, or for time, to move."""
    return next((action for action in NEXT if action in allowed), None)


def further(allowed: Sequence[str]) -> list[str]:
    """The other steps, those that break something last."""
    first = next_step(allowed)
    rest = [action for action in allowed if action != first]
    return [action for action in rest if action not in GRAVE] + [action for action in rest if action in GRAVE]

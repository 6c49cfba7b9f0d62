"""Which step of a booking is told as what, and which sides need not hear of it. Pure, and all of it a table."""

from collections.abc import Mapping
from typing import Final

from app.notifications.words.sides import BORROWER, PROVIDER

_AS: Final[Mapping[tuple[str, str | None, str | None, str | None], str]] = {
    # action, role, state before, state after; None is any
    ("request", None, None, "confirmed"): "book",
    ("take", None, None, "confirmed"): "book",
    ("take", None, None, None): "take-request",
    ("withdraw", None, "waitlisted", None): "leave-queue",
    ("withdraw", None, "offered", None): "leave-queue",
    ("expire", None, "waitlisted", None): "queue-over",
    ("expire", None, "offered", None): "turn-over",
    ("decline-change", "clock", None, None): "change-lapsed",
    ("raise-case", "clock", None, None): "return-missing",
    ("take-back", "clock", None, None): "back-by-silence",
    ("take-back", None, None, "handed_over"): "take-back-part",
    ("complete", "clock", None, None): "complete-by-silence",
    ("check-out", "clock", None, None): "time-over",
    ("agree", "clock", None, None): "agreed-by-silence",
    ("settle", None, "unresolved", "unresolved"): "settle-asked",
    ("settle", None, "lost", "lost"): "settle-asked",
}
"""Actions that are told differently by who took them and where they led; the first that fits."""


def step_of(action: str, role: str, before: str | None, after: str) -> str:
    """The step as letters name it: the action itself unless the table knows better."""
    happened = (action, role, before, after)
    for pattern, step in _AS.items():
        if all(wanted in (None, found) for wanted, found in zip(pattern, happened, strict=True)):
            return step
    return action


SILENT: Final[Mapping[tuple[str, str], str]] = {
    ("join-queue", PROVIDER): "nothing is asked of them; who waits stands on the listing's page",
    ("leave-queue", PROVIDER): "they never heard that somebody waited",
    ("queue-over", PROVIDER): "they never heard that somebody waited",
    ("turn-over", PROVIDER): "they hear of it once somebody takes the turn",
    ("offer-turn", PROVIDER): "they hear of it once somebody takes the turn",
    ("pass", PROVIDER): "they hear of it once somebody takes the turn",
    ("complete-by-silence", BORROWER): "it was said in advance, nothing is left to do",
    ("complete-by-silence", PROVIDER): "it was said in advance, nothing is left to do",
    ("give-access", PROVIDER): "it is what they wished for: the letter about the booking said so",
}
"""Sides that did not act and hear nothing, each with its reason."""

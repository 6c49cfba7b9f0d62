"""Every rule of the document, in the order in which they are looked at, and those that nobody can see from outside."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from app.conformance import (
    rules_asking,
    rules_beginning,
    rules_copies,
    rules_feed,
    rules_loans,
    rules_reading,
    rules_security,
)
from app.conformance.bench import Bench, NotJudged, Rule

_INSIDE: Final = "only what the instance holds inside shows it"
_HIDDEN: Final = (
    ("T-16", "Killed at any point, a reader converges", _INSIDE),
    ("T-17", "Entries and cursor are stored together", _INSIDE),
    ("T-23", "Text of partners is shown as text", "it would have to be looked at in the instance's pages"),
    (
        "T-24",
        "A partner with too many entries is stopped at the quota",
        "two hundred thousand would have to be told",
    ),
    ("T-32", "A name that changes its address is not followed", "it needs a name server of the judge's own"),
    (
        "T-46",
        "Whatever is lost, doubled or reordered: both sides end alike",
        "that is a model check of both sides",
    ),
)


def _hidden(why: str) -> Callable[[Bench], None]:
    def judge(_bench: Bench) -> None:
        raise NotJudged(why)

    return judge


RULES: Final[tuple[Rule, ...]] = (
    *rules_beginning.RULES,
    *rules_feed.RULES,
    *rules_asking.RULES,
    *rules_security.RULES[:6],
    *rules_loans.RULES,
    *rules_reading.RULES,
    *rules_copies.RULES,
    *rules_loans.LATER,
    *rules_copies.MOVING,
    *rules_security.RULES[6:],
    *rules_copies.LATER,
    *(Rule(name, words, _hidden(why)) for name, words, why in _HIDDEN),
    *rules_security.ENDING,
)
"""What turns the clock or ends something comes late."""


def chosen(only: Collection[str] = ()) -> Sequence[Rule]:
    """The rules of these names, with what they stand on: knowing the instance and being its partner. None: all."""
    return [rule for rule in RULES if not only or rule.name in only or rule.name in _BEGINNING]


_BEGINNING: Final = ("L1-discovery", "L1-keys", "L1-pairing")

"""Every rule of the document, in the order in which they are looked at, and those that nobody can see from outside."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from app.conformance import (
    rules_asking,
    rules_beginning,
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
    ("T-18", "Repeated, old and mixed-up pages undo nothing", _INSIDE + "; a wrong echo is part of T-21"),
    ("T-22", "Bombs, drips and floods cost bounded memory and time", _INSIDE),
    ("T-23", "Text of partners is shown as text", "it would have to be looked at in the instance's pages"),
    ("T-24", "A partner with too many entries is stopped at the quota", _INSIDE),
    ("T-25", "A difference of digests is found and healed", _INSIDE),
    ("T-26", "An origin that fell back without saying so is read anew", _INSIDE),
    ("T-27", "A walk that would delete much waits for a person", _INSIDE),
    ("T-28", "Copies of a silent partner are marked, hidden, deleted", _INSIDE),
    ("T-29", "What is erased is gone everywhere within a day", _INSIDE),
    ("T-30", "Pictures are checked and made anew", _INSIDE),
    (
        "T-31",
        "Addresses that are not public are not called",
        "a judge on the outside cannot see what is not called",
    ),
    ("T-32", "A name that changes its address is not followed", "it needs a name server of the judge's own"),
    ("T-37", "A partner that moves is followed", "the judge has one address"),
    (
        "T-46",
        "Whatever is lost, doubled or reordered: both sides end alike",
        "that is a model check of both sides",
    ),
    ("T-52", "Two implementations exchange with each other", "that is what you do next"),
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
    *rules_loans.LATER,
    *rules_security.RULES[6:],
    *(Rule(name, words, _hidden(why)) for name, words, why in _HIDDEN),
    *rules_security.ENDING,
)
"""What turns the clock or ends something comes late."""


def chosen(only: Collection[str] = ()) -> Sequence[Rule]:
    """The rules of these names, with what they stand on: knowing the instance and being its partner. None: all."""
    return [rule for rule in RULES if not only or rule.name in only or rule.name in _BEGINNING]


_BEGINNING: Final = ("L1-discovery", "L1-keys", "L1-pairing")

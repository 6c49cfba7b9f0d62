"""What fits what somebody is looking for: a want and an offer, weighed the same from both sides. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from app.kernel.problems import Reason
from app.kernel.text import message
from app.listings.rules.reasons import Ground
from app.listings.rules.verdict import BINDING_OFFERS

Key = TypeVar("Key")

NEARBY_KM: Final = 50.0
"""How far apart a want and an offer may lie, where both say where they are."""

SHORTEST: Final = 4
"""Shorter words tell nothing: `der`, `mit`."""

_ASKING: Final = frozenset(
    {
        "anyone", "benotige", "benotigen", "brauche", "brauchen", "dringend", "eine", "einem", "einen", "einer",
        "from", "gegen", "gesuch", "gesucht", "have", "jemand", "kann", "leihen", "leihweise", "looking", "mieten",
        "mochte", "nach", "need", "needed", "oder", "ohne", "some", "somebody", "such", "suche", "suchen", "that",
        "this", "unsere", "urgently", "wanted", "wann", "wer", "wir", "with", "wurde", "zwei", "drei",
    }
)  # fmt: skip
"""Words of asking, not of what is asked for; folded."""

_BINDING: Final = BINDING_OFFERS - {Ground.ONLY_AT_ORIGIN}
"""What is offered in another region answers a want all the same: where it comes from it can be asked for."""

_POINTS_SAME: Final = 40
_POINTS_BELOW: Final = 35
_POINTS_WORDS: Final = 20
_POINTS_UNITS: Final = 20
_POINTS_NEAR: Final = 10
_POINTS_TIME: Final = 5


def is_telling(word: str) -> bool:
    """Whether a folded word of a title says what it is about."""
    return len(word) >= SHORTEST and word not in _ASKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is known of a want and of an offer that may answer it.

    `categories` are that of the want and all below it; `words` is how many telling words its title has, of which the
    offer's has those `shared_words`. `free_units` is what of the offer is free the whole time, as far as its calendar
    `is_known` here; `against` are the codes of what else speaks against it. No `distance_km` where one of them has no
    point.
    """

    category: str | None
    categories: Collection[str]
    offered_as: str | None
    words: int
    shared_words: Sequence[str]
    missing_units: int
    free_units: int
    is_known: bool = True
    distance_km: float | None = None
    against: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """How an offer answers a want: how many of the missing units, how well (more is better), and why."""

    units: int
    share: float
    points: int
    reasons: tuple[Reason, ...]


def match(pair: Pair) -> Match | None:
    """How well it fits; None where it does not.

    What it is must fit (the category, or a telling word of the titles), it must be near where both say where they are,
    units must be free for the whole time, and it must be meant for who is looking. The provider may go beyond hours and
    limits of their own, so those only make it fit better.
    """
    same = pair.offered_as is not None and pair.offered_as in pair.categories
    words = pair.shared_words
    units = min(pair.free_units, pair.missing_units)
    far = pair.distance_km is not None and pair.distance_km > NEARBY_KM
    if not (same or words) or far or units < 1 or pair.against & _BINDING:
        return None
    share = units / pair.missing_units
    points = (
        (_POINTS_SAME if pair.offered_as == pair.category else _POINTS_BELOW) * same
        + round(_POINTS_WORDS * len(words) / max(1, pair.words))
        + round(_POINTS_UNITS * share)
        + (round(_POINTS_NEAR * (1 - pair.distance_km / NEARBY_KM)) if pair.distance_km is not None else 0)
        + (_POINTS_TIME if pair.is_known and not pair.against else 0)
    )
    return Match(units, share, points, tuple(_why(pair, same=same)))


def _why(pair: Pair, *, same: bool) -> Iterable[Reason]:
    if same:
        yield Reason(
            "category", message("It stands in the category that is sought."), {"category": pair.offered_as}
        )
    if pair.shared_words:
        yield Reason("words", message("The titles speak of the same."), {"words": list(pair.shared_words)})
    if pair.distance_km is not None:
        detail = message("It is {distance_km} km away.", distance_km=f"{pair.distance_km:.1f}")
        yield Reason("near", detail, {"distance_km": round(pair.distance_km, 3)})
    if not pair.is_known:
        there = message(
            "There are {units} of it; its own region knows when they are free.", units=pair.free_units
        )
        yield Reason("units", there, {"units": pair.free_units})
        return
    free = message("{free_units} are free for the whole time.", free_units=pair.free_units)
    yield Reason("free_units", free, {"free_units": pair.free_units})
    if not pair.against:
        yield Reason("bookable", message("It could be booked for exactly this time."))


def together(units: Iterable[tuple[Key, int]], missing: int) -> tuple[list[Key], int]:
    """The first of these, best first, that fill what is missing, and how many units they come to; all of them where
    they do not.
    """
    chosen: list[Key] = []
    found = 0
    for key, possible in units:
        if found >= missing:
            break
        chosen.append(key)
        found += possible
    return chosen, min(found, missing)

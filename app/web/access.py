"""What a provider says about getting in and taking part: known words among the tags and furnishings, nothing guessed.

A word counts as it stands: "no lift" is none of them, and is shown where it was written.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from app.kernel.languages import translate
from app.kernel.text import Message, message
from app.listings.schemas import ListingRead

OFFERED: Final[tuple[Message, ...]] = (
    message("step-free"),
    message("wheelchair-accessible"),
    message("accessible toilet"),
    message("lift"),
    message("hearing loop"),
    message("sign language"),
)
"""What the form offers to tick; it is written into what is there, in the language of who offers it."""

_ALSO: Final = frozenset({"barrierefrei", "ebenerdig", "rampe", "ramp", "barrier-free", "leichte sprache"})


def offered(language: str) -> list[str]:
    """The words to tick in this language."""
    return [translate(word, language) for word in OFFERED]


def said(found: ListingRead) -> list[str]:
    """Those of its tags and furnishings that are such words."""
    return list(known([*found.tags, *(found.space.furnishings if found.space else [])]))


def ticked(found: ListingRead) -> list[str]:
    """Those of its furnishings that the form shows as ticked, in whichever language they were offered."""
    words = {*offered("de"), *offered("en")}
    return [one for one in (found.space.furnishings if found.space else []) if one in words]


def known(words: Iterable[str]) -> Iterable[str]:
    """Those of the words that say that somebody can get in or take part."""
    return (word for word in words if word.casefold() in _words())


@cache
def _words() -> frozenset[str]:
    return _ALSO | {word.casefold() for language in ("de", "en") for word in offered(language)}

"""Event: a fact worth telling, past tense, frozen. Rooms above hear of it; nobody below needs to know them."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all facts. `name` is stable for ever: it stands in the log. Fields are ids, times and plain values."""

    name: ClassVar[str]


UNLOGGED: Final = "unlogged"


def unlogged() -> Any:
    """A field for those who hear at once, such as what somebody wrote: it is not kept in the log, None thereafter."""
    return field(default=None, metadata={UNLOGGED: True})

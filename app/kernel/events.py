"""Event: a fact worth telling, past tense, frozen. Rooms above hear of it; nobody below needs to know them."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all facts. `name` is stable for ever: it stands in the log. Fields are ids, times and plain values."""

    name: ClassVar[str]

"""News: what has come since somebody last looked, from something that is numbered as it grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class News(Generic[T]):
    """Items with their positions, oldest first, and up to which position was looked; `more` where that is not all."""

    position: int
    items: Sequence[tuple[int, T]] = ()
    more: bool = False

"""Waiting for news of a feed, and who may."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_SECONDS: Final = 25
MOST_OF_ONE: Final = 4
MOST: Final = 2_000
LOOK_EVERY_SECONDS: Final = 0.25


class Room:
    """Who waits. Who has several questions waiting already, and everybody while too many wait, finds no room."""

    def __init__(self) -> None:
        self._of_one: Counter[str] = Counter()

    @contextmanager
    def taken(self, who: str) -> Iterator[bool]:
        """Whether there is room for one more question of theirs; it is taken while the block runs."""
        free = self._of_one[who] < MOST_OF_ONE and self._of_one.total() < MOST
        self._of_one[who] += free
        try:
            yield free
        finally:
            self._of_one[who] -= free
            self._of_one += Counter()  # forget those who no longer wait

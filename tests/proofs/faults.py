"""Faults to plant, from outside and in the server's own processes only: the proofs must find each (quality.md c6)."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One way in which the application could be wrong."""

    plant: Callable[[], None]


FAULTS: dict[str, Fault] = {}

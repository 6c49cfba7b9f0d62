"""What every part of a history shares: the world, the model, who is called what, and how somebody acts."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import note

from app.bookings import service as bookings
from app.bookings.schemas import Said
from app.kernel.problems import Problem
from app.kernel.unit_of_work import UnitOfWork
from tests.proofs.histories.world import World
from tests.proofs.model import Model
from tests.proofs.model.words import BORROWER, OK, PROVIDER

Move = Callable[[Random], None]


class History:
    """One listing, what happened to it, and what may happen next."""

    world: World
    done: Counter[str]
    """How often which step was possible, in all histories together."""

    listing_id: UUID
    model: Model
    ids: dict[str, UUID]

    def chances(self) -> list[Move]:
        """What makes sense now, the more often the more likely."""
        return []

    def likely(self, states: Iterable[str]) -> list[str]:
        """The bookings in one of these states."""
        return [name for name, one in self.model.bookings.items() if one.state in states]

    def asked_for(self, prefix: str = "booking") -> str:
        """A name for what is asked for next."""
        return f"{prefix} {len(self.ids)}"

    def act(self, name: str, action: str, who: str, expected: str, **said: Any) -> None:
        """Somebody takes this step, and it ends as expected."""
        said = Said(reason="because", **said)
        note(f"{who}: {action} {name} at {self.model.now}: {expected}")
        refused = self.refusal_of(lambda work: bookings.act(work, self.ids[name], action, said), who)
        self.ended(action, refused, expected)

    def ended(self, action: str, refused: Problem | None, expected: str) -> None:
        assert (refused.code if refused else OK) == expected
        self.done[action] += expected == OK

    def refusal_of(self, do: Callable[[UnitOfWork], object], who: str) -> Problem | None:
        try:
            with self.world.instance.transactions.writing(self.world.actors[who]) as work:
                do(work)
        except Problem as problem:
            return problem
        return None

    def side(self, name: str, side: str) -> str:
        """Who that is."""
        return {PROVIDER: "ben", BORROWER: self.model.bookings[name].who}[side]

"""What every workload is given, and what it gives back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tests.benchmarks import town
from tests.benchmarks.measuring import measured
from tests.benchmarks.servers import House


@dataclass
class Line:
    """One line of the table. `costs` are milliseconds of processor by contestant: what grows with the size."""

    workload: str
    size: int
    figure: str
    against: str = ""
    spread: str = ""
    costs: Mapping[str, float] = field(default_factory=dict)

    def on(self, database: str) -> "Line":
        """The same, saying on which database, where it is not the one that everybody has."""
        return self if database == "sqlite" else replace(self, workload=f"{self.workload}; PostgreSQL")


@dataclass
class Setting:
    """How big, how often, how long, where, and a way to say what is going on.

    `database_pids` are the processes of a database that has some of its own: their work is work for the request, too.
    """

    size: int
    rounds: int
    seed: int
    folder: Path
    new_database: Callable[[], str]
    say: Callable[[str], None]
    seconds: float = 3.0
    database_pids: tuple[int, ...] = ()

    @cached_property
    def house(self) -> House:
        """An instance full of listings and bookings, the same one for all workloads of this size."""
        made = House("Leipzig", self.folder / "town", self.new_database())
        with made.opened() as instance:
            self._timed("Making listings", lambda: town.fill(instance, self.size, self.seed))
            self._timed("Indexing them", lambda: town.index(instance))
            self._timed("Making bookings", lambda: town.book(instance, self.size, self.seed))
        return made

    def _timed(self, what: str, do: Callable[[], None]) -> None:
        with measured() as stretch:
            do()
        self.say(f"{what}: {stretch.wall:.1f} s, for {self.size / stretch.wall:,.0f} listings/s")

    @contextmanager
    def serving(self) -> Iterator[tuple[House, tuple[int, ...]]]:
        """The same, served; with the processes whose work is counted."""
        with self.house.serving() as pid:
            yield self.house, (pid, *self.database_pids)

"""What every workload is given, and what it gives back."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tests.benchmarks import town
from tests.benchmarks.measuring import Series, measured
from tests.benchmarks.rivals import Rivals
from tests.benchmarks.servers import House
from tests.conftest import migrate


@dataclass
class Line:
    """One line of the table; `told` is what each contestant took, for what grows with the size."""

    workload: str
    size: int
    figure: str
    against: str = ""
    spread: str = ""
    told: Mapping[str, Series] = field(default_factory=dict)

    def on(self, database: str) -> "Line":
        """The same, saying on which database, where it is not the one that everybody has."""
        return self if database == "sqlite" else replace(self, workload=f"{self.workload}; PostgreSQL")


@dataclass
class Setting:
    """How big, how often, how long, where, and a way to say what is going on.

    `database_pids` are the processes of a database that has some of its own: their work is work for the request, too.
    `kept` is where towns stay from one run to the next.
    """

    size: int
    rounds: int
    seed: int
    folder: Path
    new_database: Callable[[], str]
    say: Callable[[str], None]
    seconds: float = 3.0
    database_pids: tuple[int, ...] = ()
    kept: Path | None = None

    @cached_property
    def house(self) -> House:
        """An instance full of listings and bookings, the same one for all workloads of this size."""
        if self.kept is None:
            made = House("Leipzig", self.folder / "town", self.new_database())
            self.making = self._fill(made)
            return made
        folder = self.kept / f"town-{self.size}-{self.seed}"
        made, note = House("Leipzig", folder, ""), folder / "made.json"
        migrate(made.values["database_url"])
        if note.exists():
            self.making = json.loads(note.read_text())
            with made.opened() as instance:
                town.index(instance, unless_current=True)
        else:
            self.making = self._fill(made)
            note.write_text(json.dumps(self.making))
        return made

    @cached_property
    def making(self) -> Mapping[str, float]:
        """How many seconds each part of making the town took."""
        assert self.house
        return self.making

    @cached_property
    def rivals(self) -> Rivals:
        """The same town in the tables of others."""
        return Rivals(self.house, self.new_database())

    def _fill(self, made: House) -> dict[str, float]:
        seconds = {}
        with made.opened() as instance:
            parts: dict[str, Callable[[], None]] = {
                "listings": lambda: town.fill(instance, self.size, self.seed),
                "index": lambda: town.index(instance),
                "bookings": lambda: town.book(instance, self.seed),
            }
            for what, do in parts.items():
                with measured() as stretch:
                    do()
                seconds[what] = stretch.wall
                self.say(
                    f"Making {what}: {stretch.wall:.1f} s, for {self.size / stretch.wall:,.0f} listings/s"
                )
            town.tidy(instance)
        return seconds

    @contextmanager
    def serving(self) -> Iterator[tuple[House, tuple[int, ...]]]:
        """The town, served; with the processes whose work is counted."""
        with self.house.serving() as pid:
            yield self.house, (pid, *self.database_pids)

"""How a figure is come by: rounds in the order A B B A, noisy ones dropped, the median and the spread of the rest."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
NOISE = 0.10
"""A round in which others used more than this share of the machine says nothing."""


@dataclass
class Stretch:
    """What a stretch of work cost: seconds on the clock, and seconds of processor of those who did it."""

    wall: float = 0.0
    processor: float = 0.0
    noisy: bool = False


@contextmanager
def measured(*pids: int) -> Iterator[Stretch]:
    """Measure the block; the work is done by this process and by the processes named. Filled in when it ends."""
    stretch = Stretch()
    everybody, ours, began = _machine(), _used(pids), time.perf_counter()
    here = time.process_time()
    yield stretch
    stretch.wall = time.perf_counter() - began
    theirs = _used(pids) - ours
    stretch.processor = theirs or time.process_time() - here
    busy = _machine() - everybody
    spent = theirs + time.process_time() - here
    stretch.noisy = busy - spent > NOISE * stretch.wall * (os.cpu_count() or 1)


def _used(pids: tuple[int, ...]) -> float:
    """Seconds of processor these processes have used, in all of their threads."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def _machine() -> float:
    """Seconds of processor the whole machine has used."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / TICKS


@dataclass
class Series:
    """The rounds of one contestant."""

    rounds: list[Stretch] = field(default_factory=list)

    @property
    def quiet(self) -> list[Stretch]:
        """Those that count; all of them where none was quiet."""
        return [one for one in self.rounds if not one.noisy] or self.rounds

    @property
    def noise(self) -> str:
        """How many rounds said nothing."""
        noisy = sum(one.noisy for one in self.rounds)
        return (
            "every round noisy"
            if noisy == len(self.rounds)
            else f"{noisy} of {len(self.rounds)} rounds noisy"
        )

    @property
    def wall(self) -> float:
        return statistics.median(one.wall for one in self.quiet)

    @property
    def processor(self) -> float:
        return statistics.median(one.processor for one in self.quiet)

    @property
    def spread(self) -> float:
        """How far the slowest is from the fastest, as a share of the median."""
        walls = [one.wall for one in self.quiet]
        return (max(walls) - min(walls)) / self.wall if self.wall else 0.0


def side_by_side(contestants: Mapping[str, Callable[[], Stretch]], rounds: int) -> dict[str, Series]:
    """Let all take turns, forwards and backwards, after one round each that does not count."""
    told = {name: Series() for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(rounds):
        for name in (*contestants, *reversed(contestants)):
            told[name].rounds.append(contestants[name]())
    return told

"""How a figure is come by: rounds in the order A B B A, noisy ones dropped, the median and the spread of the rest."""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
NOISE = 0.10
"""A round in which others used more than this share of the machine says nothing."""


@dataclass
class Stretch:
    """What a stretch of work cost: seconds on the clock, and seconds of processor of those who did it, for so many of
    whatever was done. `waits` are how long each took, where somebody waited, and
    `numbers` which of those that were planned it was.
    """

    wall: float = 0.0
    processor: float = 0.0
    times: int = 1
    waits: Sequence[float] = ()
    numbers: Sequence[int] = ()
    noisy: bool = False


@contextmanager
def measured(*pids: int) -> Iterator[Stretch]:
    """Measure the block; the work is done by this process and by the processes named. Filled in when it ends."""
    stretch = Stretch()
    everybody, ours, began = _machine(), _used(pids), time.perf_counter()
    here, helpers = time.process_time(), _helpers()
    yield stretch
    stretch.wall = time.perf_counter() - began
    theirs = _used(pids) - ours
    stretch.processor = theirs or time.process_time() - here
    busy = _machine() - everybody
    spent = theirs + time.process_time() - here + _helpers() - helpers
    stretch.noisy = busy - spent > NOISE * stretch.wall * (os.cpu_count() or 1)


def wait_until_quiet(most: float) -> bool:
    """Whether nobody else uses the machine; waits for that, so many seconds at most."""
    deadline = time.perf_counter() + most
    while True:
        with measured() as stretch:
            time.sleep(0.5)
        if not stretch.noisy or time.perf_counter() > deadline:
            return not stretch.noisy


def _used(pids: tuple[int, ...]) -> float:
    """Seconds of processor these processes have used, in all of their threads, and their children."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def _ticks(pid: int) -> int:
    """Its own, those of its children that have ended, and those of its children that live."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:  # it ended just now; then its parent has them
        return 0
    return sum(map(int, fields[11:15])) + sum(_ticks(int(child)) for child in children)


def _helpers() -> float:
    """Seconds of processor of the processes that this one started, and that have ended: the clients."""
    told = os.times()
    return told.children_user + told.children_system


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
    def rate(self) -> float:
        """How many a second."""
        return statistics.median(one.times / one.wall for one in self.quiet)

    @property
    def cost(self) -> float:
        """Milliseconds of processor for each."""
        return statistics.median(one.processor / one.times * 1e3 for one in self.quiet)

    def waited(self, share: float) -> float:
        """Milliseconds within which so large a share of them was done."""
        return statistics.median(
            sorted(one.waits)[int(share * (len(one.waits) - 1))] * 1e3 for one in self.quiet if one.waits
        )

    @property
    def spread(self) -> float:
        """How far the slowest is from the fastest, as a share of the median."""
        each = [one.wall / one.times for one in self.quiet]
        middle = statistics.median(each)
        return (max(each) - min(each)) / middle if middle else 0.0

    def __str__(self) -> str:
        return f"± {self.spread / 2:.0%}, {self.noise}"


def side_by_side(contestants: Mapping[str, Callable[[], Stretch]], rounds: int) -> dict[str, Series]:
    """Let all take turns, forwards and backwards, after one round each that does not count."""
    told = {name: Series() for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(rounds):
        for name in (*contestants, *reversed([*contestants])):
            told[name].rounds.append(contestants[name]())
    return told

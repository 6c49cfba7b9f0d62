"""The runs of S5, S6 and S7: a crowd or a market before a house, misfortunes meanwhile, and what the checker says."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests import postgres
from tests.proofs.checker import violations
from tests.proofs.crowd import Crowd, Market, storm
from tests.proofs.house import House


@dataclass(frozen=True)
class Size:
    """How many operations, and how often somebody is killed meanwhile."""

    operations: int
    workers: int
    listings: int
    kills: int = 0
    trees: int = 0
    restarts: int = 0


@dataclass
class Told:
    """How a run went."""

    crowd: Crowd
    violations: list[str]
    strikes: int = 0
    hits: int = 0

    @property
    def invariants(self) -> set[str]:
        """Those that were violated."""
        return {found.partition(":")[0] for found in self.violations}

    @property
    def asked_again(self) -> float:
        """For how many calls, out of one, somebody had to ask again."""
        return self.crowd.errors / max(1, len(self.crowd.history))


def storms(house: House, *, units: int, windows: int, clients: int = 48) -> Told:
    """S5: for each window all clients at once want one unit."""
    people, _, listings = house.furnish({"units": units, "booking_mode": "instant"})
    [listing] = listings
    with house.open():
        crowd = Crowd(house.base, house.is_ours)
        asyncio.run(storm(crowd, people, listing, units, windows, clients))
    return _told(house, crowd)


def market(house: House, size: Size, seed: int, server: postgres.Server | None = None) -> Told:
    """S6 and S7: a mixed load while workers are killed, the whole tree is, or PostgreSQL is restarted without notice."""
    settings = [
        {
            "units": 3,
            "request_holds": number % 3 > 0,
            "booking_mode": "instant" if number % 4 == 3 else "on_request",
        }
        for number in range(size.listings)
    ]
    people, provider, listings = house.furnish(*settings)
    with house.open():
        crowd = Crowd(house.base, house.is_ours)
        fair = Market(crowd, people, provider, listings, seed)
        fate = _Fate(crowd, fair, size.operations)
        draw = random.Random(seed)
        strikes = [
            fate.strike(lambda: house.kill_a_worker(draw), size.kills),
            fate.strike(house.kill_everything, size.trees),
        ]
        if server is not None:
            strikes.append(fate.strike(server.restart_at_once, size.restarts))
        asyncio.run(_together(fair.run(size.operations), *strikes))
    told = _told(house, crowd)
    told.strikes, told.hits = fate.strikes, fate.hits
    return told


def _told(house: House, crowd: Crowd) -> Told:
    (house.folder / "history.jsonl").write_text(crowd.lines())
    return Told(crowd, violations(crowd.history, house.dump()))


async def _together(*runs) -> None:
    await asyncio.gather(*runs)


@dataclass
class _Fate:
    """Strikes at even distances over the run, and counts when somebody was waiting for an answer."""

    crowd: Crowd
    market: Market
    operations: int
    strikes: int = 0
    hits: int = 0
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def strike(self, how: Callable[[], object], times: int) -> None:
        for number in range(1, times + 1):
            while self.market.done < self.operations * number / (times + 1):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            async with self.one_at_a_time:
                before = self.crowd.errors
                await asyncio.to_thread(how)
                self.strikes += 1
                await asyncio.sleep(0.2)
                self.hits += self.crowd.errors > before

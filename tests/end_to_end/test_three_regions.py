"""Three regions, each in a process of its own: killed, cut off, lied to and restored, all end with the same catalogue."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations, count
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.processes import Json, Person, Region, eventually, pair
from tests.end_to_end.relay import Relay, Weather, relaying
from tests.factories.mail import serving_mail
from tests.serving import free_port

NAMES = ("Leipzig", "Halle", "Chemnitz")
BAD = [weather for weather in Weather if weather is not Weather.FAIR]


@dataclass
class Town:
    """A region, the weather on the line to it, somebody who lives there, and what is listed there."""

    region: Region
    relay: Relay
    resident: Person = field(init=False)
    listed: dict[str, str] = field(default_factory=dict)
    """The titles of what its resident offers just now, by id."""

    def list_something(self, number: int) -> None:
        title = f"Leiter {self.region.name} {number}"
        body = {"kind": "equipment", "title": title, "category": "ladders", "federation": "bookable"}
        made = self.resident.ask("POST", "/listings", body)["id"]
        self.resident.ask("POST", f"/listings/{made}/publish")
        self.listed[made] = title

    def change_something(self, draw: random.Random, number: int) -> None:
        """List, rename or withdraw."""
        dice = draw.random()
        if dice < 0.3 or len(self.listed) < 4:
            self.list_something(number)
            return
        listing = draw.choice(sorted(self.listed))
        if dice < 0.5:
            self.resident.ask("POST", f"/listings/{listing}/close", {"reason": "withdrawn"})
            del self.listed[listing]
        else:
            self.listed[listing] = title = f"Leiter {self.region.name} {number}"
            version = self.resident.ask("GET", f"/listings/{listing}")["version"]
            self.resident.ask(
                "PATCH", f"/listings/{listing}", {"title": title}, {"if-match": f'W/"{version}"'}
            )

    def shown(self) -> list[Json]:
        """Everything a visitor of this region finds, its own and that of others."""
        found: list[Json] = []
        after: str | None = None
        while True:
            query = {"q": "Leiter", "limit": "100"} | ({"after": after} if after else {})
            page = httpx.get(
                f"{self.region.url}/api/v1/listings", params=query, timeout=60
            ).raise_for_status()
            found += page.json()["items"]
            after = page.json()["next"]
            if after is None:
                return found

    def titles(self, of: "Town") -> set[str]:
        """The titles found here of what that town lists."""
        return {one["title"] for one in self.shown() if one["title"].split()[1] == of.region.name}

    def remember(self) -> None:
        """After a restore there is what the backup knew, whatever was listed since."""
        self.listed = {one["id"]: one["title"] for one in self.shown() if one["title"] in self.titles(self)}


@pytest.fixture
def seed() -> int:
    """Another walk every time; a failing run tells which."""
    return time.time_ns() % 1_000_000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def towns(request: pytest.FixtureRequest, tmp_path: Path, seed: int) -> Iterator[list[Town]]:
    with ExitStack() as stack:
        mailbox = stack.enter_context(serving_mail())
        ports = [free_port() for _ in NAMES]
        relays = [stack.enter_context(relaying(port, seed)) for port in ports]
        made = []
        for index, name in enumerate(NAMES):
            folder = tmp_path / name
            folder.mkdir()
            url = ""
            if request.param == "postgresql":
                server = request.getfixturevalue("postgres_server")
                url = server.create()
                stack.callback(server.drop, url)
            partners = [relay.port for relay in relays if relay is not relays[index]]
            region = Region(name, folder, mailbox, partners, url, ports[index], relays[index].port)
            stack.callback(region.stop)
            made.append(Town(region, relays[index]))
        for town, name in zip(made, ("Ada", "Ben", "Cleo"), strict=True):
            town.region.serve()
            town.resident = town.region.resident(name)
        for inviting, accepting in combinations(made, 2):
            pair(inviting.region, accepting.region)
        yield made


def same_everywhere(towns: list[Town]) -> bool:
    """Whether everybody finds of every town what is listed there. Where not, after a while the staff ask at once: nobody
    waits an hour because a partner was away for ten minutes.
    """
    for _ in range(20):
        behind = [
            here
            for here in towns
            if any(here.titles(of=there) != set(there.listed.values()) for there in towns)
        ]
        if not behind:
            return True
        time.sleep(0.25)
    for town in behind:
        town.region.depot("partners", "poll")
    return False


@pytest.mark.parametrize(
    "kills", [pytest.param(1, id="short"), pytest.param(20, id="long", marks=pytest.mark.long)]
)
def test_all_find_the_same_whoever_was_killed_cut_off_lied_to_or_restored(
    towns: list[Town], tmp_path: Path, seed: int, kills: int
) -> None:
    draw, numbers = random.Random(seed), count()
    for town in towns:
        for _ in range(5):
            town.list_something(next(numbers))
    eventually(lambda: same_everywhere(towns))
    leipzig, backup = towns[0], tmp_path / "yesterday"
    leipzig.region.depot("backup", str(backup))

    for number in range(kills):
        troubled, killed = draw.sample(towns, 2)
        troubled.relay.weather = BAD[number % len(BAD)]
        for town in towns:
            town.change_something(draw, next(numbers))
        time.sleep(draw.random())
        killed.region.kill()
        for town in towns:
            if town is not killed:
                town.change_something(draw, next(numbers))
                assert town.titles(of=town) == set(town.listed.values())
        killed.region.serve()
        assert all(town.shown() for town in towns), "Nobody's trouble keeps residents from what is theirs."
        troubled.relay.weather = Weather.FAIR
    eventually(lambda: same_everywhere(towns))

    leipzig.region.kill()
    leipzig.region.depot("restore", str(backup), "--yes")
    leipzig.region.serve()
    leipzig.remember()
    for town in towns:
        town.change_something(draw, next(numbers))
    eventually(lambda: same_everywhere(towns))

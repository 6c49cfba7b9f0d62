"""W1 to W3: looking for things, and at one."""

import json
import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi.testclient import TestClient

from app.main import create_app
from tests.benchmarks import peers, rivals, town
from tests.benchmarks.load import Paths, asking
from tests.benchmarks.measuring import Series, side_by_side
from tests.benchmarks.replaying import Encoding, Replay, Statements, contestant, overhearing
from tests.benchmarks.rivals import Rival
from tests.benchmarks.servers import bare
from tests.benchmarks.setting import Line, Setting
from tests.benchmarks.town import Region, Saturday

PAGE = 20
MANY = 300
"""How many different visits there are."""
CEILINGS = ("bare", "database", "encoding")
"""What nobody can spare: the answer over HTTP, the rows for it, and writing it down."""
RANGES = {"7 days": 7, "6 months": 183}


def w1(setting: Setting) -> list[Line]:
    """A page of search: text and category."""
    region = Region(setting.seed, setting.size, asked="pages")
    asked = [region.wish() for _ in range(MANY)]
    heard = overheard(setting, [[f"/api/v1/listings?{_query(*one)}"] for one in asked])
    return [looked_up(setting, "W1 search page", heard, peer=setting.rivals.page(asked))]


def w2(setting: Setting) -> list[Line]:
    """A listing, and its calendar; popular ones are looked at no more often than others."""
    with setting.house.opened() as instance:
        some = random.Random(setting.seed + 2).sample(town.listing_ids(instance), MANY)
    lines = []
    for name, days in RANGES.items():
        start = Saturday.next().start
        visits = [_visit(one, start, start + timedelta(days=days)) for one in some]
        peer = setting.rivals.things(some, start, start + timedelta(days=days))
        lines.append(
            looked_up(setting, f"W2 a listing and its {name}", overheard(setting, visits), peer=peer)
        )
    return lines


def _visit(listing_id: UUID, start: datetime, end: datetime) -> list[str]:
    here = f"/api/v1/listings/{listing_id}"
    return [here, f"{here}/calendar?{urlencode({'from': _said(start), 'to': _said(end)}, safe=':')}"]


def w3(setting: Setting) -> list[Line]:
    """A beamer, within 5 km, free on Saturday from 10 to 14 o'clock: everywhere, and in the densest town."""
    lines = []
    for name, place in (("mixed", Region.place), ("densest town", Region.place_in_the_densest_town)):
        asked = free_near(setting, place)
        usual = setting.rivals.seeking(asked)
        heard = overheard(setting, [[free_near_path(one)] for one in asked])
        _compare(setting, heard, usual[-1])
        peer = usual[-1].requests
        lines.append(looked_up(setting, f"W3 free, near, text; {name}", heard, others=usual, peer=peer))
    return lines


def free_near(setting: Setting, place: Any = Region.place) -> list[rivals.Sought]:
    """What people seek."""
    region, saturday = Region(setting.seed, setting.size, asked="free"), Saturday.next()
    return [rivals.Sought(region.thing(), place(region), saturday) for _ in range(MANY)]


def free_near_path(sought: rivals.Sought) -> str:
    return "/api/v1/listings?" + _query(
        sought.stem,
        sought.thing[1],
        near=f"{sought.place[0]},{sought.place[1]}",
        radius_km=sought.radius_km,
        free_from=_said(sought.saturday.start),
        free_until=_said(sought.saturday.end),
        sort="distance",
    )


def _compare(setting: Setting, heard: "Heard", other: Rival) -> None:
    """Say how many answers name the same listings; the earth is flat for the other, so at the edge they may differ."""
    theirs = [set(found[:PAGE]) for found in setting.rivals.answers(other)]
    ours = [
        {UUID(item["id"]) for item in json.loads(heard.answers[paths[0]])["items"]} for paths in heard.visits
    ]
    same = sum(one == another for one, another in zip(ours, theirs, strict=True))
    setting.say(
        f"Of {len(ours)} answers {same} tell the same as {other.name}; "
        f"{sum(map(len, ours)) / len(ours):.1f} found on average, nothing {ours.count(set())} times"
    )


def _query(word: str, category: str, **more: object) -> str:
    told = {"q": word, "category": category, "limit": PAGE} | more
    return urlencode(told, quote_via=quote, safe=",:")


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Heard:
    """Visits, what is answered to each path, and the statements that each visit sends, as the driver gets them."""

    visits: Sequence[Paths]
    answers: Mapping[str, bytes]
    statements: Sequence[Statements]

    @property
    def size(self) -> float:
        """Bytes of all answers of a visit."""
        return sum(len(self.answers[path]) for paths in self.visits for path in paths) / len(self.visits)

    @property
    def asked(self) -> float:
        """Statements of a visit, those that begin and end a transaction aside."""
        told = [one for statements in self.statements for one, _ in statements]
        return sum(one not in {"BEGIN", "ROLLBACK"} for one in told) / len(self.visits)


def looked_up(
    setting: Setting,
    name: str,
    heard: Heard,
    *,
    others: Sequence[Rival] = (),
    peer: Sequence[Statements] = (),
) -> Line:
    """What these visits cost here, beside their ceilings, others who find the same, and a peer where there is one."""
    visits, answers = heard.visits, heard.answers
    seconds, database_pids = setting.seconds, setting.database_pids
    with setting.serving() as (house, pids), ExitStack() as stack:
        url, bare_pid = stack.enter_context(bare(answers, setting.folder))
        contestants = {
            "depot": asking(house.url, visits, seconds, *pids),
            "bare": asking(url, visits, seconds, bare_pid),
            "database": contestant(
                Replay(house.values["database_url"], heard.statements, seconds), *database_pids
            ),
            "encoding": contestant(
                Encoding([[answers[path] for path in paths] for paths in visits], seconds / 3)
            ),
        }
        for one in others:
            contestants[one.name] = contestant(Replay(one.url, one.requests, seconds), *database_pids)
        if peer and peers.is_here() and setting.rivals.on_sqlite:
            there, pid = stack.enter_context(peers.serving(setting.rivals.url))
            asked = peers.paths(setting.rivals.url, peer)
            contestants[peers.NAME] = asking(there, asked, seconds, pid)
        told = side_by_side(contestants, setting.rounds)
    return _line(setting, name, told, heard)


def _line(setting: Setting, name: str, told: Mapping[str, Series], heard: Heard) -> Line:
    ours, ceiling = told["depot"], sum(told[one].cost for one in CEILINGS)
    beside = [
        f"{one} {each.rate:,.0f}/s ({each.cost:.2f} ms)" for one, each in told.items() if each is not ours
    ]
    ratios = [f"tax {ours.cost / ceiling:.1f}"]
    if peers.NAME in told:
        ratios.append(f"gain {ours.rate / told[peers.NAME].rate:.1f}")
    return Line(
        name,
        setting.size,
        f"{ours.rate:,.0f}/s ({ours.cost:.2f} ms of processor, {heard.asked:.1f} statements, {heard.size / 1e3:.1f} kB)",
        f"**{', '.join(ratios)}**; {'; '.join(beside)}",
        str(ours),
        told,
    )


def overheard(setting: Setting, visits: Sequence[Paths]) -> Heard:
    """Have each visit happen once, in this process."""
    answers: dict[str, bytes] = {}
    statements: list[Statements] = []
    with setting.house.opened() as instance, TestClient(create_app(instance=instance)) as client:
        for path in visits[0]:
            client.get(path)  # what is asked once in the life of a process
        for paths in visits:
            with overhearing(instance) as sent:
                for path in paths:
                    answer = client.get(path, headers={"accept-encoding": "identity"})
                    assert answer.status_code == 200, answer.text
                    answers[path] = answer.content
                    sent.append(("ROLLBACK", ()))
            statements.append(sent)
    return Heard(visits, answers, statements)


WORKLOADS = {"W1": w1, "W2": w2, "W3": w3}

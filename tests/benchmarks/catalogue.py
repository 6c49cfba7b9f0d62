"""W1 to W3: looking for things, and at one."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import event

from app.main import create_app
from app.wiring import Instance
from tests.benchmarks import peers, rivals, town
from tests.benchmarks.load import Paths, asking
from tests.benchmarks.measuring import Series, side_by_side
from tests.benchmarks.replaying import Encoding, Replay, Statements, contestant
from tests.benchmarks.rivals import Rival
from tests.benchmarks.servers import bare
from tests.benchmarks.setting import Line, Setting
from tests.benchmarks.town import Region, Saturday

MANY = 300
"""How many different visits there are."""
CEILINGS = ("bare", "database", "encoding")
"""What nobody can spare: the answer over HTTP, the rows for it, and writing it down."""
RANGES = {"7 days": 7, "6 months": 183}


def w1(setting: Setting) -> list[Line]:
    """A page of search: text and category."""
    region = Region(setting.seed + 1)
    things = [(word.split()[0].lower(), category) for word, category in (region.thing() for _ in range(MANY))]
    visits = [[f"/api/v1/listings?{_query(*thing)}"] for thing in things]
    return [looked_up(setting, "W1 search page", visits, peer=setting.rivals.page(things))]


def w2(setting: Setting) -> list[Line]:
    """A listing, and its calendar; popular ones are looked at no more often than others."""
    with setting.house.opened() as instance:
        some = random.Random(setting.seed + 2).sample(town.listing_ids(instance), MANY)
    lines = []
    for name, days in RANGES.items():
        start = Saturday.next().start
        visits = [_visit(one, start, start + timedelta(days=days)) for one in some]
        peer = setting.rivals.things(some, start, start + timedelta(days=days))
        lines.append(looked_up(setting, f"W2 a listing and its {name}", visits, peer=peer))
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
        visits = [[free_near_path(one)] for one in asked]
        peer = usual[-1].requests
        lines.append(looked_up(setting, f"W3 free, near, text; {name}", visits, others=usual, peer=peer))
    return lines


def free_near(setting: Setting, place: Any = Region.place) -> list[rivals.Sought]:
    """What people seek."""
    region, saturday = Region(setting.seed + 3), Saturday.next()
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


def _query(word: str, category: str, **more: object) -> str:
    told = {"q": word, "category": category, "limit": 20} | more
    return urlencode(told, quote_via=quote, safe=",:")


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def looked_up(
    setting: Setting,
    name: str,
    visits: Sequence[Paths],
    *,
    others: Sequence[Rival] = (),
    peer: Sequence[Statements] = (),
) -> Line:
    """What these visits cost here, beside their ceilings, others who find the same, and a peer where there is one."""
    answers, statements = overheard(setting, visits)
    seconds, database_pids = setting.seconds, setting.database_pids
    with setting.serving() as (house, pids), ExitStack() as stack:
        url, bare_pid = stack.enter_context(bare(answers, setting.folder))
        contestants = {
            "depot": asking(house.url, visits, seconds, *pids),
            "bare": asking(url, visits, seconds, bare_pid),
            "database": contestant(Replay(house.values["database_url"], statements, seconds), *database_pids),
            "encoding": contestant(Encoding(list(answers.values()), seconds / 3)),
        }
        for one in others:
            contestants[one.name] = contestant(Replay(one.url, one.requests, seconds), *database_pids)
        if peer and peers.is_here() and setting.rivals.on_sqlite:
            there, pid = stack.enter_context(peers.serving(setting.rivals.url))
            asked = peers.paths(setting.rivals.url, peer)
            contestants[peers.NAME] = asking(there, asked, seconds, pid)
        told = side_by_side(contestants, setting.rounds)
    sent = sum(one not in {"BEGIN", "ROLLBACK"} for heard in statements for one, _ in heard)
    return _line(setting, name, told, sum(map(len, answers.values())) / len(visits), sent / len(statements))


def _line(setting: Setting, name: str, told: Mapping[str, Series], size: float, asked: float) -> Line:
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
        f"{ours.rate:,.0f}/s ({ours.cost:.2f} ms of processor, {asked:.1f} statements, {size / 1e3:.1f} kB)",
        f"**{', '.join(ratios)}**; {'; '.join(beside)}",
        str(ours),
        told,
    )


def overheard(setting: Setting, visits: Sequence[Paths]) -> tuple[dict[str, bytes], list[Statements]]:
    """What is answered, and the statements that each visit sends, as the driver gets them."""
    answers: dict[str, bytes] = {}
    statements: list[Statements] = []
    with setting.house.opened() as instance, TestClient(create_app(instance=instance)) as client:
        for path in visits[0]:
            client.get(path)  # what is asked once in the life of a process
        for paths in visits:
            with _overhearing(instance) as heard:
                for path in paths:
                    answer = client.get(path, headers={"accept-encoding": "identity"})
                    assert answer.status_code == 200, answer.text
                    answers[path] = answer.content
                    heard.append(("ROLLBACK", ()))
            statements.append(heard)
    return answers, statements


@contextmanager
def _overhearing(instance: Instance) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    engine = instance.database.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


WORKLOADS = {"W1": w1, "W2": w2, "W3": w3}

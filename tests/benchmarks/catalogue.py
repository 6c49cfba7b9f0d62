"""W1 to W3: looking for things, and at one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from fastapi.testclient import TestClient
from sqlalchemy import event

from app.main import create_app
from app.wiring import Instance
from tests.benchmarks import load, rivals
from tests.benchmarks.load import Plan, request
from tests.benchmarks.measuring import Series, Stretch, measured, side_by_side
from tests.benchmarks.replaying import Encoding, Replay, Statements, contestant
from tests.benchmarks.rivals import Rival
from tests.benchmarks.servers import bare
from tests.benchmarks.setting import Line, Setting
from tests.benchmarks.town import Region, Saturday

Paths = Sequence[str]
"""What a visitor asks for, one after the other."""
MANY = 300
"""How many different visits there are."""
CEILINGS = ("bare", "database", "encoding")


def looked_up(
    setting: Setting, name: str, visits: Sequence[Paths], others: Sequence[Rival] = ()
) -> list[Line]:
    """What these visits cost here, beside a bare ASGI answer of the same bytes, the statements that they take straight
    through the driver, the writing of the answer, and the rivals.
    """
    answers, statements = overheard(setting, visits)
    with setting.serving() as (house, pids), ExitStack() as stack:
        url, bare_pid = stack.enter_context(bare(answers, setting.folder))
        told = side_by_side(
            {
                "depot": asking(setting, house.url, visits, *pids),
                "bare": asking(setting, url, visits, bare_pid),
                "database": replaying(setting, house.values["database_url"], statements),
                "encoding": contestant(Encoding(list(answers.values()), setting.seconds / 3)),
                **{one.name: replaying(setting, one.url, one.requests) for one in others},
            },
            setting.rounds,
        )
    return [_line(setting, name, told, answers, statements)]


def asking(setting: Setting, url: str, visits: Sequence[Paths], *pids: int) -> Callable[[], Stretch]:
    """A turn of the client, who asks for these."""
    plan = Plan(url, [[request("GET", path) for path in paths] for paths in visits], setting.seconds)

    def turn() -> Stretch:
        with measured(*pids) as stretch:
            told = load.run(plan).expect(200)
        stretch.wall, stretch.times = told.wall, told.done
        return stretch

    return turn


def replaying(setting: Setting, url: str, requests: Sequence[Statements]) -> Callable[[], Stretch]:
    return contestant(Replay(url, requests, setting.seconds), *setting.database_pids)


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


def _line(
    setting: Setting,
    name: str,
    told: Mapping[str, Series],
    answers: Mapping[str, bytes],
    statements: Sequence[Statements],
) -> Line:
    costs = {one: series.cost for one, series in told.items()}
    ours, ceiling = told["depot"], sum(costs[one] for one in CEILINGS)
    size = sum(map(len, answers.values())) / len(statements)
    asked = sum(len([one for one, _ in heard if one != "BEGIN"]) for heard in statements) / len(statements)
    beside = [
        f"{one} {series.rate:,.0f}/s ({series.cost:.2f} ms)" for one, series in told.items() if one != "depot"
    ]
    return Line(
        name,
        setting.size,
        f"{ours.rate:,.0f}/s ({ours.cost:.2f} ms of processor, {asked:.1f} statements, {size / 1e3:.1f} kB)",
        f"{'; '.join(beside)}; **tax {ours.cost / ceiling:.1f}**",
        str(ours),
        costs,
    )


def w1(setting: Setting) -> list[Line]:
    """A page of search: text and category."""
    region = Region(setting.seed + 1)
    visits = [[f"/api/v1/listings?{_query(region.thing())}"] for _ in range(MANY)]
    return looked_up(setting, "W1 search page", visits)


def _query(thing: tuple[str, str], **more: object) -> str:
    word, category = thing
    told = {"q": word.split()[0].lower(), "category": category, "limit": 20} | more
    return urlencode(told, quote_via=quote, safe=",:")


def w3(setting: Setting) -> list[Line]:
    """A beamer, within 5 km, free on Saturday from 10 to 14 o'clock: everywhere, and in the densest town."""
    lines, others = [], rivals.Rivals(setting)
    for name, place in (("mixed", Region.place), ("densest town", Region.place_in_the_densest_town)):
        region, saturday = Region(setting.seed + 2), Saturday.next()
        asked = [rivals.Sought(*region.thing(), *place(region), saturday=saturday) for _ in range(MANY)]
        visits = [[_free_near(one)] for one in asked]
        lines += looked_up(setting, f"W3 free, near, text; {name}", visits, others.seeking(asked))
    return lines


def _free_near(sought: rivals.Sought) -> str:
    return "/api/v1/listings?" + _query(
        (sought.stem, sought.category),
        near=f"{sought.lat},{sought.lon}",
        radius_km=sought.radius_km,
        free_from=f"{sought.saturday.start:%Y-%m-%dT%H:%M:%S}Z",
        free_until=f"{sought.saturday.end:%Y-%m-%dT%H:%M:%S}Z",
        sort="distance",
    )


WORKLOADS = {"W1": w1, "W3": w3}

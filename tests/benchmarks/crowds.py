"""W9, and W3 while bookings are being written: how long people wait when others do other things."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks import load
from tests.benchmarks.booking import Wishes, people
from tests.benchmarks.catalogue import free_near, free_near_path
from tests.benchmarks.load import Plan, Visit, asking, request
from tests.benchmarks.measuring import Series, Stretch, side_by_side
from tests.benchmarks.setting import Line, Setting
from tests.factories.accounts import PASSWORD

KINDS = {"search": 0.70, "look": 0.24, "booking": 0.05, "sign-in": 0.01}
"""What people do, and how often so."""
BOOKINGS_A_SECOND = 20
_CONNECTIONS = 64


class Mix:
    """Visits of every kind, in the order in which they happen."""

    def __init__(self, setting: Setting) -> None:
        self._draw = random.Random(setting.seed + 4)
        self._searches = [[request("GET", free_near_path(one))] for one in free_near(setting)]
        wishes = Wishes(setting)
        self._looks = [[request("GET", f"/api/v1/listings/{one}")] for one in wishes.listing_ids]
        self._signing_in = [
            [request("POST", "/api/v1/sessions", body={"email": one.email, "password": PASSWORD})]
            for one in people(setting, 50, with_password=True)
        ]
        self._asks = wishes.visits()

    def some(self, count: int) -> tuple[list[str], list[Visit]]:
        """So many, and of which kind each is."""
        kinds = self._draw.choices([*KINDS], [*KINDS.values()], k=count)
        return kinds, [self._visit(kind) for kind in kinds]

    def _visit(self, kind: str) -> Visit:
        match kind:
            case "search":
                return self._draw.choice(self._searches)
            case "look":
                return self._draw.choice(self._looks)
            case "booking":
                return next(self._asks)
            case _:
                return self._draw.choice(self._signing_in)


def w9(setting: Setting) -> list[Line]:
    """Everything at once, at half of what can be done at most; everybody comes when they come."""
    mix, seconds = Mix(setting), setting.seconds
    told = {name: Series() for name in ("all", *KINDS)}
    with setting.serving() as (house, pids):
        _, visits = mix.some(int(5_000 * seconds))
        load.turn(Plan(house.url, visits, 1.0, once=True), pids, 200, 201)
        _, visits = mix.some(int(5_000 * seconds))
        peak = load.run(Plan(house.url, visits, seconds, once=True)).expect(200, 201)
        rate = peak.done / peak.wall / 2
        for _ in range(setting.rounds):
            kinds, visits = mix.some(int(2 * rate * 3 * seconds) + 100)
            plan = Plan(house.url, visits, 3 * seconds, connections=_CONNECTIONS, rate=rate)
            for name, stretch in _by_kind(load.turn(plan, pids, 200, 201), kinds).items():
                told[name].rounds.append(stretch)
    everything = told["all"]
    each = [
        f"{name} {told[name].waited(0.5):.0f} / {told[name].waited(0.99):.0f} ms"
        for name in KINDS
        if told[name].rounds
    ]
    return [
        Line(
            "W9 everything at once",
            setting.size,
            f"p50 {everything.waited(0.5):.0f} ms, **p99 {everything.waited(0.99):.0f} ms** at {rate:,.0f}/s, half of the peak",
            f"p50 / p99: {'; '.join(each)}",
            everything.noise,
        )
    ]


def _by_kind(stretch: Stretch, kinds: Sequence[str]) -> dict[str, Stretch]:
    waits: dict[str, list[float]] = {name: [] for name in ("all", *KINDS)}
    for number, wait in zip(stretch.numbers, stretch.waits, strict=True):
        waits["all"].append(wait)
        waits[kinds[number]].append(wait)
    return {
        name: Stretch(stretch.wall, stretch.processor, len(some), some, noisy=stretch.noisy)
        for name, some in waits.items()
        if some
    }


def while_booking(setting: Setting) -> list[Line]:
    """W3, by itself and while bookings are being written."""
    wishes = Wishes(setting)
    visits = [[free_near_path(one)] for one in free_near(setting)]
    with setting.serving() as (house, pids), ThreadPoolExecutor() as beside:
        alone = asking(house.url, visits, setting.seconds, *pids)

        def disturbed() -> Stretch:
            asks = wishes.some(int(2 * BOOKINGS_A_SECOND * setting.seconds) + 50)
            plan = Plan(house.url, asks, setting.seconds, rate=BOOKINGS_A_SECOND)
            writing = beside.submit(load.run, plan)
            stretch = alone()
            writing.result().expect(201)
            return stretch

        told = side_by_side({"alone": alone, "while booking": disturbed}, setting.rounds)
    return [
        Line(
            f"W3 while {BOOKINGS_A_SECOND} bookings a second are written",
            setting.size,
            _figures(told["while booking"]),
            f"by itself {_figures(told['alone'])}",
            str(told["while booking"]),
        )
    ]


def _figures(series: Series) -> str:
    return f"{series.rate:,.0f}/s, p50 {series.waited(0.5):.1f} ms, p99 {series.waited(0.99):.1f} ms"


WORKLOADS = {"W9": w9, "busy": while_booking}

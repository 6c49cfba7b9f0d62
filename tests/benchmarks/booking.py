"""W4 and W5: one booking after the other, and many for one window."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID

from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate
from app.kernel.clock import SystemClock
from tests.benchmarks import load, town
from tests.benchmarks.load import Plan, Visit, request
from tests.benchmarks.measuring import Stretch, side_by_side
from tests.benchmarks.replaying import Replay, contestant, overhearing
from tests.benchmarks.setting import Line, Setting
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer

CROWD = 48
CAPACITY = 3
WINDOWS = 20
_FIRST_DAY, _LAST_DAY = 100, 700
_CONNECTIONS = {True: 1, False: 8}
"""How many write at a time: SQLite has one writer."""


class Wishes:
    """Bookings that nobody else wants, and people who ask for them; other days each time, for a town that is kept."""

    def __init__(self, setting: Setting) -> None:
        with setting.house.opened() as instance:
            self.people = people(setting, CROWD)
            self.listing_ids = town.listing_ids(instance, open_daily=True)
        self._draw = random.Random()
        self._made: set[tuple[int, int]] = set()

    def visits(self) -> Iterator[Visit]:
        """One ask after the other, without end."""
        while True:
            which = self._draw.randrange(len(self.listing_ids)), self._draw.randint(_FIRST_DAY, _LAST_DAY)
            if which not in self._made:
                self._made.add(which)
                yield [ask(self._draw.choice(self.people), str(self.listing_ids[which[0]]), *_day(which[1]))]

    def some(self, count: int) -> list[Visit]:
        asks = self.visits()
        return [next(asks) for _ in range(count)]


def people(setting: Setting, count: int, *, with_password: bool = False) -> list[Neighbour]:
    """So many who are signed in."""
    with setting.house.opened() as instance:
        names = [f"Mia {token_hex(6)}" for _ in range(count)]
        return [signed_in_person(instance, name, with_password=with_password) for name in names]


def ask(who: Neighbour, listing_id: str, start: datetime, end: datetime) -> bytes:
    """Somebody asks for one of something."""
    body = {"listing_id": listing_id, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    return request("POST", "/api/v1/bookings", headers=who.headers, body=body)


def _day(number: int) -> tuple[datetime, datetime]:
    """From ten to five, so many days from now."""
    today = SystemClock().now().astimezone(town.ZONE).replace(hour=10, minute=0, second=0, microsecond=0)
    start = today + timedelta(days=number)
    return start, start.replace(hour=17)


def w4(setting: Setting) -> list[Line]:
    """A booking that is kept, and that nobody else wants, beside the least that it takes on the same database."""
    wishes, seconds = Wishes(setting), setting.seconds
    lanes = _CONNECTIONS[setting.rivals.on_sqlite]
    bare = setting.rivals.lend(random.Random(setting.seed), 2_000)
    with setting.serving() as (house, pids):
        told = side_by_side(
            {
                "depot": lambda: booking(house.url, wishes.some(int(4_000 * seconds)), seconds, *pids),
                "bare transaction": contestant(
                    Replay(setting.rivals.url, bare, seconds, lanes), *setting.database_pids
                ),
            },
            setting.rounds,
        )
    asked = _statements(setting, wishes)
    ours, least = told["depot"], told["bare transaction"]
    return [
        Line(
            "W4 booking, uncontended",
            setting.size,
            f"{ours.rate:,.0f}/s ({ours.cost:.2f} ms of processor, {asked} statements); half within {ours.waited(0.5):.1f} ms",
            f"**tax {ours.cost / least.cost:.1f}**; bare transaction {least.rate:,.0f}/s ({least.cost:.2f} ms)",
            str(ours),
            told,
        )
    ]


def _statements(setting: Setting, wishes: Wishes) -> int:
    """How many a booking takes, the ones that begin and end the transaction aside."""
    asked = BookingCreate.model_validate_json(next(wishes.visits())[0].partition(b"\r\n\r\n")[2])
    with setting.house.opened() as instance:
        actor = wishes.people[0].actor_in(instance)
        with overhearing(instance) as heard, instance.transactions.writing(actor) as work:
            bookings.request(work, asked)
    return sum(not one.startswith("BEGIN") for one, _ in heard)


def booking(url: str, visits: list[Visit], seconds: float, *pids: int) -> Stretch:
    """A turn of asks, each of them once."""
    return load.turn(Plan(url, visits, seconds, connections=4, once=True), pids, 201)


def w5(setting: Setting) -> list[Line]:
    """A crowd races for each window: as many get it as there are units, and nobody else hears anything but no."""
    crowd = people(setting, CROWD)
    counted: list[int] = []
    with setting.serving() as (house, pids):

        def race() -> Stretch:
            listing_id = _wanted(setting)
            visits = [[ask(who, listing_id, *_day(1 + number)) for who in crowd] for number in range(WINDOWS)]
            plan = Plan(house.url, visits, connections=CROWD, together=True)
            stretch = load.turn(plan, pids, 201, 409)
            counted.append(_given(setting, listing_id))
            return stretch

        told = side_by_side({"depot": race}, setting.rounds)
        exact = all(one == WINDOWS * CAPACITY for one in counted)
    ours = told["depot"]
    return [
        Line(
            f"W5 {CROWD} race for each window",
            setting.size,
            f"{ours.rate:,.0f} decisions/s ({ours.cost:.2f} ms of processor)",
            f"{sum(counted):_} bookings of {len(counted) * WINDOWS * CAPACITY:_}, "
            f"{'exactly as many each time' if exact else '**NOT EXACT**'}; no answer but 201 and 409",
            str(ours),
            told,
        )
    ]


def _given(setting: Setting, listing_id: str) -> int:
    """How many units of it are promised; more than there are at any time ends the run."""
    with setting.house.opened() as instance:
        use = town.use_of(instance, UUID(listing_id))
    if any(used > CAPACITY for used in use):
        raise SystemExit(f"Of {CAPACITY} units {max(use)} were promised at a time.")
    return sum(use)


def _wanted(setting: Setting) -> str:
    """Something new of which there are a few."""
    with setting.house.opened() as instance:
        [owner] = people(setting, 1)
        return str(
            offer(
                instance,
                owner,
                title="Lastenrad",
                units=CAPACITY,
                booking_mode="instant",
                limits={"lead_minutes": 0, "horizon_days": 730},
            ).id
        )


WORKLOADS = {"W4": w4, "W5": w5}

"""`python -m tests.benchmarks.pages`: what a page costs the server beside the calls that tell a client the same.

The town is the demo's, and somebody has a storeroom in it and twenty loans. The table tells for each page how many calls
these are, the milliseconds of processor of both, and their ratio: three is what we allow ourselves.
"""

import http.client
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import typer

from app.accounts import service as accounts
from app.api.cookies import COOKIE
from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate
from app.cli.demo import fill
from app.demo.town import town
from app.kernel.actor import SYSTEM
from app.settings import Settings
from app.wiring import Instance
from tests.benchmarks.measuring import Stretch, measured, side_by_side
from tests.benchmarks.servers import House
from tests.conftest import migrate
from tests.factories.accounts import Neighbour
from tests.factories.listings import offer

MOST: Final = 3.0
"""How many times its calls' work a page may cost."""
LOANS: Final = 20
HOUR: Final = timedelta(hours=1)
NOW: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # noqa: TID251 - what is measured happens now
LATER: Final = NOW + timedelta(days=3)


@dataclass(frozen=True)
class Furnished:
    """What the pages are about, and who opens them."""

    listing: UUID
    own_listing: UUID
    booking: UUID
    organisation: UUID
    owner: Neighbour


@dataclass(frozen=True)
class Compared:
    """A page, and the calls by which a client learns what it shows."""

    name: str
    page: str
    calls: Sequence[str]


def compared(of: Furnished) -> Iterator[Compared]:
    """The pages that are opened most."""
    lists = "/listings?purpose=offer"
    yield Compared("find", "/", [lists])
    yield Compared("found", "/?q=bohr", [f"{lists}&q=bohr&facets=true"])
    yield Compared("free then", f"/?{_asked(0)}", [f"{lists}&{_free(0)}"])
    other_days = [f"{lists}&q=bohr&{_free(days)}&limit=1" for days in range(1, 8)]
    nothing = [f"{lists}&q=bohr&{_free(0)}&facets=true", f"{lists}&q=bohr&limit=1", *other_days]
    yield Compared("free on no day", f"/?q=bohr&{_asked(0)}", nothing)
    yield Compared("nowhere", f"/?q=zauberstab&{_asked(0)}", [f"{lists}&q=zauberstab&{_free(0)}&facets=true"])
    weeks = urlencode({"from": NOW.isoformat(), "to": (NOW + timedelta(weeks=5)).isoformat()})
    listing, booking = f"/listings/{of.listing}", f"/bookings/{of.booking}"
    own, organisation = f"/listings/{of.own_listing}", f"/organisations/{of.organisation}"
    yield Compared("requests", "/wants", ["/listings?purpose=want"])
    yield Compared("listing", listing, [listing, f"{listing}/calendar?{weeks}"])
    more = [f"{own}/calendar?{weeks}", f"{own}/conflicts", f"{own}/matching-wants"]
    yield Compared("my listing", own, [own, *more])
    yield Compared("my loans", "/bookings", ["/bookings?role=borrower"])
    yield Compared("loan", booking, [booking, f"{booking}/messages"])
    yield Compared("storeroom", f"{organisation}/today", [organisation, "/bookings?role=provider"])
    parts = [f"{organisation}/members", f"{organisation}/recognition", "/listings?mine=true&limit=60"]
    yield Compared("organisation", organisation, [organisation, *parts])
    yield Compared("my things", "/listings", ["/listings?mine=true"])
    yield Compared("news", "/notifications", ["/me/notifications"])


def _asked(days: int) -> str:
    day = f"{LATER + timedelta(days=days):%Y-%m-%d}"
    return urlencode({"from_day": day, "from_time": "10:00", "until_day": day, "until_time": "18:00"})


def _free(days: int) -> str:
    day = f"{LATER + timedelta(days=days):%Y-%m-%d}"
    return urlencode({"free_from": f"{day}T10:00:00+01:00", "free_until": f"{day}T18:00:00+01:00"})


def main(
    rounds: Annotated[int, typer.Option(min=1, help="How often each takes its two turns.")] = 5,
    visits: Annotated[int, typer.Option(min=1, help="How many visits a turn has.")] = 40,
    only: Annotated[str, typer.Option(help="Only the pages whose name begins so.")] = "",
) -> None:
    """Measure, and print a table in Markdown. Fails where a page costs more than three times its calls."""
    over = []
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/pages.db")
        house = House("Leipzig", Path(folder) / "house", f"sqlite:///{folder}/pages.db")
        found = _furnish(house)
        typer.echo(
            "| page | its calls | page, ms | calls, ms | times | |\n| --- | --- | --- | --- | --- | --- |"
        )
        with house.serving() as pid:
            for one in compared(found):
                if one.name.startswith(only):
                    times, row = _row(one, house.url, found.owner, pid, rounds, visits)
                    typer.echo(row)
                    over += [one.name] if times > MOST else []
    if over:
        raise SystemExit(f"More than {MOST:.0f} times its calls: {', '.join(over)}")


def _row(one: Compared, url: str, who: Neighbour, pid: int, rounds: int, visits: int) -> tuple[float, str]:
    asked = [f"/api/v1{call}" for call in one.calls]
    told = side_by_side(
        {
            "page": partial(_visits, url, [one.page], {"Cookie": f"{COOKIE}={who.token}"}, pid, visits),
            "calls": partial(_visits, url, asked, who.headers, pid, visits),
        },
        rounds,
    )
    page, calls = (told[name].processor / visits * 1_000 for name in ("page", "calls"))
    row = f"| {one.name} | {len(one.calls)} | {page:.1f} | {calls:.1f} | {page / calls:.2f} | {told['page'].noise} |"
    return page / calls, row


def _visits(url: str, paths: Sequence[str], headers: dict[str, str], pid: int, visits: int) -> Stretch:
    """Open all paths so many times, over one connection."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    with measured(pid) as stretch:
        for _ in range(visits):
            for path in paths:
                connection.request("GET", path, headers={"Accept-Language": "de-DE", **headers})
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, f"{path}: {answer.status} {body[:500]!r}"
    connection.close()
    return stretch


def _furnish(house: House) -> Furnished:
    """The demo's town. Twenty chairs leave an organisation's storeroom today, and its owner has asked for twenty things."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        fill(Settings(_env_file=None, jobs="worker", **house.values), seed=1)
    place = town(1)
    body = max(place.organisations, key=lambda one: sum(it.owner == one.key for it in place.listings))
    with house.opened() as instance:
        people = {one.key: _signed_in(instance, one.email) for one in place.people}
        owner = people.pop(body.owner)
        with instance.transactions.reading(SYSTEM) as look:
            organisation = accounts.find_party(look, body.name).id
        chairs = _shared(instance, owner, organisation_id=organisation, units=LOANS)
        others = list(people.values())[:LOANS]
        for other in others:
            _booked(instance, other, chairs, NOW + HOUR)
        things = [_shared(instance, other) for other in others]
        loans = [_booked(instance, owner, thing, LATER) for thing in things]
    return Furnished(things[0], chairs, loans[0], organisation, owner)


def _signed_in(instance: Instance, email: str) -> Neighbour:
    with instance.transactions.writing(SYSTEM) as work:
        found = accounts.find_person(work, email)
        return Neighbour(
            found.id, found.name or "", email, accounts.open_session(work, found.id).access_token
        )


def _shared(instance: Instance, by: Neighbour, **fields: object) -> UUID:
    return offer(instance, by, title="Klappstuhl", booking_mode="instant", **fields).id


def _booked(instance: Instance, by: Neighbour, listing: UUID, starts_at: datetime) -> UUID:
    wish = BookingCreate(listing_id=listing, starts_at=starts_at, ends_at=starts_at + 6 * HOUR)
    with instance.transactions.writing(by.actor_in(instance)) as work:
        return bookings.request(work, wish).id


if __name__ == "__main__":
    typer.run(main)

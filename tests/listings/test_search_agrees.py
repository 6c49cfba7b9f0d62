"""What search answers is what somebody finds who looks at every listing, on both databases, whatever is asked."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.kernel.actor import NOBODY, SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.listings.schemas import ListingCreate, ListingQuery
from tests.factories.accounts import signed_in_person
from tests.listings.naive_search import Thing, Town

TITLES = (
    "Beamer", "Leinwand", "Bohrmaschine", "Stichsäge", "Lastenrad", "Fahrrad", "Bücherregal", "Zelt", "Pavillon",
    "Bierbank", "Saal", "Werkstatt", "Akkuschrauber", "Straßenkreide", "Häcksler", "Rasenmäher",
)  # fmt: skip
MORE = ("groß", "neue", "alte", "für Kinder", "mit Koffer", "rot", "gebraucht", "aus Holz", "beamer", "rad")
QUERIES = (
    "beamer", "BEAMER", "rad", "räder", "saege", "Sägen", "regal", "buch", "bohrmaschinen", "akku", "schrauber",
    "strasse", "zelt rot", "neue beamer", "holz", "groß rad", "werk", "xyz", "der die das", "%", "mäher",
)  # fmt: skip
SLUGS = ("drills", "saws", "tools", "media", "projectors", "vehicles", "bicycles", "rooms", None)
KINDS = ("equipment", "equipment", "equipment", "space", "time")
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("tuesday", "wednesday", "thursday", "friday", "saturday")
PARTNERS = ("halle.example", "jena.example", "gera.example")


def told(draw: random.Random, number: int, garden: UUID) -> dict[str, Any]:
    """What somebody says of something they offer or need."""
    kind = draw.choice(KINDS)
    fields: dict[str, Any] = {
        "kind": kind,
        "title": " ".join([draw.choice(TITLES), *draw.sample(MORE, draw.randint(0, 2)), f"n{number}"]),
        "description": " ".join(draw.choices((*TITLES, *MORE), k=draw.randint(0, 5))),
        "language": draw.choice(("de", "de", "en")),
        "category": draw.choice(SLUGS),
        "units": draw.choice((1, 1, 1, 2, 5)),
        "tariffs": draw.choice((None, [], tariffs(500), tariffs(2_000), tariffs(900, reduced=300))),
        "audience": draw.choice(
            ("everyone",) * 5 + ("organisations", "recognised_organisations", "members_of")
        ),
    }
    if fields["audience"] == "members_of":
        fields["audience_organisation_id"] = str(garden)
    if draw.random() < 0.85:
        centre = draw.choice(((51.34, 12.37), (51.34, 12.37), (51.48, 11.97), (52.5, 13.4)))
        fields["place"] = {
            "lat": round(draw.gauss(centre[0], 0.03), 4),
            "lon": round(draw.gauss(centre[1], 0.05), 4),
            "locality": draw.choice(("Leipzig", "Halle")),
        }
    if draw.random() < 0.1:
        start = datetime(2026, 12, draw.randint(1, 20), 9, tzinfo=BERLIN)
        fields |= {"purpose": "want", "kind": "equipment", "wanted": {
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=4)).isoformat(), "units": fields["units"],
        }}  # fmt: skip
    elif draw.random() < 0.4 and kind != "time":
        windows = [
            {"weekday": day, "opens": "09:00", "closes": draw.choice(("13:00", "19:00"))}
            for day in draw.sample(DAYS, 3)
        ]
        fields["hours"] = {"pick_up" if kind == "equipment" else "opening": {"weekly": windows}}
    return fields


def tariffs(minor: int, *, reduced: int | None = None) -> list[dict[str, Any]]:
    found = [{"tariff": "regular", "billing_unit": "calendar_day", "amount_minor": minor}]
    if reduced is not None:
        found.append({"tariff": "reduced", "billing_unit": "calendar_day", "amount_minor": reduced})
    return found


class Builder:
    """A random town, and the same as plain facts."""

    def __init__(self, instance, clock, client, seed: int, size: int) -> None:
        self.instance, self.clock, self.draw = instance, clock, random.Random(seed)
        self.anna, self.ben = signed_in_person(instance, "Anna"), signed_in_person(instance, "Ben")
        self.garden = self._recognised(client)
        self.things: list[Thing] = []
        self.heard: dict[str, datetime] = {}
        origins = {name: new_id() for name in PARTNERS}
        for at in range(0, size, 5):
            for number in range(at, min(at + 5, size)):
                if self.draw.random() < 0.75:
                    self._ours(number)
                else:
                    self._theirs(number, origins)
            clock.turn(timedelta(minutes=self.draw.randint(1, 90)))
        self.now = clock.now()
        for name in PARTNERS:
            self._hear(name, origins[name])
        for thing in self.things:
            self._book(thing)

    def _recognised(self, client) -> UUID:
        staff = signed_in_person(self.instance, "Mo", staff="moderator")
        made = client.post("/api/v1/organisations", json={"name": "Garten"}, headers=self.ben.headers).json()[
            "id"
        ]
        address = f"/api/v1/organisations/{made}/recognition"
        proof = {
            "proof": "declaration",
            "declaration": "Wir pflegen seit Jahren einen Garten für alle im Viertel.",
        }
        assert client.post(address, json=proof, headers=self.ben.headers).status_code < 300
        decided = client.post(f"{address}/approve", json={}, headers=staff.headers)
        assert decided.status_code < 300, decided.text
        return UUID(made)

    def _ours(self, number: int) -> None:
        fields = told(self.draw, number, self.garden)
        who = self.draw.choice((self.anna, self.anna, self.ben))
        with self.instance.transactions.writing(who.actor_in(self.instance)) as work:
            made = listings.create(work, ListingCreate.model_validate(fields))
            if self.draw.random() < 0.1:
                return  # a draft, which nobody finds
            shown = listings.publish(work, made.id)
            if self.draw.random() < 0.05:
                listings.pause(work, made.id)
                return
        self.things.append(
            Thing(str(made.id), fields, shown.created_at, shown.place.lat, shown.place.lon, str(who.id))
        )

    def _theirs(self, number: int, origins: dict[str, UUID]) -> None:
        fields = told(self.draw, number, self.garden)
        for name in ("hours", "audience_organisation_id"):
            fields.pop(name, None)
        if fields["audience"] == "members_of":
            fields["audience"] = "everyone"
        name = self.draw.choice(PARTNERS)
        made_at = self.clock.now() - timedelta(minutes=self.draw.randint(0, 5_000))
        with self.instance.transactions.writing(SYSTEM) as work:
            self._keep(work, name, origins[name], work.now, shown=True)
            thing = {
                "purpose": "offer",
                "provider": {"kind": "organisation", "name": "Dort", "recognised": True},
                "created_at": made_at.isoformat(),
                "updated_at": made_at.isoformat(),
                "url": f"https://{name}/api/v1/listings/{number}",
                **fields,
            }
            here = listings.mirror(work, origins[name], {str(number): thing}).kept[str(number)]
        place = fields.get("place", {})
        self.things.append(
            Thing(str(here), fields, made_at, place.get("lat"), place.get("lon"), None, origin=name)
        )

    def _hear(self, name: str, origin_id: UUID) -> None:
        """Halle has been heard just now, Jena not lately, and Gera is not shown at all."""
        heard = self.now - (timedelta(hours=50) if name == "jena.example" else timedelta(hours=1))
        self.heard[name] = heard
        with self.instance.transactions.writing(SYSTEM) as work:
            self._keep(work, name, origin_id, heard, shown=name != "gera.example")

    @staticmethod
    def _keep(work, name: str, origin_id: UUID, heard: datetime, *, shown: bool) -> None:
        listings.keep_origin(
            work, origin_id, instance=name, name=name, url=f"https://{name}", fresh_at=heard, shown=shown
        )

    def _book(self, thing: Thing) -> None:
        if thing.origin is not None or thing.purpose != "offer":
            return
        for _ in range(self.draw.randint(0, 3)):
            start = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(
                hours=self.draw.randint(-3, 200)
            )
            end, units = start + timedelta(hours=self.draw.randint(1, 30)), self.draw.randint(1, thing.units)
            if any(begins < end and start < ends for begins, ends, _ in thing.booked) and thing.units == 1:
                continue
            taken = sum(one for begins, ends, one in thing.booked if begins < end and start < ends)
            if taken + units <= thing.units:
                with self.instance.transactions.writing(SYSTEM) as work:
                    span = Interval(start, end)
                    listings.occupy(work, UUID(thing.id), holder_id=new_id(), span=span, units=units)
                thing.booked.append((start, end, units))

    def town(self, looker: str | None) -> Town:
        """What there is for nobody in particular, for Anna, or for Ben, whose garden is recognised."""
        facts = {"things": self.things, "now": self.now, "hidden": {"gera.example"}, "heard": self.heard}
        if looker == "ben":
            return Town(**facts, looker=str(self.ben.id), groups={str(self.garden)}, recognised=True)
        return Town(**facts, looker=str(self.anna.id) if looker else None)

    def actor(self, looker: str | None):
        who = {"anna": self.anna, "ben": self.ben}.get(looker or "")
        return who.actor_in(self.instance) if who else NOBODY


def query(draw: random.Random, now: datetime) -> dict[str, Any]:
    """Anything one could ask."""
    asked: dict[str, Any] = {}
    options = {
        "q": (0.5, lambda: draw.choice(QUERIES)),
        "kind": (0.15, lambda: draw.choice(("equipment", "space", "time"))),
        "purpose": (0.1, lambda: draw.choice(("offer", "want"))),
        "category": (0.2, lambda: draw.choice([slug for slug in SLUGS if slug] + ["nonsense"])),
        "near": (0.6, lambda: f"{draw.gauss(51.34, 0.05):.4f},{draw.gauss(12.37, 0.08):.4f}"),
        "units": (0.15, lambda: draw.randint(1, 5)),
        "max_price": (0.1, lambda: draw.choice((0, 300, 600, 1_000))),
        "free_of_charge": (0.1, lambda: draw.random() < 0.5),
        "audience": (0.15, lambda: draw.choice(("everyone", "organisations", "members_of", "me", "me"))),
        "origin": (0.15, lambda: draw.choice(("ours", "partners", *PARTNERS))),
        "language": (0.1, lambda: draw.choice(("de", "en"))),
        "sort": (0.5, lambda: draw.choice(("relevance", "distance", "newest", "available"))),
    }
    for name, (often, value) in options.items():
        if draw.random() < often:
            asked[name] = value()
    if "near" in asked and draw.random() < 0.5:
        asked["radius_km"] = draw.choice((1, 5, 20, 200))
    if draw.random() < 0.3:
        day = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
        start = day + timedelta(days=draw.randint(1, 8), hours=draw.randint(8, 18))
        asked |= {"free_from": start, "free_until": start + timedelta(hours=draw.choice((1, 3, 4)))}
    if asked.get("sort") == "distance" and "near" not in asked:
        del asked["sort"]
    return asked


def answered(instance, actor, asked: dict[str, Any], limit: int) -> list[str]:
    """The titles of all pages."""
    found: list[str] = []
    after = None
    with instance.transactions.reading(actor) as reading:
        while True:
            page = listings.search(reading, ListingQuery(**asked, limit=limit, after=after))
            found += [str(one.id) for one in page.items]
            if page.next is None:
                return found
            after = page.next


def compare(instance, clock, client, *, seed: int, size: int, queries: int) -> None:
    builder = Builder(instance, clock, client, seed, size)
    titles = {thing.id: thing.told["title"] for thing in builder.things}
    found_any, wrong = 0, []
    for number in range(queries):
        looker = builder.draw.choice((None, None, "anna", "ben"))
        asked = query(builder.draw, builder.now)
        expected = [thing.id for thing in builder.town(looker).search(**asked)]
        limit = builder.draw.choice((1, 3, 20, 100))
        found = answered(instance, builder.actor(looker), asked, limit)
        found_any += bool(expected)
        if found != expected:
            told_by = ([titles.get(one, "a stranger") for one in found], [titles[one] for one in expected])
            wrong.append((seed, number, looker, limit, asked, *told_by))
    assert not wrong, f"{len(wrong)} of {queries}; {wrong[:3]}"
    assert found_any > queries / 3


def test_search_finds_what_looking_at_everything_finds(instance, clock, client):
    compare(instance, clock, client, seed=1, size=60, queries=120)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_ten_thousand_searches_find_what_looking_at_everything_finds(instance, clock, client, seed):
    compare(instance, clock, client, seed=seed, size=160, queries=500)

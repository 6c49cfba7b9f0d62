"""Search as anybody would write it first: look at every listing, keep what fits, sort. Knows no index and no SQL."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from app.listings import categories
from app.listings.search_words import indexed, matches, sought

BERLIN = ZoneInfo("Europe/Berlin")
STALE = timedelta(hours=48)


@dataclass
class Thing:
    """What the test knows of a listing because it made it."""

    id: str
    told: dict[str, Any]
    created_at: datetime
    lat: float | None
    lon: float | None
    provider: str | None
    origin: str | None = None
    booked: list[tuple[datetime, datetime, int]] = field(default_factory=list)

    @property
    def purpose(self) -> str:
        return self.told.get("purpose", "offer")

    @property
    def units(self) -> int:
        return self.told["wanted"]["units"] if self.told.get("wanted") else self.told.get("units", 1)

    def price(self, *, recognised: bool) -> int | None:
        tariffs = self.told.get("tariffs", [])
        if tariffs is None:
            return None
        by_name = {one.get("tariff", "regular"): one["amount_minor"] for one in tariffs}
        if recognised and self.origin is None and "reduced" in by_name:
            return by_name["reduced"]
        return by_name.get("regular", 0)

    @cached_property
    def all_words(self) -> set[str]:
        return self._words(title_only=False)

    @cached_property
    def title_words(self) -> set[str]:
        return self._words(title_only=True)

    def _words(self, *, title_only: bool) -> set[str]:
        row = {
            "title": self.told["title"],
            "description": "" if title_only else self.told.get("description", ""),
            "tags": [] if title_only else self.told.get("tags", []),
            "category": None if title_only else self.told.get("category"),
            "details": None,
            "district": None if title_only else self.told.get("place", {}).get("district"),
            "locality": None if title_only else self.told.get("place", {}).get("locality"),
        }
        return set(indexed(row).split())


@dataclass
class Town:
    """Everything there is, and who looks at it."""

    things: list[Thing]
    now: datetime
    hidden: set[str]
    heard: dict[str, datetime]
    looker: str | None = None
    groups: set[str] = field(default_factory=set)
    recognised: bool = False

    def search(self, **query: Any) -> list[Thing]:
        return sorted(self._fitting(query), key=lambda thing: self._place(thing, query))

    def _fitting(self, query: dict[str, Any]) -> Iterator[Thing]:
        for thing in self.things:
            if self._visible(thing) and self._fits(thing, query):
                yield thing

    def _visible(self, thing: Thing) -> bool:
        if thing.provider is not None and thing.provider in {self.looker, *self.groups}:
            return True
        if thing.origin in self.hidden:
            return False
        return self._audience(thing) != "members_of" or thing.told["audience_organisation_id"] in self.groups

    @staticmethod
    def _audience(thing: Thing) -> str:
        return thing.told.get("audience", "everyone")

    def _fits(self, thing: Thing, query: dict[str, Any]) -> bool:
        told = thing.told
        price = thing.price(recognised=self.recognised)
        far = distance(thing, query)
        slug = query.get("category")
        checks = [
            query.get("kind") in {None, told["kind"]},
            query.get("purpose") in {None, thing.purpose},
            query.get("language") in {None, told.get("language", "de")},
            slug is None or told.get("category") in (categories.with_descendants(slug) or {slug}),
            thing.units >= query.get("units", 1),
            query.get("max_price") is None or (price is not None and price <= query["max_price"]),
            query.get("free_of_charge") is None or (price == 0) == query["free_of_charge"],
            query.get("radius_km") is None or (far is not None and far <= query["radius_km"]),
            query.get("sort") != "distance" or far is not None,
            self._for_whom(thing, query.get("audience")),
            self._from(thing, query.get("origin")),
            _says(thing.all_words, query.get("q")),
            query.get("free_from") is None or self._free(thing, query),
        ]
        if query.get("sort") is None and query.get("near") and not query.get("q"):
            checks.append(far is not None)
        return all(checks)

    def _for_whom(self, thing: Thing, audience: str | None) -> bool:
        if audience != "me":
            return audience in {None, self._audience(thing)}
        match self._audience(thing):
            case "everyone":
                return True
            case "organisations":
                return bool(self.groups)
            case "recognised_organisations":
                return self.recognised
            case _:
                return thing.told["audience_organisation_id"] in self.groups

    @staticmethod
    def _from(thing: Thing, origin: str | None) -> bool:
        if origin in {"ours", "partners"}:
            return (thing.origin is None) == (origin == "ours")
        return origin in {None, thing.origin}

    def _free(self, thing: Thing, query: dict[str, Any]) -> bool:
        if thing.purpose != "offer":
            return False
        start, end = query["free_from"], query["free_until"]
        return (
            start >= self.now
            and in_use(thing, start, end) + query.get("units", 1) <= thing.units
            and _open(thing, start, end)
        )

    def _place(self, thing: Thing, query: dict[str, Any]) -> tuple[Any, ...]:
        """Where it stands in the order."""
        near, q, sort = query.get("near"), query.get("q"), query.get("sort")
        sort = sort or ("relevance" if q else "distance" if near else "newest")
        far = distance(thing, query)
        newest = (-thing.created_at.timestamp(), -int(thing.id.replace("-", ""), 16))
        nearest = (far if far is not None else 0, int(thing.id.replace("-", ""), 16))
        if sort == "newest":
            return newest
        if sort == "distance":
            return nearest
        if sort == "relevance":
            stale = thing.origin is not None and self.now - self.heard[thing.origin] > STALE
            tier: tuple[Any, ...] = (not _says(thing.title_words, q), stale)
        else:
            out = in_use(thing, self.now, self.now + timedelta(microseconds=1))
            tier = (thing.purpose != "offer" or out + query.get("units", 1) > thing.units,)
        if near is None:
            return (*tier, *newest)
        return (far is None, *tier, *(newest if far is None else nearest))


def _says(there: set[str], q: str | None) -> bool:
    """Whether all words of a query are there; a query of nothing but signs finds nothing."""
    found = sought(q or "")
    if found is None:
        return True
    return bool(found) and all(any(matches(word, one) for one in there) for word in found)


def in_use(thing: Thing, start: datetime, end: datetime) -> int:
    """The most units that are out at a time, looked at whenever something begins."""
    moments = [start, *(begins for begins, _, _ in thing.booked if start < begins < end)]
    return max(sum(units for begins, ends, units in thing.booked if begins <= at < ends) for at in moments)


def _open(thing: Thing, start: datetime, end: datetime) -> bool:
    """Equipment changes hands in its windows; a room is open all the time."""
    hours = thing.told.get("hours")
    if hours is None:
        return True
    if thing.told["kind"] == "equipment":
        return all(
            any(_within(moment, window) for window in hours["pick_up"]["weekly"]) for moment in (start, end)
        )
    return any(_within(start, window) and _within(end, window) for window in hours["opening"]["weekly"])


def _within(moment: datetime, window: dict[str, str]) -> bool:
    local = moment.astimezone(BERLIN)
    opens, closes = time.fromisoformat(window["opens"]), time.fromisoformat(window["closes"])
    return local.strftime("%A").lower() == window["weekday"] and opens <= local.time() <= closes


def distance(thing: Thing, query: dict[str, Any]) -> float | None:
    """In kilometres, by the law of cosines of the sphere."""
    if query.get("near") is None or thing.lat is None or thing.lon is None:
        return None
    lat, lon = map(float, query["near"].split(","))
    one, two, apart = math.radians(lat), math.radians(thing.lat), math.radians(thing.lon - lon)
    # As a vector product, which is exact for small angles, unlike the arc cosine.
    cross = math.hypot(
        math.cos(two) * math.sin(apart),
        math.cos(one) * math.sin(two) - math.sin(one) * math.cos(two) * math.cos(apart),
    )
    dot = math.sin(one) * math.sin(two) + math.cos(one) * math.cos(two) * math.cos(apart)
    return 6371.0088 * math.atan2(cross, dot)

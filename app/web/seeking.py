"""What is sought on the first page: the fields of its form as a query, and the ways on from there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.kernel.languages import translate
from app.kernel.places import Point
from app.kernel.problems import FieldError, Invalid
from app.kernel.said import date_in_words as said_date
from app.kernel.text import Message, message
from app.listings import categories
from app.listings import service as listings
from app.listings.schemas import ListingQuery
from app.web import words
from app.web.forms import Form, command
from app.web.visits import Visit, address

STRETCH: Final = ("from_day", "from_time", "until_day", "until_time", "units")
"""The fields that say when and how many, the same on every page."""
RADII: Final = (1, 2, 5, 10, 25)
_PLAIN: Final = ("q", "kind", "category", "origin", "sort", "after")
_NARROW: Final = ("kind", "category", "origin", "free_of_charge")
_DAYS_AHEAD: Final = 7


def query_of(visit: Visit, asked: Form, **further: Any) -> ListingQuery:
    """The query that these fields say; raises Invalid beside the field that says nothing sensible."""
    values: dict[str, Any] = {name: asked[name] for name in _PLAIN if name in asked}
    values |= {"units": asked.get("units", "1")} | further
    values["purpose"] = {"both": None}.get(asked.get("purpose", "offer"), asked.get("purpose", "offer"))
    if "free_of_charge" in asked:
        values["free_of_charge"] = True
    if near := near_of(visit, asked):
        values |= {"near": f"{near.lat:.5f},{near.lon:.5f}"}
        values |= {"radius_km": asked["radius_km"]} if "radius_km" in asked else {}
    starts_at = asked.instant("from", visit.zone)
    if starts_at:
        until = Form({**asked, "until_day": asked.get("until_day", asked["from_day"])})
        ends_at = until.instant("until", visit.zone, usual=time(23, 59))
        values |= {"free_from": starts_at.isoformat(), "free_until": ends_at.isoformat() if ends_at else None}
    return command(ListingQuery, values)


def near_of(visit: Visit, asked: Form) -> Point | None:
    """The point around which is sought: the place that was named, else the one the browser knows."""
    if "place" in asked:
        found = listings.place_called(visit.reading, asked["place"])
        if found is None:
            detail = message("Nobody offers anything in a place of this name.")
            raise Invalid(FieldError("place", detail))
        return found
    if "near" not in asked:
        return None
    try:
        lat, lon = map(float, asked["near"].split(","))
    except ValueError:
        raise Invalid(FieldError("place", message("Please name a part of town or a town."))) from None
    return Point(lat, lon)


def stretch(asked: Form) -> dict[str, str]:
    """The stretch of time that was asked for, to carry on to another page."""
    return {name: asked[name] for name in STRETCH if name in asked}


def chosen(visit: Visit, asked: Form) -> list[str]:
    """What was chosen besides the words, in short."""
    days = [asked.day(name) for name in ("from_day", "until_day") if name in asked]
    said = [said_date(one, language=visit.language) for one in dict.fromkeys(days) if one]
    found = [" – ".join(said)] if said else []
    found += [asked[name] for name in ("from_time", "place") if name in asked]
    found += [f"{asked['radius_km']} km"] if "radius_km" in asked else []
    found += [f"{asked['units']} ×"] if "units" in asked else []
    kind = words.KINDS.get(asked.get("kind", ""))
    node = categories.get(asked.get("category", ""))
    found += [translate(kind, visit.language)] if kind else []
    return found + ([categories.label(node.slug, visit.language)] if node else [])


def fields_of(query: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """A query in the words of the API as the fields of the form."""
    said = {name: str(query[name]) for name in (*_PLAIN, "near", "radius_km", "units") if query.get(name)}
    said |= {"purpose": query.get("purpose") or "both"}
    if query.get("free_of_charge"):
        said["free_of_charge"] = "true"
    for name, given in (("from", "free_from"), ("until", "free_until")):
        if query.get(given):
            at = datetime.fromisoformat(query[given]).astimezone(zone)
            said |= {f"{name}_day": f"{at:%Y-%m-%d}", f"{name}_time": f"{at:%H:%M}"}
    return said


def want_of(asked: Form) -> str:
    """Where one tells others what one needs, with the words and dates that were sought."""
    carried = {name: asked[name] for name in ("kind", "category", "place", "near") if name in asked}
    return address("/offer", {"purpose": "want", "title": asked.get("q"), **carried, **stretch(asked)})


@dataclass(frozen=True)
class Instead:
    """What would find something where this found nothing: other ways to ask, and the next day on which it is there."""

    ways: Sequence[tuple[Message, str]] = ()
    day: tuple[date, str] | None = None


def ways_on(visit: Visit, asked: Form) -> Instead:
    """Try at any time, farther away, of any kind; where the widest of them finds nothing, nothing narrower."""
    others = list(_others(asked))
    if "from_day" not in asked:
        return Instead(_linked(one for one in others if _finds(visit, one[1])))
    at_any_time, widest = others[0], others[-1]
    if not _finds(visit, widest[1]):
        return Instead()
    ways = [one for one in others if one is widest or _finds(visit, one[1])]
    return Instead(_linked(ways), _other_day(visit, asked) if at_any_time in ways else None)


def _linked(ways: Iterable[tuple[Message, Form]]) -> list[tuple[Message, str]]:
    return [(said, address("/", other)) for said, other in ways]


def _others(asked: Form) -> Iterator[tuple[Message, Form]]:
    base = {name: value for name, value in asked.items() if name != "after"}
    if "from_day" in asked:
        yield message("At any time"), _without(base, *STRETCH[:4])
    if "radius_km" in asked:
        yield message("Farther away"), _without(base, "radius_km")
    if set(_NARROW) & set(base):
        yield message("Of any kind"), _without(base, *_NARROW)
    if "from_day" in asked and {"radius_km", *_NARROW} & set(base):
        yield message("At any time, anywhere"), _without(base, *STRETCH[:4], "radius_km", *_NARROW)


def _other_day(visit: Visit, asked: Form) -> tuple[date, str] | None:
    """The first of the next days on which the same would find something at the same time of day."""
    first = asked.day("from_day")
    if first is None:
        return None
    last = asked.day("until_day") or first
    for days in range(1, _DAYS_AHEAD + 1):
        later = timedelta(days=days)
        moved = {"from_day": str(first + later), "until_day": str(last + later)}
        other = Form({**asked, **moved})
        if _finds(visit, other):
            return first + later, address("/", other)
    return None


def _finds(visit: Visit, asked: Form) -> bool:
    fields = Form({name: value for name, value in asked.items() if name != "after"})
    return bool(listings.search(visit.reading, query_of(visit, fields, limit=1)).items)


def _without(fields: dict[str, str], *names: str) -> Form:
    return Form({name: value for name, value in fields.items() if name not in names})

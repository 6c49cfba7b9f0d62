"""Finding: one field, dates and a place; the first page there is."""

from dataclasses import replace
from datetime import time
from typing import Any, Final

from fastapi import Response

from app.kernel.problems import Problem
from app.listings import categories
from app.listings import service as listings
from app.listings.schemas import ListingQuery
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, address

pages = Pages()
_PLAIN: Final = ("q", "kind", "category", "purpose", "origin", "sort", "after", "near", "radius_km")


@pages.shows("/")
def find(visit: Visit) -> Response:
    """What can be had, for these words, then and there."""
    asked = visit.query
    try:
        query = _query(visit, asked)
        found = listings.search(visit.reading, query)
    except Problem as problem:
        visit = replace(visit, problem=problem, typed=asked)
        query = ListingQuery(purpose=None)
        found = None
    return visit.page(
        "finding/find.html",
        asked=asked,
        query=query,
        found=found.items if found else [],
        more=found.next if found else None,
        following=address("/", {**asked, "after": found.next}) if found and found.next else None,
        categories=categories.tree(visit.language),
        is_sought=bool(set(asked) - {"after"}),
        stretch=_stretch(asked),
    )


def _query(visit: Visit, asked: Form) -> ListingQuery:
    values: dict[str, Any] = {name: asked[name] for name in _PLAIN if name in asked}
    values |= {"units": asked.get("units", "1")}
    if "free_of_charge" in asked:
        values["free_of_charge"] = True
    starts_at = asked.instant("from", visit.zone)
    if starts_at:
        until = Form({**asked, "until_day": asked.get("until_day", asked["from_day"])})
        ends_at = until.instant("until", visit.zone, usual=time(23, 59))
        values |= {"free_from": starts_at.isoformat(), "free_until": ends_at.isoformat() if ends_at else None}
    return command(ListingQuery, values)


def _stretch(asked: Form) -> dict[str, str]:
    """The stretch of time that was asked for, to carry on to a listing."""
    names = ("from_day", "from_time", "until_day", "until_time", "units")
    return {name: asked[name] for name in names if name in asked}

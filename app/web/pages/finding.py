"""Finding: one field, dates and a place; the first page there is."""

from dataclasses import replace

from fastapi import Response

from app.kernel.problems import Problem
from app.listings import categories
from app.listings import service as listings
from app.web import seeking
from app.web.forms import Form
from app.web.visits import Pages, Visit, address

pages = Pages()


@pages.shows("/")
def find(visit: Visit) -> Response:
    """What can be had, for these words, then and there."""
    return _shown(visit, "finding/find.html", visit.query)


@pages.shows("/wants")
def wants(visit: Visit) -> Response:
    """What others are looking for."""
    return _shown(visit, "finding/wants.html", Form({**visit.query, "purpose": "want"}))


def _shown(visit: Visit, template: str, asked: Form) -> Response:
    found = None
    ways, day, chosen = [], None, []
    try:
        chosen = seeking.chosen(visit, asked)
        query = seeking.query_of(visit, asked)
        found = listings.search(visit.reading, query)
        if not found.items:
            ways, day = seeking.ways_on(visit, asked), seeking.other_day(visit, asked)
    except Problem as problem:
        visit = replace(visit, problem=problem, typed=asked)
    path = visit.request.url.path
    return visit.page(
        template,
        asked=asked,
        chosen=chosen,
        found=found.items if found else [],
        following=address(path, {**asked, "after": found.next}) if found and found.next else None,
        categories=categories.tree(visit.language),
        is_sought=bool(set(asked) - {"after", "view", "purpose"}),
        stretch=seeking.stretch(asked),
        radii=seeking.RADII,
        want=seeking.want_of(asked),
        ways=ways,
        other_day=day,
        has_map=bool(visit.settings.map_tiles_url) and asked.get("view") == "map",
        other_view=address("/", {**asked, "view": "" if asked.get("view") == "map" else "map"}),
    )

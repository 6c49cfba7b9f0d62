"""Finding: one field, dates and a place; the first page there is."""

from dataclasses import replace
from typing import Final

from fastapi import Response

from app.kernel.problems import Problem
from app.listings import categories
from app.listings import service as listings
from app.listings.schemas import Facets, SavedSearchCreate, SavedSearchRead
from app.web import seeking
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
_MOST_FACETS: Final = 6


@pages.shows("/")
def find(visit: Visit) -> Response:
    """What can be had, for these words, then and there."""
    return _shown(visit, "finding/find.html", visit.query)


@pages.shows("/wants")
def wants(visit: Visit) -> Response:
    """What others are looking for."""
    return _shown(visit, "finding/wants.html", Form({**visit.query, "purpose": "want"}))


def _shown(visit: Visit, template: str, asked: Form) -> Response:
    found, chosen = None, []
    instead = seeking.Instead()
    try:
        chosen = seeking.chosen(visit, asked)
        query = seeking.query_of(visit, asked, facets="q" in asked)
        found = listings.search(visit.reading, query)
        if not found.items:
            instead = seeking.ways_on(visit, asked)
    except Problem as problem:
        visit = replace(visit, problem=problem, typed=asked)
    path = visit.request.url.path
    return visit.page(
        template,
        asked=asked,
        chosen=chosen,
        found=found.items if found else [],
        following=address(path, {**asked, "after": found.next}) if found and found.next else None,
        is_sought=bool(set(asked) - {"after", "view", "purpose"}),
        stretch=seeking.stretch(asked),
        radii=seeking.RADII,
        want=seeking.want_of(asked),
        meant=_meant(asked, found.suggestion if found else None),
        facets=_facets(visit, asked, found.facets if found else None),
        instead=instead,
        has_map=bool(visit.settings.map_tiles_url) and asked.get("view") == "map",
        other_view=address("/", {**asked, "view": "" if asked.get("view") == "map" else "map"}),
    )


def _meant(asked: Form, words: str | None) -> tuple[str, str] | None:
    """Other words that would find something, and where."""
    return (words, address("/", {**asked, "q": words, "after": ""})) if words else None


def _facets(visit: Visit, asked: Form, found: Facets | None) -> list[tuple[str, int, str]]:
    """By which categories the results can be narrowed: name, how many, and where."""
    if found is None or "category" in asked:
        return []
    return [
        (
            categories.label(one.value, visit.language),
            one.count,
            address("/", {**asked, "category": one.value, "after": ""}),
        )
        for one in found.categories[:_MOST_FACETS]
    ]


@pages.shows("/saved-searches")
def saved(visit: Visit) -> Response:
    """The searches I keep."""
    visit.require_person()
    kept = [(one, _where(visit, one)) for one in listings.mine(visit.reading).items]
    return visit.page("finding/saved.html", kept=kept)


@pages.shows("/saved-searches/{search_id}")
def open_saved(visit: Visit) -> Response:
    """Search so now."""
    visit.require_person()
    return leads_to(_where(visit, listings.read_saved(visit.reading, visit.id("search_id"))))


def _where(visit: Visit, search: SavedSearchRead) -> str:
    return address("/", seeking.fields_of(search.query, visit.zone))


@pages.takes("/saved-searches", again=find)
def save(visit: Visit) -> Response:
    """Keep a search, and hear of what is new."""
    visit.require_person()
    query = seeking.query_of(visit, visit.form).model_dump(mode="json", exclude_unset=True)
    query = {name: value for name, value in query.items() if value is not None and name != "facets"}
    name = visit.form.get("name") or visit.form.get("q", "")
    listings.save(visit.work, command(SavedSearchCreate, {"name": name, "query": query}))
    return leads_to("/saved-searches")


@pages.takes("/saved-searches/{search_id}/drop", again=saved)
def drop(visit: Visit) -> Response:
    """Keep it no longer."""
    listings.drop_saved(visit.work, visit.id("search_id"), seen=None)
    return leads_to("/saved-searches")

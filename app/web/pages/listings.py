"""A listing: what it is, when it is free, what it costs, and one button."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from fastapi import Response

from app.accounts import service as accounts
from app.api.schemas import ListQuery
from app.bookings import service as bookings
from app.bookings.schemas import (
    BookingCreate,
    BookingQuery,
    OfferCreate,
    QueueJoin,
    QuoteAsk,
    QuoteRead,
    WayOut,
)
from app.federation import bridging
from app.federation.service import bridges
from app.kernel.problems import NotFound, Problem
from app.listings import categories
from app.listings import service as listings
from app.listings.schemas import ListingQuery, ListingRead, MatchRead
from app.web import access, months, weeks
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
_MOST: Final = 100
_FITTING: Final = 6


@pages.shows("/listings/{listing_id}")
def listing(visit: Visit) -> Response:
    """One listing, and the quote for the time that was asked for."""
    found = listings.read(visit.reading, visit.id("listing_id"))
    own = bool(visit.me) and listings.may_edit(visit.reading, found.id)
    shown: dict[str, Any] = {
        "listing": found,
        "is_own": own,
        "category": categories.label(found.category, visit.language) if found.category else None,
        "accessible": access.said(found),
        "structured": _structured(visit),
        "has_map": "map" in visit.query and bool(visit.settings.map_tiles_url),
        "map_address": address(f"/listings/{found.id}", {**visit.query, "map": "1"}),
        "done": visit.query.get("done"),
        "wanted": visit.query.get("do"),
    }
    if own:
        shown["conflicts"] = listings.conflicts(visit.reading, found.id).items
        shown["fitting"] = _fitting(visit, found)
    if found.purpose == "want":
        return visit.page("listings/want.html", **shown, **_answers(visit, found, own=own))
    return visit.page("listings/listing.html", **shown, **_asked(visit, found))


def _fitting(visit: Visit, found: ListingRead) -> list[MatchRead]:
    """What would answer my want, or who looks for what I offer."""
    side = listings.answers if found.purpose == "want" else listings.sought
    return list(side(visit.reading, found.id, ListQuery(limit=_FITTING), language=visit.language).items)


@pages.shows("/wants/{want_id}/matches")
def matches(visit: Visit) -> Response:
    """Where a mail leads that tells of what fits."""
    return leads_to(f"/listings/{visit.id('want_id')}#fitting")


def _asked(visit: Visit, found: ListingRead) -> dict[str, Any]:
    """The calendar, and what was asked for with what is said to it."""
    asked = visit.typed if visit.problem else visit.query
    wish, unclear = _wish(visit, found, asked)
    quote = bookings.quote(visit.reading, found.id, wish, language=visit.language) if wish else None
    first = months.monday(_first_day(visit, asked))
    span = months.span(first, visit.zone)
    starts_at = max(span.start, visit.reading.now)
    calendar = listings.calendar(visit.reading, found.id, starts_at, span.end)
    shown = months.weeks(calendar, first, visit.zone, visit.reading.now)
    return {
        "asked": asked,
        "quote": quote,
        "unclear": unclear,
        "ways": _ways(visit, quote),
        "hours": [
            (name, weeks.in_words(table, language=visit.language))
            for name, table in weeks.tables(found.hours)
        ],
        "weekdays": weeks.names(visit.language),
        "weeks": shown,
        "agenda": months.agenda(shown),
        "fill": _filled(visit, found, asked),
        "session_address": lambda one: (
            address(f"/listings/{found.id}", _moments(visit, one.starts_at, one.ends_at)) + "#ask"
        ),
        "turn": lambda by: _turned(visit, found, first, by),
        "names": _names(visit),
    }


def _names(visit: Visit) -> list[tuple[str, str]]:
    """In whose name I may ask besides my own: organisations that I manage, and people for whom they act."""
    if visit.me is None:
        return []
    own = [one for one in visit.me.organisations if one.role != "member"]
    assisted = accounts.party_summaries(visit.reading, people) if (people := _assisted(visit)) else {}
    people_named = sorted((one.name, str(one.id)) for one in assisted.values())
    return [(str(one.organisation_id), one.name) for one in own] + [(key, name) for name, key in people_named]


def _assisted(visit: Visit) -> set[UUID]:
    """The people without e-mail for whom I act."""
    spoken_for = {one for one in visit.actor.memberships if visit.actor.speaks_for(one)}
    return (
        spoken_for - {one.organisation_id for one in accounts.me(visit.reading).organisations}
        if spoken_for
        else spoken_for
    )


def _in_whose_name(visit: Visit, given: str | None) -> dict[str, str | None]:
    is_person = given in {str(one) for one in _assisted(visit)}
    return {"person_id" if is_person else "organisation_id": given}


def _first_day(visit: Visit, asked: Form) -> date:
    """The day whose week is shown first: the one chosen, else that of the time asked for, else today."""
    today = visit.reading.now.astimezone(visit.zone).date()
    for name in ("weeks", "from_day"):
        try:
            day = asked.day(name)
        except Problem:
            continue
        if day is not None and abs((day - today).days) < _FAR:
            return max(day, today)
    return today


_FAR: Final = 1_000


def _turned(visit: Visit, found: ListingRead, first: date, by: int) -> str | None:
    """Where earlier or later weeks are seen; None before today."""
    today = visit.reading.now.astimezone(visit.zone).date()
    to = date.fromordinal(first.toordinal() + by * months.WEEKS * 7)
    if to < months.monday(today):
        return None
    return address(f"/listings/{found.id}", {**visit.query, "weeks": to.isoformat()}) + "#calendar"


def _filled(visit: Visit, found: ListingRead, asked: Form) -> Callable[[months.Day], dict[str, str]]:
    """What tapping a day fills in: that day and its hours, unless other times were chosen before."""
    kept = {name: asked[name] for name in ("units", "organisation_id", "weeks") if name in asked}
    begins, ends = asked.get("from_time"), asked.get("until_time")
    chosen = _date(asked.get("from_day", "")) if asked.get("until_day") == asked.get("from_day") else None

    def fill(day: months.Day) -> dict[str, str]:
        fields = {
            **kept,
            "from_day": (chosen if chosen and chosen < day.date else day.date).isoformat(),
            "from_time": begins or day.begins(visit.zone),
            "until_day": day.date.isoformat(),
            "until_time": ends or day.ends(visit.zone),
        }
        return {**fields, "href": address(f"/listings/{found.id}", fields) + "#ask"}

    return fill


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@pages.takes("/listings/{listing_id}/ask", again=listing)
def ask(visit: Visit) -> Response:
    """Ask for it, once or on several dates: the same judgement as the quote's."""
    visit.require_person()
    rule = {"week": "FREQ=WEEKLY", "fortnight": "FREQ=WEEKLY;INTERVAL=2", "month": "FREQ=MONTHLY"}.get(
        visit.form.get("every", "")
    )
    times = visit.form.integer("times")
    values = {
        "listing_id": str(visit.id("listing_id")),
        **_wanted(visit),
        "recurrence": f"{rule};COUNT={times}" if rule and times else None,
    }
    booking = bookings.request(visit.work, command(BookingCreate, values), language=visit.language)
    if booking.series_id:
        return leads_to(f"/series/{booking.series_id}", done="asked")
    return leads_to(f"/bookings/{booking.id}", done="asked")


@pages.takes("/listings/{listing_id}/queue", again=listing)
def queue(visit: Visit) -> Response:
    """Wait for what others have at that time."""
    visit.require_person()
    joining = command(QueueJoin, _wanted(visit))
    booking = bookings.join_queue(visit.work, visit.id("listing_id"), joining)
    return leads_to(f"/bookings/{booking.id}", done="queued")


@pages.takes("/listings/{listing_id}/offers", again=listing)
def offer(visit: Visit) -> Response:
    """Say "I have that" to somebody who is looking for it."""
    visit.require_person()
    wanted = {**_wanted(visit), "listing_id": visit.form.get("offered")}
    values = {name: wanted[name] for name in ("listing_id", "starts_at", "ends_at", "units", "message")}
    booking = bookings.offer(visit.work, visit.id("listing_id"), command(OfferCreate, values))
    return leads_to(f"/bookings/{booking.id}", done="offered")


def _wanted(visit: Visit) -> dict[str, Any]:
    """What every ask says."""
    form = visit.form
    starts_at, ends_at = form.instant("from", visit.zone), form.instant("until", visit.zone)
    return {
        "starts_at": starts_at and starts_at.isoformat(),
        "ends_at": ends_at and ends_at.isoformat(),
        "units": form.integer("units") or 1,
        **_in_whose_name(visit, form.get("organisation_id")),
        "purpose": form.get("purpose"),
        "message": form.get("message"),
    }


def _wish(visit: Visit, found: ListingRead, asked: Form) -> tuple[QuoteAsk | None, Problem | None]:
    """The time that was asked for, or what is wrong with it."""
    if "from_day" not in asked or "until_day" not in asked:
        return None, None
    try:
        starts_at, ends_at = asked.instant("from", visit.zone), asked.instant("until", visit.zone)
        values = {
            "starts_at": starts_at and starts_at.isoformat(),
            "ends_at": ends_at and ends_at.isoformat(),
            "units": asked.integer("units") or found.min_units,
            **_in_whose_name(visit, asked.get("organisation_id")),
        }
        if starts_at and ends_at:
            listings.span_of(visit.reading, starts_at, ends_at, names=("from_day", "until_day"))
        return command(QuoteAsk, values), None
    except Problem as problem:
        return None, problem


def _ways(visit: Visit, quote: QuoteRead | None) -> list[dict[str, object]]:
    """Ways out as links to our own pages, or as the fields of a form where they do something."""
    return [
        {"way": way, "fields": (fields := _fields(visit, way)), "href": _way(visit, way, fields)}
        for way in (quote.ways_out if quote else [])
    ]


def _fields(visit: Visit, way: WayOut) -> dict[str, str]:
    return {**_moments(visit, way.starts_at, way.ends_at), "units": str(way.units)}


def _way(visit: Visit, way: WayOut, fields: dict[str, str]) -> str:
    here = visit.id("listing_id")
    if way.way == "post_want":
        title = listings.read(visit.reading, here).title
        return address("/offer", {"purpose": "want", "title": title, "like": here, **fields})
    return address(f"/listings/{way.listing.id if way.listing else here}", fields)


def _moments(visit: Visit, starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    begins, ends = starts_at.astimezone(visit.zone), ends_at.astimezone(visit.zone)
    return {
        "from_day": f"{begins:%Y-%m-%d}",
        "from_time": f"{begins:%H:%M}",
        "until_day": f"{ends:%Y-%m-%d}",
        "until_time": f"{ends:%H:%M}",
    }


def _answers(visit: Visit, found: ListingRead, *, own: bool) -> dict[str, Any]:
    """What has been offered, and what of one's own one might offer."""
    mine = ListingQuery.model_validate(
        {"mine": True, "state": "published", "purpose": "offer", "limit": _MOST}
    )
    time = _moments(visit, found.wanted.starts_at, found.wanted.ends_at) if found.wanted else {}
    missing = found.wanted.units - found.wanted.filled_units if found.wanted else 1
    has_answers = visit.me is not None and found.origin.fresh_at is None
    offers = bookings.offers(visit.reading, found.id, BookingQuery(limit=_MOST)) if has_answers else None
    return {
        "mine": listings.search(visit.reading, mine).items if visit.me and not own else [],
        "offers": offers.items if offers else [],
        "missing": missing,
        "wanted_time": time | {"units": str(max(1, missing))},
        "asked": visit.typed if visit.problem else Form({**time, "units": str(max(1, missing))}),
        "make_one": address("/offer", {"kind": found.kind, "title": found.title}),
    }


def _structured(visit: Visit) -> str:
    """The listing as data for machines that read pages; empty for what is not ours to tell."""
    try:
        told = bridges.told(visit.reading, visit.id("listing_id"))
    except NotFound:
        return ""
    return bridging.ld_script(bridging.schema_org(told.data))

"""A listing: what it is, when it is free, what it costs, and one button."""

from datetime import timedelta
from typing import Final

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate, QuoteAsk, QuoteRead
from app.federation import bridging
from app.federation.service import bridges
from app.kernel.problems import NotFound, Problem
from app.listings import service as listings
from app.listings.schemas import ListingRead
from app.web.forms import Form, command
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
_SHOWN: Final = timedelta(days=14)


@pages.shows("/listings/{listing_id}")
def listing(visit: Visit) -> Response:
    """One listing, and the quote for the time that was asked for."""
    found = listings.read(visit.reading, visit.id("listing_id"))
    asked = visit.typed if visit.problem else visit.query
    wish, unclear = _wish(visit, found, asked)
    quote = bookings.quote(visit.reading, found.id, wish, language=visit.language) if wish else None
    calendar = listings.calendar(visit.reading, found.id, visit.reading.now, visit.reading.now + _SHOWN)
    return visit.page(
        "listings/listing.html",
        listing=found,
        asked=asked,
        quote=quote,
        unclear=unclear,
        ways=_ways(visit, quote),
        steps=calendar.steps,
        is_own=listings.may_edit(visit.reading, found.id) if visit.me else False,
        organisations=visit.me.organisations if visit.me else [],
    )


@pages.takes("/listings/{listing_id}/ask", again=listing)
def ask(visit: Visit) -> Response:
    """Ask for it: the same judgement as the quote's."""
    visit.require_person()
    form = visit.form
    starts_at, ends_at = form.instant("from", visit.zone), form.instant("until", visit.zone)
    values = {
        "listing_id": str(visit.id("listing_id")),
        "starts_at": starts_at and starts_at.isoformat(),
        "ends_at": ends_at and ends_at.isoformat(),
        "units": form.integer("units") or 1,
        "organisation_id": form.get("organisation_id"),
        "purpose": form.get("purpose"),
        "message": form.get("message"),
    }
    booking = bookings.request(visit.work, command(BookingCreate, values), language=visit.language)
    return leads_to(f"/bookings/{booking.id}", done="asked")


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
            "organisation_id": asked.get("organisation_id"),
        }
        return command(QuoteAsk, values), None
    except Problem as problem:
        return None, problem


def _ways(visit: Visit, quote: QuoteRead | None) -> list[dict[str, object]]:
    """Ways out as links to our own pages."""
    found: list[dict[str, object]] = []
    for way in quote.ways_out if quote else []:
        begins, ends = way.starts_at.astimezone(visit.zone), way.ends_at.astimezone(visit.zone)
        query = {
            "from_day": f"{begins:%Y-%m-%d}",
            "from_time": f"{begins:%H:%M}",
            "until_day": f"{ends:%Y-%m-%d}",
            "until_time": f"{ends:%H:%M}",
            "units": way.units,
        }
        path = f"/listings/{way.listing.id}" if way.listing else visit.request.url.path.removesuffix("/ask")
        found.append({"way": way, "href": address(path, query)})
    return found


def structured(visit: Visit) -> str:
    """The listing as data for machines that read pages; empty for what is not ours to tell."""
    try:
        told = bridges.told(visit.reading, visit.id("listing_id"))
    except NotFound:
        return ""
    return bridging.ld_script(bridging.schema_org(told.data))

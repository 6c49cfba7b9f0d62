"""A storeroom's day: what goes out, what comes back; labels that open the right page; when something is closed."""

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import segno
from fastapi import Response
from markupsafe import Markup

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.kernel.problems import NotAllowed
from app.listings import service as listings
from app.listings.problems import ClosureConflicts
from app.listings.schemas import ClosureCreate
from app.web.forms import command
from app.web.steps import next_step
from app.web.visits import Pages, Visit, leads_to

pages = Pages()
A_PAGE: Final = 24
"""Labels on one sheet: 3 beside each other, 8 below."""
_MOST: Final = 10 * A_PAGE


@pages.shows("/organisations/{organisation_id}/today")
def today(visit: Visit) -> Response:
    """What an organisation hands over and takes back today, late things included; made to be printed, too."""
    organisation = _of_mine(visit)
    due = bookings.day(visit.reading, until=_midnight(visit), provider_id=organisation.id)
    return visit.page("storerooms/today.html", organisation=organisation, **_shown(due, visit))


def _of_mine(visit: Visit) -> Any:
    visit.require_person()
    organisation = accounts.organisation(visit.reading, visit.id("organisation_id"))
    if not visit.actor.belongs_to(organisation.id):
        raise NotAllowed
    return organisation


def _midnight(visit: Visit) -> datetime:
    day = visit.reading.now.astimezone(visit.zone).date() + timedelta(days=1)
    return datetime.combine(day, time(0), visit.zone)


def _shown(due: bookings.Day, visit: Visit) -> dict[str, Any]:
    return {
        "due": due,
        "now": visit.reading.now,
        "step_of": lambda one: next_step([action.action for action in one.allowed_actions]),
    }


@pages.shows("/listings/{listing_id}/counter")
def counter(visit: Visit) -> Response:
    """Where a label leads: its provider sees who is due today; everybody else the listing, or their own loan."""
    visit.require_person()
    found = listings.read(visit.reading, visit.id("listing_id"))
    due = bookings.day(visit.reading, until=_midnight(visit), listing_id=found.id)
    if not listings.may_edit(visit.reading, found.id):
        own = [*due.back, *due.out]
        return leads_to(f"/bookings/{own[0].id}" if own else f"/listings/{found.id}")
    return visit.page("storerooms/counter.html", listing=found, **_shown(due, visit))


@pages.shows("/organisations/{organisation_id}/labels")
def labels(visit: Visit) -> Response:
    """A label for each thing of an organisation, to print and stick on."""
    organisation = _of_mine(visit)
    ids = listings.ids_of(visit.reading, organisation.id)
    known = listings.visible_summaries(visit.reading, ids[:_MOST])
    named = sorted((one.title, one.id) for one in known.values())
    return visit.page(
        "storerooms/labels.html", labels=[_label(visit, *one) for one in named], owner=organisation.name
    )


@pages.shows("/listings/{listing_id}/labels")
def labels_of_one(visit: Visit) -> Response:
    """A sheet of labels for one listing, one for each piece."""
    visit.require_person()
    found = listings.read(visit.reading, visit.id("listing_id"))
    if not listings.may_edit(visit.reading, found.id):
        raise NotAllowed
    label = _label(visit, found.title, found.id)
    return visit.page(
        "storerooms/labels.html", labels=[label] * min(found.units, _MOST), owner=found.provider.name
    )


def _label(visit: Visit, title: str, listing_id: UUID) -> dict[str, Any]:
    address = f"{visit.settings.public_url}/listings/{listing_id}/counter"
    drawn = BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, title=None, light="#fff"
    )
    return {"title": title, "code": Markup(drawn.getvalue().decode())}  # noqa: S704 - drawn by segno, from an id


@pages.shows("/listings/{listing_id}/closures")
def closures(visit: Visit) -> Response:
    """When it is closed, and closing it for a while."""
    visit.require_person()
    found = listings.read(visit.reading, visit.id("listing_id"))
    if not listings.may_edit(visit.reading, found.id):
        raise NotAllowed
    hit = visit.problem.members["conflicts"] if isinstance(visit.problem, ClosureConflicts) else []
    met = [
        {**one, "starts_at": _instant(one["starts_at"]), "ends_at": _instant(one["ends_at"])} for one in hit
    ]
    return visit.page("storerooms/closures.html", listing=found, hit=met, asked=visit.typed)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pages.takes("/listings/{listing_id}/closures", again=closures)
def close_for(visit: Visit) -> Response:
    """Close it for a while, once or every week."""
    form = visit.form
    starts_at = form.instant("from", visit.zone)
    ends_at = form.instant("until", visit.zone, usual=time(23, 59))
    values = {
        "starts_at": starts_at and starts_at.isoformat(),
        "ends_at": ends_at and ends_at.isoformat(),
        "units": form.integer("units"),
        "reason": form.get("reason"),
        "visibility": "public" if "public" in form else "provider",
        "recurrence": "FREQ=WEEKLY" if "weekly" in form else None,
        "acknowledge_conflicts": "acknowledged" in form,
    }
    listings.close_for(visit.work, visit.id("listing_id"), command(ClosureCreate, values))
    return leads_to(visit.request.url.path)


@pages.takes("/listings/{listing_id}/closures/{closure_id}/open", again=closures)
def open_again(visit: Visit) -> Response:
    """Take a closure away."""
    listings.open_again(visit.work, visit.id("listing_id"), visit.id("closure_id"))
    return leads_to(f"/listings/{visit.id('listing_id')}/closures")

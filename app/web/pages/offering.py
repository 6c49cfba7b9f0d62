"""Saying what one has or needs: a photo, a title, where and when; a draft, and then it appears."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.schemas import Step
from app.kernel.actor import Actor
from app.kernel.languages import translate
from app.kernel.problems import FieldError, Invalid, NotAllowed, NotFound, Problem, SignInNeeded
from app.kernel.text import message
from app.listings import service as listings
from app.listings.schemas import (
    HoursBody,
    ListingClose,
    ListingCreate,
    ListingEdit,
    ListingQuery,
    ListingRead,
    PhotoEdit,
    Timetable,
)
from app.web import access, courses, kept_photos, offers, weeks, words
from app.web.forms import command
from app.web.pages.listings import listing
from app.web.visits import Pages, Visit, actor_of, address, leads_to

pages = Pages()
_CARRIED: Final = (
    "title",
    "kind",
    "category",
    "from_day",
    "from_time",
    "until_day",
    "until_time",
    "units",
    "near",
)


@pages.shows("/offer")
def offer(visit: Visit) -> Response:
    """The form, with what is known already: what was sought, another listing of mine, where I am mostly."""
    visit.require_person()
    query = visit.query
    given: dict[str, Any] = _where_mostly(visit)
    squares: set[str] = set()
    found = None
    if "like" in query:
        found = _like(visit, query["like"])
        own = listings.may_edit(visit.reading, found.id)
        given |= offers.fields_of(
            visit, found, listings.exact_place(visit.reading, found.id) if own else None
        )
        squares = _squares(found)
        given["other_hours"] = _other_hours(visit, found)
    given |= {name: query[name] for name in _CARRIED if name in query}
    if "place" in query:
        given |= {"district": query["place"], "near": ""}
    purpose = visit.typed.get("purpose") or query.get("purpose") or given.get("purpose")
    given |= {"purpose": "want" if purpose == "want" else "offer"}
    return _form(visit, given, squares, like=found)


def _like(visit: Visit, said: str) -> ListingRead:
    try:
        return listings.read(visit.reading, UUID(said))
    except ValueError:
        raise NotFound from None


def _where_mostly(visit: Visit) -> dict[str, Any]:
    """The place of what I offered last."""
    mine = ListingQuery.model_validate({"mine": True, "limit": 1})
    [*last] = listings.search(visit.reading, mine).items
    if not last:
        return {}
    return offers.place_fields(listings.exact_place(visit.reading, last[0].id))


def _squares(found: ListingRead) -> set[str]:
    return weeks.squares(_week(found))


def _other_hours(visit: Visit, found: ListingRead) -> str:
    return weeks.lines(_week(found), language=visit.language)


def _week(found: ListingRead) -> Timetable | None:
    return found.hours.pick_up if found.kind == "equipment" else found.hours.opening


def _form(
    visit: Visit,
    given: Mapping[str, Any],
    squares: set[str],
    listing: ListingRead | None = None,
    like: ListingRead | None = None,
) -> Response:
    me = visit.require_person()
    like = listing or like
    there = access.ticked(like) if like else []
    return visit.page(
        "offering/form.html",
        given=given,
        asked={**given, **visit.typed},
        squares=set(visit.typed.all("hours")) if visit.typed else squares,
        listing=listing,
        organisations=[one for one in me.organisations if one.role != "member"],
        days=list(
            zip(weeks.DAYS, weeks.names(visit.language), weeks.names(visit.language, "wide"), strict=True)
        ),
        painted_hours=weeks.HOURS,
        billing=offers.BILLING,
        field_of=offers.FIELD_OF,
        ticked=visit.typed.all("access_words") if visit.typed else there,
        access=[
            *dict.fromkeys([*there, *access.offered(like.language if there and like else visit.language)])
        ],
        forms=[(name, translate(said, visit.language)) for name, said in words.FORMS.items()],
        dates=courses.rows(listing, visit.typed, visit.zone),
        kept=visit.problem.members.get(kept_photos.FIELD, []) if visit.problem else [],
    )


@pages.takes_slowly("/offer/photos", again=offer)
def make(visit: Visit) -> Response:
    """A draft of it, with its photos. Refused, the photos stay here for the next try."""
    desk = visit.desk(_person(visit))
    photos = kept_photos.opened(visit, desk)
    try:
        for one in visit.form.files("photos")[: kept_photos.MOST]:
            photos.append(listings.PreparedPhoto(desk.files, one.file.read()))
        with desk.reading() as reading:
            creating = _creating(replace(visit, look=reading))
        with desk.writing() as work:
            made = listings.create(work, creating)
            for photo in photos:
                listings.add_photo(work, made.id, photo, alt=made.title)
    except Problem as refusal:
        refusal.members[kept_photos.FIELD] = [kept_photos.seal(visit, photo) for photo in photos]
        raise
    return leads_to(f"/listings/{made.id}")


def _person(visit: Visit) -> Actor:
    actor = actor_of(visit)
    if not actor.is_somebody:
        raise SignInNeeded
    return actor


def _creating(visit: Visit) -> ListingCreate:
    form = visit.form
    kind, purpose = form.get("kind", ""), form.get("purpose", "offer")
    values = offers.values_of(visit, form, kind) | {
        "kind": kind,
        "purpose": purpose,
        "language": visit.language.partition("-")[0],
    }
    if purpose == "offer":
        values["hours"] = offers.hours_of(form, kind)
    return command(ListingCreate, values | {"organisation_id": form.get("organisation_id")})


@pages.shows("/listings/{listing_id}/edit")
def edit_page(visit: Visit) -> Response:
    """The same form for what there is already."""
    visit.require_person()
    found = _mine(visit)
    given = offers.fields_of(visit, found, listings.exact_place(visit.reading, found.id))
    given["other_hours"] = _other_hours(visit, found)
    return _form(visit, given, _squares(found), found)


def _mine(visit: Visit) -> ListingRead:
    """A listing that the person may change; NotAllowed for others'."""
    found = listings.read(visit.reading, visit.id("listing_id"))
    if not listings.may_edit(visit.reading, found.id):
        raise NotAllowed
    return found


@pages.takes("/listings/{listing_id}/edit", again=edit_page)
def edit(visit: Visit) -> Response:
    """Change what was changed; refused when somebody else has changed it meanwhile."""
    found, form = _mine(visit), visit.form
    values = offers.changed_of(visit, form, found)
    listings.edit(visit.work, found.id, command(ListingEdit, values), seen=form.integer("version"))
    hours = (
        offers.repainted(found.hours, form, found.kind, visit.language) if found.purpose == "offer" else None
    )
    if hours is not None:
        listings.set_hours(visit.work, found.id, command(HoursBody, hours), seen=None)
    return leads_to(f"/listings/{found.id}", done="edited")


@pages.takes_slowly("/listings/{listing_id}/photos", again=edit_page)
def add_photos(visit: Visit) -> Response:
    """More photos of it."""
    desk, listing_id = visit.desk(_person(visit)), visit.id("listing_id")
    with desk.reading() as reading:
        listings.may_add_photo(reading, listing_id)
    given = visit.form.files("photos")
    if not given:
        raise Invalid(FieldError("photos", message("Please choose a photo.")))
    photos = [listings.PreparedPhoto(desk.files, one.file.read()) for one in given]
    with desk.writing() as work:
        title = listings.read(work, listing_id).title
        for photo in photos:
            listings.add_photo(work, listing_id, photo, alt=visit.form.get("alt", title))
    return leads_to(f"/listings/{listing_id}/edit")


@pages.takes("/listings/{listing_id}/photos/{photo_id}", again=edit_page)
def change_photo(visit: Visit) -> Response:
    """Other words for a photo, the first place for it, or away with it."""
    listing_id, photo_id = visit.id("listing_id"), visit.id("photo_id")
    match visit.form.get("do"):
        case "remove":
            listings.remove_photo(visit.work, listing_id, photo_id)
        case "first":
            listings.edit_photo(visit.work, listing_id, photo_id, PhotoEdit(position=0))
        case _:
            said = command(PhotoEdit, {"alt": visit.form.get("alt", "")})
            listings.edit_photo(visit.work, listing_id, photo_id, said)
    return leads_to(f"/listings/{listing_id}/edit")


@pages.shows("/listings")
def mine(visit: Visit) -> Response:
    """What I, or my organisations, offer and need, in every state."""
    visit.require_person()
    asked = {name: visit.query[name] for name in ("state", "after", "purpose") if name in visit.query}
    found = listings.search(visit.reading, command(ListingQuery, {**asked, "mine": True}))
    following = address("/listings", {**asked, "after": found.next}) if found.next else None
    return visit.page("offering/mine.html", found=found.items, following=following, state=asked.get("state"))


@pages.takes("/listings/{listing_id}/close", again=listing)
def close(visit: Visit) -> Response:
    """End it for good."""
    ending = command(ListingClose, {"reason": visit.form.get("reason", "withdrawn")})
    seen = visit.form.integer("version")
    listings.close(visit.work, visit.id("listing_id"), reason=ending.reason, seen=seen)
    return leads_to(f"/listings/{visit.id('listing_id')}", done="closed")


@pages.takes("/listings/{listing_id}/sessions/{session_id}/cancel", again=listing)
def cancel_session(visit: Visit) -> Response:
    """Cancel one date of a course; everybody who comes is told why."""
    visit.require_person()
    listing_id, said = visit.id("listing_id"), command(Step, {"note": visit.form.get("note")})
    bookings.cancel_session(visit.work, listing_id, visit.id("session_id"), said)
    return leads_to(f"/listings/{listing_id}", done="cancelled")


@pages.takes("/listings/{listing_id}/discard", again=listing)
def discard(visit: Visit) -> Response:
    """Throw a draft away."""
    listings.discard(visit.work, visit.id("listing_id"), seen=visit.form.integer("version"))
    return leads_to("/listings")


_STEPS: Final[Mapping[str, Callable[..., Any]]] = {
    "publish": listings.publish,
    "pause": listings.pause,
    "renew": listings.renew,
}


@pages.takes("/listings/{listing_id}/{step}", again=listing)
def step(visit: Visit) -> Response:
    """Let it appear, rest, or live for another term."""
    name = visit.request.path_params["step"]
    if name not in _STEPS:
        raise NotFound
    _STEPS[name](visit.work, visit.id("listing_id"), seen=visit.form.integer("version"))
    return leads_to(f"/listings/{visit.id('listing_id')}", done=name)

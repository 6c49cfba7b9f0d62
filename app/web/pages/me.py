"""My own page: name and phone, password and address, calendars, taking everything along, being forgotten."""

from typing import Final

from fastapi import Response

from app.accounts import service as accounts
from app.accounts.schemas.organisations import Joining
from app.accounts.schemas.people import EmailChange, MeEdit, PasswordChange
from app.bookings import service as bookings
from app.bookings.schemas import CalendarFeedCreate, CalendarFeedMade
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.text import message
from app.listings import service as listings
from app.listings.schemas import ListingQuery
from app.web import session
from app.web.forms import command
from app.web.visits import Pages, Visit, actor_of, leads_to

pages = Pages()
_OWN: Final = ListingQuery(mine=True, purpose=None, limit=100)


@pages.shows("/me")
def me(visit: Visit) -> Response:
    """What is known about me, and what I can change."""
    return visit.page("me/me.html", me=visit.require_person(), done=visit.query.get("done"))


@pages.takes("/me", again=me)
def edit(visit: Visit) -> Response:
    """Another name, phone, birth date or language."""
    visit.require_person()
    form = visit.form
    born_on = form.day("born_on")
    values = {
        "display_name": form.get("display_name", ""),
        "phone": form.get("phone"),
        "born_on": born_on.isoformat() if born_on else None,
        "language": form.get("language", visit.language),
    }
    changed = accounts.edit_me(visit.work, command(MeEdit, values))
    answer = leads_to("/me", done="saved")
    session.keep_language(answer, changed.language, secure=visit.settings.is_https)
    return answer


@pages.shows("/me/password")
def password_page(visit: Visit) -> Response:
    """Another password."""
    return visit.page("me/password.html", me=visit.require_person())


@pages.takes_slowly("/me/password", again=password_page)
def change_password(visit: Visit) -> Response:
    """Set it; every other session ends."""
    names = ("current_password", "new_password")
    said = command(PasswordChange, {name: visit.form.get(name, "") for name in names})
    accounts.change_password(visit.desk(actor_of(visit)), said)
    return leads_to("/me", done="password")


@pages.shows("/me/email")
def email_page(visit: Visit) -> Response:
    """Another address."""
    return visit.page("me/email.html", me=visit.require_person())


@pages.takes_slowly("/me/email", again=email_page)
def change_email(visit: Visit) -> Response:
    """Ask the new address to confirm."""
    said = command(EmailChange, {name: visit.form.get(name, "") for name in ("email", "current_password")})
    accounts.change_email(visit.desk(actor_of(visit)), said)
    return leads_to("/mail-sent")


@pages.takes("/me/sign-out-everywhere", again=me)
def sign_out_everywhere(visit: Visit) -> Response:
    """End every session, that of a lost phone among them."""
    visit.require_person()
    accounts.sign_out_everywhere(visit.work)
    answer = leads_to("/sign-in")
    session.close_in(answer)
    return answer


@pages.shows("/me/erase")
def erase_page(visit: Visit) -> Response:
    """What it means to be forgotten."""
    return visit.page("me/erase.html", me=visit.require_person())


@pages.takes("/me/erase", again=erase_page)
def erase(visit: Visit) -> Response:
    """Be forgotten."""
    visit.require_person()
    if "sure" not in visit.form:
        raise Invalid(FieldError("sure", message("Please tick that you are sure.")))
    accounts.erase(visit.work)
    answer = leads_to("/")
    session.close_in(answer)
    return answer


@pages.shows("/me/calendars")
def calendars(visit: Visit) -> Response:
    """Which calendars are read in my name."""
    return _calendars(visit, None)


def _calendars(visit: Visit, made: CalendarFeedMade | None) -> Response:
    me = visit.require_person()
    return visit.page(
        "me/calendars.html",
        me=me,
        feeds=bookings.calendar_feeds(visit.reading).items,
        own=listings.search(visit.reading, _OWN).items,
        made=made,
        wished=visit.query.get("of", ""),
    )


@pages.takes("/me/calendars", again=calendars)
def make_calendar(visit: Visit) -> Response:
    """A new address for a calendar program; it is shown this once."""
    visit.require_person()
    kind, _, of = visit.form.get("of", "").partition(":")
    if kind not in ("", "organisation", "listing"):
        raise NotFound
    made = bookings.make_calendar_feed(
        visit.work, command(CalendarFeedCreate, {f"{kind}_id": of} if kind else {})
    )
    return _calendars(visit, made)


@pages.takes("/me/calendars/{feed_id}/revoke", again=calendars)
def revoke_calendar(visit: Visit) -> Response:
    """Its address leads nowhere from now on."""
    visit.require_person()
    bookings.revoke_calendar_feed(visit.work, visit.id("feed_id"))
    return leads_to("/me/calendars")


@pages.shows("/invitation")
def invitation(visit: Visit) -> Response:
    """Somebody invited me into an organisation."""
    visit.require_person()
    token = visit.form.get("token") or visit.query.get("token", "")
    return visit.page("me/invitation.html", token=token)


@pages.takes("/invitation", again=invitation)
def join(visit: Visit) -> Response:
    """Become a member."""
    visit.require_person()
    joined = accounts.join(visit.work, command(Joining, {"token": visit.form.get("token", "")}).token)
    return leads_to(f"/organisations/{joined.organisation_id}")

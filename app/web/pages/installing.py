"""The pages as an app on a phone: what it is called, what it keeps, and what it shows where there is no line."""

import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.schemas import BookingQuery, BookingRead, BookingSummary
from app.kernel import said
from app.kernel.languages import translate
from app.kernel.text import Message, message
from app.web import static, steps, words
from app.web.pages.bookings import role_in
from app.web.visits import Pages, Visit

pages = Pages()
MOST: Final = 10
_SHELL: Final = ("depot.css", "depot.js", "mine.js", "icon.svg")
_TO_COME: Final = frozenset(
    {"confirmed", "ready", "handed_over", "return_reported", "checked_in", "in_progress"}
)
_OUT: Final = frozenset({"handed_over", "return_reported", "checked_in", "in_progress"})
_OPEN: Final = BookingQuery(limit=100)
_GREEN: Final = "#2f5d50"
_GROUND: Final = "#fbf7f0"
AS_OF: Final = message("As of {moment}.")
CODE: Final = message("Your six digits: {code}")


@pages.shows("/manifest.webmanifest")
def manifest(visit: Visit) -> Response:
    """What a phone needs to put these pages beside its apps."""
    icons = (
        ("icon-192.png", 192, "any"),
        ("icon-512.png", 512, "any"),
        ("icon-maskable.png", 512, "maskable"),
    )
    told = {
        "name": visit.settings.name,
        "short_name": visit.settings.name[:12],
        "lang": visit.language,
        "start_url": "/bookings?show=now",
        "scope": "/",
        "display": "standalone",
        "theme_color": _GREEN,
        "background_color": _GROUND,
        "icons": [
            {"src": static.address(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in icons
        ],
    }
    return Response(json.dumps(told), headers=_BRIEFLY, media_type="application/manifest+json")


@pages.shows("/service-worker.js")
def service_worker(_visit: Visit) -> Response:
    """The script that answers when nobody else does; another version whenever what it keeps is another."""
    kept = json.dumps([static.address(name) for name in _SHELL])
    text = static.text("service-worker.js").replace('["ASSETS"]', kept)
    text = text.replace("VERSION", sha256(kept.encode()).hexdigest()[:10])
    headers = {
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": "/",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",  # what the worker may fetch
    }
    return Response(text, headers=headers, media_type="text/javascript")


_BRIEFLY: Final = {"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"}


@pages.shows("/offline")
def offline(visit: Visit) -> Response:
    """What is shown without a line. Nobody's name is in it: a script adds what this phone has kept."""
    return replace(visit, look=None).page("offline.html")


@pages.shows("/offline/next")
def coming(visit: Visit) -> Response:
    """My next hand-overs, in my language, for my phone to keep."""
    me = visit.require_person()
    found = [one for one in bookings.page(visit.reading, _OPEN, ended=False).items if one.state in _TO_COME]
    found.sort(key=_when)
    told = {
        "me": str(me.id),
        "as_of": _say(visit, AS_OF, moment=_moment(visit, visit.reading.now)),
        "items": [_told(visit, bookings.get(visit.reading, one.id)) for one in found[:MOST]],
    }
    return Response(json.dumps(told), headers={"Cache-Control": "no-store"}, media_type="application/json")


def _when(found: BookingSummary) -> datetime:
    """What is out comes back next; everything else begins."""
    return found.ends_at if found.state in _OUT else found.starts_at


def _told(visit: Visit, found: BookingRead) -> dict[str, Any]:
    role = role_in(visit, found)
    step = steps.next_step([one.action.value for one in found.allowed_actions])
    other = found.provider if role == "borrower" else found.borrower
    contact = found.contact
    who = [other.name, contact.phone if contact else None]
    where = contact.address if contact and contact.address else found.place_note
    code = found.hand_over_code
    return {
        "title": found.listing.title,
        "what": translate(words.action(step, role) if step else words.STATES[found.state], visit.language),
        "when": said.span(found.starts_at, found.ends_at, language=visit.language, zone=visit.zone),
        "who": ", ".join(one for one in who if one),
        "where": where,
        "code": _say(visit, CODE, code=code) if code else None,
    }


def _moment(visit: Visit, at: datetime) -> str:
    return said.moment(at, language=visit.language, zone=visit.zone)


def _say(visit: Visit, sentence: Message, **values: object) -> str:
    return translate(Message(sentence.text, values), visit.language)

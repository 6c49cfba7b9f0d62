"""My requests and my things: one card per booking, one next step; the loan from the yes to the return."""

from typing import Any, Final

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.schemas import BookingQuery, BookingRead, MessageCreate, Said
from app.bookings.schemas.commands import HandOver, Step
from app.kernel.problems import NotFound
from app.web.forms import Form, command
from app.web.steps import further, next_step
from app.web.visits import Pages, Visit, address, leads_to

pages = Pages()
ROLES: Final = ("borrower", "provider")


@pages.shows("/bookings")
def mine(visit: Visit) -> Response:
    """What I asked for, or what is asked of me."""
    visit.require_person()
    role = visit.query.get("role", "borrower")
    if role not in ROLES:
        raise NotFound
    query = BookingQuery.model_validate({"role": role, "after": visit.query.get("after")})
    found = bookings.page(visit.reading, query)
    return visit.page(
        "bookings/mine.html",
        role=role,
        bookings=found.items,
        next_of=lambda booking: next_step([one.action for one in booking.allowed_actions]),
        following=address("/bookings", {"role": role, "after": found.next}) if found.next else None,
    )


@pages.shows("/bookings/{booking_id}")
def booking(visit: Visit) -> Response:
    """One booking: where it stands, what to do next, the conversation, the story."""
    visit.require_person()
    found = bookings.get(visit.reading, visit.id("booking_id"))
    allowed = [one.action.value for one in found.allowed_actions]
    role = role_in(visit, found)
    wanted = visit.query.get("do")
    return visit.page(
        "bookings/booking.html",
        booking=found,
        role=role,
        step=wanted if wanted in allowed else next_step(allowed),
        further=[one for one in further(allowed) if one != wanted],
        messages=bookings.page_of_messages(visit.reading, found.id, _LAST).items,
        done=visit.query.get("done"),
    )


_LAST: Final = BookingQuery(limit=100)


def role_in(visit: Visit, found: BookingRead) -> str:
    """As which side the reader sees it."""
    own = visit.actor.speaks_for(found.borrower.id)
    return "borrower" if own else "provider"


@pages.takes("/bookings/{booking_id}/messages", again=booking)
def write(visit: Visit) -> Response:
    """Say something to the other side."""
    said = command(MessageCreate, {"text": visit.form.get("text", "")})
    bookings.write_message(visit.work, visit.id("booking_id"), said.text)
    return leads_to(visit.request.url.path.removesuffix("/messages"))


@pages.takes("/bookings/{booking_id}/{action}", again=booking)
def act(visit: Visit) -> Response:
    """Take a step."""
    action = visit.request.path_params["action"]
    if action not in bookings.ACTIONS:
        raise NotFound
    said = Said.of(_said(action, visit.form))
    seen = visit.form.integer("version")
    bookings.act(visit.work, visit.id("booking_id"), action, said, seen=seen)
    return leads_to(visit.request.url.path.removesuffix(f"/{action}"), done=action)


def _said(action: str, form: Form) -> Step:
    values: dict[str, Any] = {name: form[name] for name in ("reason", "note") if name in form}
    if action in ("hand-over", "take-back"):
        values |= {name: form[name] for name in ("condition", "code") if name in form}
        values["units"] = form.integer("units")
        return command(HandOver, values)
    return command(Step, values)

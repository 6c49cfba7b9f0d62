"""My requests and my things: one card per booking, one next step; the loan from the yes to the return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import Response

from app.bookings import service as bookings
from app.bookings.problems import CodeWrong
from app.bookings.schemas import BookingQuery, BookingRead, BookingSummary, MessageCreate, Said
from app.kernel.money import Money
from app.kernel.problems import FieldError, Invalid, NotFound
from app.kernel.said import moment
from app.kernel.text import message
from app.listings import service as listings
from app.web import loan_forms, loan_words, steps
from app.web.forms import command, errors_by_field
from app.web.visits import Pages, Visit, actor_of, address, leads_to

pages = Pages()
ROLES: Final = ("borrower", "provider")
SHOWN: Final = ("open", "now", "past")
_LAST: Final = BookingQuery(limit=100)
_CORRECT: Final = "correct-record"
_BEGUN: Final = ("handed_over", "checked_in", "in_progress")


@dataclass(frozen=True)
class Card:
    """One booking in a list, or several that were asked for together."""

    booking: BookingSummary
    step: str | None
    is_due: bool
    together: str | None
    count: int = 1


@pages.shows("/bookings")
def mine(visit: Visit) -> Response:
    """What I asked for, or what is asked of me: what is open, what is to do now, what is past."""
    visit.require_person()
    role, shown = visit.query.get("role", "borrower"), visit.query.get("show", "open")
    if role not in ROLES or shown not in SHOWN:
        raise NotFound
    limit = 100 if shown == "now" else 20
    query = BookingQuery.model_validate({"role": role, "after": visit.query.get("after"), "limit": limit})
    found = bookings.page(visit.reading, query, ended=shown == "past")
    cards = cards_of(found.items, role, visit.reading.now)
    ids = [booking.listing.id for booking in found.items]
    following = address("/bookings", {"role": role, "show": shown, "after": found.next})
    return visit.page(
        "bookings/mine.html",
        role=role,
        shown=shown,
        cards=[card for card in cards if card.is_due] if shown == "now" else cards,
        covers=listings.covers(visit.reading, ids),
        following=following if found.next else None,
        loan=loan_words,
    )


def cards_of(found: Sequence[BookingSummary], role: str, now: datetime) -> list[Card]:
    """The cards of a list: what was asked for together is one, with the most pressing step of all."""
    parts: dict[UUID, list[Card]] = {}
    for booking in found:
        allowed = [one.action.value for one in booking.allowed_actions]
        step = steps.next_step(allowed, is_over=now >= booking.ends_at)
        due = steps.is_due(
            step, role, booking.state, starts_at=booking.starts_at, ends_at=booking.ends_at, now=now
        )
        together = f"/series/{booking.series_id}" if booking.series_id else None
        if booking.group_id:
            together = f"/booking-groups/{booking.group_id}"
        key = booking.series_id or booking.group_id or booking.id
        parts.setdefault(key, []).append(Card(booking, step, due, together))
    return [_collected(cards) for cards in parts.values()]


def _collected(cards: list[Card]) -> Card:
    """The one that is due, else the first that is still to come."""
    first = min(cards, key=lambda card: (not card.is_due, card.booking.starts_at))
    return Card(first.booking, first.step, first.is_due, first.together, len(cards))


@pages.shows("/bookings/{booking_id}")
def booking(visit: Visit) -> Response:
    """One booking: where it stands, what to do next, the conversation, the story."""
    visit.require_person()
    found = bookings.get(visit.reading, visit.id("booking_id"))
    role = role_in(visit, found)
    allowed = [one.action.value for one in found.allowed_actions]
    step = _shown_step(visit, found, allowed)
    clock = bookings.next_clock(visit.reading, found.id)
    return visit.page(
        "bookings/booking.html",
        booking=found,
        role=role,
        speaks=_speaks(visit, found),
        step=step,
        asks=_asks(step, role, found) if step else (),
        further=steps.further(allowed, step),
        record=visit.request.path_params.get("record_id") or visit.query.get("record"),
        correctable=_correctable(visit, found, role),
        wrong_code=isinstance(visit.problem, CodeWrong),
        loose=[
            said for name, said in errors_by_field(visit.problem).items() if name not in loan_forms.PLACED
        ],
        offered=loan_forms.offered(found),
        times=visit.typed if visit.problem and "ends_at_day" in visit.typed else as_typed(visit, found),
        deposit_left=loan_forms.deposit_left(found),
        clock=clock
        and loan_words.clock(clock[0], moment(clock[1], language=visit.language, zone=visit.zone)),
        cover=listings.covers(visit.reading, [found.listing.id]).get(found.listing.id),
        messages=bookings.page_of_messages(visit.reading, found.id, _LAST).items,
        has_contract=any(event.state_after == "confirmed" for event in found.events),
        done=visit.query.get("done"),
        loan=loan_words,
        amount=Money,
    )


def as_typed(visit: Visit, found: BookingRead) -> dict[str, str]:
    """The times of a booking as a form shows them."""
    return loan_forms.as_typed(found, visit.zone)


def _shown_step(visit: Visit, found: BookingRead, allowed: Sequence[str]) -> str | None:
    """The step that was just refused, or asked for by a link, or that comes next."""
    params = visit.request.path_params
    wanted = _CORRECT if "record_id" in params else params.get("action") or visit.query.get("do")
    if wanted in allowed or (wanted == _CORRECT and _correctable(visit, found, role_in(visit, found))):
        return str(wanted)
    coming = steps.next_step(allowed, is_over=visit.reading.now >= found.ends_at)
    return coming if coming in steps.OPENED else None


def _asks(step: str, role: str, found: BookingRead) -> Sequence[str]:
    return steps.asks(
        step,
        role,
        units=found.units_out if step == "take-back" else found.units,
        has_begun=found.state in _BEGUN,
        has_deposit=found.deposit is not None,
    )


def _correctable(visit: Visit, found: BookingRead, role: str) -> frozenset[UUID]:
    """The newest versions of this side's own records that are not sealed yet."""
    if not _speaks(visit, found):
        return frozenset()
    corrected = {record.corrects_id for record in found.records}
    return frozenset(
        record.id
        for record in found.records
        if record.role == role and record.id not in corrected and visit.reading.now < record.seals_at
    )


def role_in(visit: Visit, found: BookingSummary) -> str:
    """As which side the reader sees it."""
    for role, party in (("borrower", found.borrower), ("provider", found.provider)):
        if visit.actor.belongs_to(party.id):
            return role
    return "moderator"


def _speaks(visit: Visit, found: BookingSummary) -> bool:
    """Whether the reader acts on it, and does not only look on as a member of an organisation."""
    sides = (found.borrower.id, found.provider.id)
    return any(visit.actor.speaks_for(party) for party in sides) or role_in(visit, found) == "moderator"


@pages.takes("/bookings/{booking_id}/messages", again=booking)
def write(visit: Visit) -> Response:
    """Say something to the other side."""
    said = command(MessageCreate, {"text": visit.form.get("text", "")})
    bookings.write_message(visit.work, visit.id("booking_id"), said.text)
    return leads_to(visit.request.url.path.removesuffix("/messages") + "#words")


@pages.takes_slowly("/bookings/{booking_id}/photos", again=booking)
def add_photos(visit: Visit) -> Response:
    """Photograph what changes hands. Each photo is kept at once, so that none is taken twice on a bad line."""
    booking_id, desk = visit.id("booking_id"), visit.desk(actor_of(visit))
    with desk.reading() as reading:
        bookings.may_add_photo(reading, booking_id)
    chosen = visit.form.files("photo")
    if not chosen:
        raise Invalid(FieldError("photo", message("Please choose a photo.")))
    for file in chosen:
        prepared = listings.PreparedPhoto(desk.files, file.file.read())
        with desk.writing() as work:
            bookings.add_photo(work, booking_id, prepared, alt=visit.form.get("alt", ""))
    step = visit.form.get("do", "")
    return leads_to(f"/bookings/{booking_id}", **({"do": step} if step in bookings.ACTIONS else {}))


@pages.takes("/bookings/{booking_id}/records/{record_id}/corrections", again=booking)
def correct(visit: Visit) -> Response:
    """Say what a record should have said."""
    booking_id = visit.id("booking_id")
    said = loan_forms.correction_of(visit.form)
    bookings.correct_record(
        visit.work, booking_id, visit.id("record_id"), said, seen=visit.form.integer("version")
    )
    return leads_to(f"/bookings/{booking_id}", done=_CORRECT)


@pages.takes("/bookings/{booking_id}/{action}", again=booking)
def act(visit: Visit) -> Response:
    """Take a step."""
    booking_id, action = visit.id("booking_id"), visit.request.path_params["action"]
    if action not in bookings.ACTIONS:
        raise NotFound
    visit.require_person()
    found = bookings.get(visit.work, booking_id)
    said = loan_forms.step_of(action, visit.form, found, zone=visit.zone, language=visit.language)
    if action in loan_words.NEEDED and not said.note:
        raise Invalid(FieldError("note", message("Please say it in a few words.")))
    bookings.act(visit.work, booking_id, action, Said.of(said), seen=visit.form.integer("version"))
    return leads_to(f"/bookings/{booking_id}", done=action)

"""What letters say, looked up when somebody reads them: names and times as they are now, in few queries for many."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.bookings.schemas import Noted
from app.federation.service import partners as federation
from app.kernel.text import Message, message
from app.kernel.unit_of_work import Reading
from app.listings import service as listings
from app.listings.schemas import ListingSummary
from app.moderation import service as moderation
from app.moderation.schemas import Judged
from app.notifications.kinds import KINDS, of_booking
from app.notifications.tables import Letter
from app.notifications.wording import Line, Moment, Notice, Span
from app.notifications.words.sides import BORROWER, PROVIDER

_WHAT: Final = message("What it is")
_WHEN: Final = message("When it is")
_WITH: Final = message("With whom")
_WHERE: Final = message("Where to go")
_PROPOSED: Final = message("Proposed instead")
_MINUTES: Final = message("Minutes")
_FREE_THEN: Final = message("Free at another time")
_FEWER: Final = message("So many would be there")
_SIMILAR: Final = message("Something like it")
_SOUGHT: Final = message("Looked for")
_FOUND: Final = message("Found")
_OFFERED: Final = message("What you offer")
_SOMEBODY: Final = message("The other side")
_PROMISED: Final = message("One of the promises")
_REASONS: Final = message("The reasons")
_UNTIL: Final = message("Until")


def understand(reading: Reading, letters: Sequence[Letter]) -> Mapping[UUID, Notice]:
    """What each of these letters says; those about something that is gone are left out.

    A fixed number of queries however many they are. Letters with a token are not read here.
    """
    booked = bookings.noted(reading, _named(letters, "booking_id") | _listed(letters, "promised"))
    listed = listings.summaries(reading, _named(letters, "listing_id") | _listed(letters, "found"))
    searches = listings.saved_names(reading, _named(letters, "search_id"))
    organised = accounts.party_summaries(reading, _named(letters, "organisation_id"))
    partners = federation.names(reading, _named(letters, "partner_id"))
    reports = moderation.judged(reading, _named(letters, "report_id"), _named(letters, "decision_id"))
    found: dict[UUID, Notice] = {}
    for letter in letters:
        about = {name: UUID(value) for name, value in letter.facts.items() if name in _NAMES}
        values: dict[str, object] = dict(about)
        details: list[tuple[Message, object]] = []
        if booking := booked.get(about.get("booking_id", letter.id)):
            more, details = _of_booking(booking, letter)
            values |= more
        elif listing := listed.get(about.get("listing_id", letter.id)):
            values |= {"title": listing.title}
        elif search := searches.get(about.get("search_id", letter.id)):
            values |= {"search": search}
        elif organisation := organised.get(about.get("organisation_id", letter.id)):
            values |= {"organisation": organisation.name}
        elif partner := partners.get(about.get("partner_id", letter.id)):
            values |= {"partner": partner}
        elif report := reports.get(about.get("report_id", letter.id)):
            values |= {"title": report.title}
            details = _of_decision(reading, reports.get(_decision_of(letter)))
        elif about:
            continue
        if "found" in letter.facts or "promised" in letter.facts:
            values |= {"count": letter.facts["count"]}
            details = _of_finds(letter, values, listed) + _of_promises(letter, booked)
        found[letter.id] = _notice(letter, values, details, about)
    return found


def with_what_was_said(reading: Reading, notice: Notice, letters: Sequence[Letter]) -> Notice:
    """The same for a mail, which also quotes the messages it is about and says where to go."""
    booking_id = notice.about.get("booking_id")
    details = list(notice.details)
    if booking_id and letters[-1].kind.endswith(f":{BORROWER}") and notice.values["promised"]:
        address = bookings.address_while_open(reading, booking_id)
        details += [(_WHERE, address)] if address else []
    if booking_id and letters[-1].kind == of_booking("at_risk", BORROWER):
        details += _instead(reading, booking_id, notice)
    written = [UUID(letter.facts["message_id"]) for letter in letters if "message_id" in letter.facts]
    quotes = [text for one in written if (text := bookings.text_of_message(reading, one))]
    return replace(notice, details=details, quotes=quotes)


def _instead(reading: Reading, booking_id: UUID, notice: Notice) -> list[tuple[Message, object]]:
    """What else there is for somebody whose thing may not be there in time: another time, something similar."""
    [when] = [value for label, value in notice.details if label == _WHEN]
    zone = when.zone if isinstance(when, Span) else ZoneInfo("UTC")
    found: list[tuple[Message, object]] = []
    for way in bookings.ways_out_of(reading, booking_id):
        if way.listing is not None:
            found.append((_SIMILAR, way.listing.title))
        elif way.way == "next_free":
            found.append((_FREE_THEN, Span(way.starts_at, way.ends_at, zone)))
        elif way.way == "fewer_units":
            found.append((_FEWER, str(way.units)))
    return found


_NAMES: Final = (
    "booking_id",
    "listing_id",
    "organisation_id",
    "series_id",
    "group_id",
    "partner_id",
    "report_id",
    "search_id",
)
_COUNTS: Final = ("count", "left")


def _named(letters: Sequence[Letter], name: str) -> set[UUID]:
    return {UUID(letter.facts[name]) for letter in letters if name in letter.facts}


def _listed(letters: Sequence[Letter], name: str) -> set[UUID]:
    return {UUID(one) for letter in letters for one in letter.facts.get(name, ())}


def _notice(
    letter: Letter,
    values: dict[str, object],
    details: Sequence[tuple[Message, object]],
    about: Mapping[str, UUID],
) -> Notice:
    wording = KINDS[letter.kind]
    if wording.hint and "{until}" in wording.hint.text and "until" not in values:
        wording = replace(wording, hint=None)
    return Notice(wording, values, details, about=about)


def _of_finds(
    letter: Letter, values: Mapping[str, object], listed: Mapping[UUID, ListingSummary]
) -> list[tuple[Message, object]]:
    """For what it was looked, and what was found, as far as it is still there."""
    if "found" not in letter.facts:
        return []
    titles = [listed[UUID(one)].title for one in letter.facts["found"] if UUID(one) in listed]
    sought = values.get("search") or values.get("title") or _OFFERED
    return [(_SOUGHT, sought), *((_FOUND, title) for title in titles if title)]


def _of_promises(letter: Letter, booked: Mapping[UUID, Noted]) -> list[tuple[Message, object]]:
    """To whom what was promised for when."""
    found = [booked[UUID(one)] for one in letter.facts.get("promised", ()) if UUID(one) in booked]
    return [
        (_PROMISED, Line((_what(one), Span(one.starts_at, one.ends_at, one.zone), one.borrower or _SOMEBODY)))
        for one in found
    ]


def _what(booking: Noted) -> str:
    return f"{booking.units} × {booking.title}" if booking.units > 1 else booking.title


def _of_booking(booking: Noted, letter: Letter) -> tuple[dict[str, object], list[tuple[Message, object]]]:
    other = {BORROWER: booking.provider, PROVIDER: booking.borrower}.get(letter.kind.rpartition(":")[2])
    if other is None:
        other = ", ".join(name for name in (booking.borrower, booking.provider) if name)
    values: dict[str, object] = {
        "title": booking.title,
        "other": other or _SOMEBODY,
        "promised": booking.promised,
        **{name: letter.facts[name] for name in _COUNTS if name in letter.facts},
        **_until(letter.facts, booking),
    }
    when = Span(booking.starts_at, booking.ends_at, booking.zone)
    details: list[tuple[Message, object]] = [(_WHAT, _what(booking)), (_WHEN, when), (_WITH, values["other"])]
    step = letter.kind.split(":")[1]
    if step == "propose-change" and booking.proposed:
        details.append((_PROPOSED, Span(*booking.proposed, booking.zone)))
    if step in ("report", "agreement_due") and booking.minutes is not None:
        details.append((_MINUTES, str(booking.minutes)))
    return values, details


def _decision_of(letter: Letter) -> UUID:
    return UUID(letter.facts["decision_id"]) if "decision_id" in letter.facts else letter.id


def _of_decision(reading: Reading, decision: Judged | None) -> list[tuple[Message, object]]:
    """The reasons, and until when it holds; for those alone whose letter names the decision."""
    if decision is None or decision.statement is None:
        return []
    details: list[tuple[Message, object]] = [(_REASONS, decision.statement)]
    if decision.until is not None:
        details.append((_UNTIL, Moment(decision.until, ZoneInfo(reading.settings.time_zone))))
    return details


def _until(facts: Mapping[str, Any], booking: Noted) -> dict[str, object]:
    if facts.get("until") is None:
        return {}
    return {"until": Moment(datetime.fromisoformat(facts["until"]), booking.zone)}

"""Letters about bookings: which step tells which side, and in what words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.kernel.text import Message, message
from app.kernel.unit_of_work import UnitOfWork
from app.notifications.mail import Mail
from app.notifications.service import Compose
from app.notifications.wording import Wording, write

BORROWER: Final = "borrower"
PROVIDER: Final = "provider"


def _about(subject: Message, says: Message, step: Message) -> Wording:
    return Wording(subject=subject, says=says, step=step, path="/bookings/{booking_id}")


_SEE: Final = message("See the booking:")
_WITHDRAWN: Final = _about(
    message("Withdrawn: {title}"),
    message("{other} no longer asks for {title}, {when}. The time is free again."),
    _SEE,
)
_LAPSED: Final = _about(
    message("Lapsed: {title}"),
    message("The request for {title}, {when}, was not answered in time and has lapsed."),
    _SEE,
)
_CANCELLED: Final = _about(
    message("Cancelled: {title}"),
    message("{other} has cancelled {title}, {when}. The reason stands in the booking."),
    message("Read the reason, and answer if you like:"),
)
_DID_NOT_HAPPEN: Final = _about(
    message("It did not happen: {title}"),
    message("{other} says that {title}, {when}, did not happen as promised."),
    message("If you see it differently, say so:"),
)
_CASE: Final = _about(
    message("Something is open: {title}"),
    message("{other} sees something to be settled about {title}, {when}."),
    message("Read it, and answer:"),
)
_LOST: Final = _about(
    message("Lost: {title}"),
    message("{other} has marked {title} as lost."),
    message("See how to settle this together:"),
)
_SETTLED: Final = _about(
    message("Settled: {title}"), message("What was open about {title}, {when}, is settled."), _SEE
)
_UNREPORTED: Final = _about(
    message("Closed: {title}"),
    message("Nobody told how it went with {title}, {when}, so the booking was closed."),
    _SEE,
)
_MESSAGE: Final = _about(
    message("A message about {title}"),
    message("{other} has written to you about {title}, {when}."),
    message("Read it, and answer:"),
)

TOLD: Final[Mapping[tuple[str, str], Wording]] = {
    ("request", PROVIDER): _about(
        message("Somebody asks for {title}"),
        message("{other} would like to have {title}, {when}."),
        message("Say yes or no:"),
    ),
    ("book", PROVIDER): _about(
        message("Booked: {title}"),
        message("{other} has booked {title}, {when}. As you wished, that counts at once."),
        _SEE,
    ),
    ("accept", BORROWER): _about(
        message("Yes: {title}"),
        message("{other} says yes: {title} is promised to you, {when}."),
        message("See the address, and agree on the hand-over:"),
    ),
    ("decline", BORROWER): _about(
        message("Not this time: {title}"),
        message("{other} cannot give you {title}, {when}. The reason stands in the booking."),
        message("Read the reason, and look for another:"),
    ),
    ("withdraw", PROVIDER): _WITHDRAWN,
    ("expire", BORROWER): _LAPSED,
    ("expire", PROVIDER): _LAPSED,
    ("cancel", BORROWER): _CANCELLED,
    ("cancel", PROVIDER): _CANCELLED,
    ("make-ready", BORROWER): _about(
        message("Ready: {title}"), message("{title} is ready for you, {when}."), _SEE
    ),
    ("hand-over", BORROWER): _about(
        message("Handed over: {title}"),
        message("{other} has noted that you have {title} now, {when}."),
        message("Say that you have it, and in what condition:"),
    ),
    ("hand-over", PROVIDER): _about(
        message("Acknowledged: {title}"), message("{other} says: I have {title}."), _SEE
    ),
    ("not-collected", BORROWER): _DID_NOT_HAPPEN,
    ("report-return", PROVIDER): _about(
        message("Is {title} back?"),
        message("{other} says that {title} is back with you."),
        message("Say whether all is well:"),
    ),
    ("take-back", BORROWER): _about(
        message("Back: {title}"),
        message("{other} has taken {title} back."),
        message("Read how it was received:"),
    ),
    ("mark-lost", BORROWER): _LOST,
    ("mark-lost", PROVIDER): _LOST,
    ("did-not-happen", BORROWER): _DID_NOT_HAPPEN,
    ("did-not-happen", PROVIDER): _DID_NOT_HAPPEN,
    ("raise-case", BORROWER): _CASE,
    ("raise-case", PROVIDER): _CASE,
    ("settle", BORROWER): _SETTLED,
    ("settle", PROVIDER): _SETTLED,
    ("close-unreported", BORROWER): _UNREPORTED,
    ("close-unreported", PROVIDER): _UNREPORTED,
    ("message", BORROWER): _MESSAGE,
    ("message", PROVIDER): _MESSAGE,
    ("answer_due", PROVIDER): _about(
        message("Still waiting: {title}"),
        message("{other} is waiting for your answer about {title}, {when}. Soon the request lapses."),
        message("Say yes or no:"),
    ),
    ("starts_soon", BORROWER): _about(
        message("Soon: {title}"), message("You fetch {title} soon: {when}."), _SEE
    ),
    ("starts_soon", PROVIDER): _about(
        message("Soon: {title}"), message("{other} fetches {title} soon: {when}."), _SEE
    ),
    ("due_soon", BORROWER): _about(
        message("Due soon: {title}"),
        message("{title} is expected back soon: {when}."),
        message("Bring it back, or ask for more time:"),
    ),
    ("overdue", BORROWER): _about(
        message("Where is {title}?"),
        message("{title} was expected back: {when}. Perhaps somebody else is waiting for it. Can we help?"),
        message("Say how it stands:"),
    ),
    ("overdue", PROVIDER): _about(
        message("Not back yet: {title}"),
        message("{title} is not noted as back: {when}. We have reminded {other}."),
        message("If it is back, say so:"),
    ),
    ("what_happened", BORROWER): _about(
        message("How was it: {title}"),
        message("{title}, {when}: nobody has said yet how it went."),
        message("Tell in one tap:"),
    ),
    ("what_happened", PROVIDER): _about(
        message("How was it: {title}"),
        message("{title}, {when}: nobody has said yet how it went."),
        message("Tell in one tap:"),
    ),
    ("at_risk", BORROWER): _about(
        message("Perhaps not there in time: {title}"),
        message("{title} has not come back from somebody else yet. It is promised to you {when}."),
        message("Ask how it stands, or look for another:"),
    ),
    ("no_longer_fits", BORROWER): _about(
        message("Somebody was faster: {title}"),
        message("{title}, {when}, has been promised to somebody else."),
        message("Look for another time:"),
    ),
}
"""What a step (an action, a reminder, `book` for one that counts at once, `message`) says to which side."""


def _compose(wording: Wording, told: str) -> Compose:
    def compose(work: UnitOfWork, reader_id: UUID, facts: Mapping[str, Any]) -> Mail | None:
        to = next(iter(accounts.recipients(work, reader_id)), None)
        if to is None:
            return None
        booking = bookings.get(work, UUID(facts["booking_id"]))
        other = booking.provider if told == BORROWER else booking.borrower
        zone = ZoneInfo(work.settings.time_zone)
        return write(
            wording,
            to,
            {
                "booking_id": booking.id,
                "title": booking.listing.title,
                "other": other.name or message("The other side"),
                "when": _span(booking.starts_at, booking.ends_at, zone, to.language),
            },
            work.settings,
        )

    return compose


def _span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str) -> str:
    """From when to when, as people here write it; the day once if it is one day."""
    begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if begins.date() == ends.date():
        until = format_skeleton("Hm", ends, locale=language)
    else:
        until = format_datetime(ends, "EEE d. MMM, HH:mm", locale=language)
    return f"{format_datetime(begins, 'EEE d. MMM y, HH:mm', locale=language)} – {until}"  # noqa: RUF001


TOPICS: Final[Mapping[str, Compose]] = {
    f"booking:{step}:{told}": _compose(wording, told) for (step, told), wording in TOLD.items()
}
"""Who writes the letter on which topic."""

"""What one can say in one tap when something is due, and what else there is when something may not come in time (T5).

An overdue thing is met with an offer of help, never with a fine: it is back, it takes longer, or something is wrong.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from app.bookings import repository
from app.bookings.rules.moves import allowed_actions
from app.bookings.rules.states import Standing
from app.bookings.rules.words import Action, Role, Side, State
from app.bookings.schemas import AnswerRead, WayOut
from app.bookings.service import quoting
from app.bookings.service.values import facts_of, span_of
from app.bookings.service.waiting import judged_now
from app.bookings.tables import Booking
from app.kernel.problems import NotFound
from app.kernel.unit_of_work import Reading
from app.listings import service as listings

Answer = Literal["brought_back", "need_longer", "problem"]
_NOT_BEGUN: Final = frozenset({State.CONFIRMED, State.READY})
_DUE: Final = frozenset({Standing.DUE_SOON, Standing.OVERDUE})


def at_risk(reading: Reading, bookings: Sequence[Booking]) -> frozenset[UUID]:
    """Of these promises that have not begun, those whose units the calendar knows to be in conflict. Two queries.

    Of what a partner writes, it has said so.
    """
    promised = {
        booking.id: (booking.listing_id, span_of(booking))
        for booking in bookings
        if booking.state in _NOT_BEGUN and booking.holds_units and booking.side is not Side.REQUESTER
    }
    told = {
        booking.id
        for booking in bookings
        if booking.side is Side.REQUESTER and (booking.outlook or {}).get("at_risk")
    }
    return listings.in_conflict(reading, promised) | told


def answers(
    reading: Reading, booking: Booking, roles: Collection[Role], how: Standing | None
) -> list[AnswerRead]:
    """What the borrower may want to say about what is due: each is one call, ready to be made."""
    if how not in _DUE or Role.BORROWER not in roles:
        return []
    facts = facts_of(booking)
    possible = allowed_actions(booking.tail, booking.state, {Role.BORROWER}, facts=facts, now=reading.now)
    found: dict[Answer, tuple[Action, Mapping[str, Any] | None]] = {
        "brought_back": (Action.REPORT_RETURN, {}),
        "need_longer": (Action.PROPOSE_CHANGE, _until(longer_until(reading, booking))),
        "problem": (Action.RAISE_CASE, {}),
    }
    return [
        AnswerRead(
            answer=answer,
            action=action,
            href=f"/api/v1/bookings/{booking.id}/{action}",
            method="POST",
            body=dict(body),
        )
        for answer, (action, body) in found.items()
        if action in possible and body is not None
    ]


def _until(end: datetime | None) -> Mapping[str, Any] | None:
    return {"ends_at": end.isoformat().replace("+00:00", "Z")} if end else None


def longer_until(reading: Reading, booking: Booking) -> datetime | None:
    """The next end that would do for all that is out; None where somebody else is promised it, or nobody is there."""
    if booking.side is Side.REQUESTER:
        told = (booking.outlook or {}).get("longer_until")
        return datetime.fromisoformat(told) if told else None
    longer = listings.longer(
        reading,
        booking.listing_id,
        span=span_of(booking),
        units=booking.units_out or booking.units,
        holder_id=booking.id,
    )
    return longer.end if longer else None


def ways_out(
    reading: Reading, booking: Booking, roles: Collection[Role], how: Standing | None
) -> list[WayOut]:
    """What the borrower could have instead of what may not be there in time, or went to somebody else (T20)."""
    if Role.BORROWER not in roles or not (how is Standing.AT_RISK or came_too_late(reading, booking)):
        return []
    return _instead(reading, booking)


def ways_out_of(reading: Reading, booking_id: UUID) -> list[WayOut]:
    """The same for a letter to the borrower, whatever became of the risk since; whoever asks knows whom it is for."""
    found = repository.by_ids(reading.session, [booking_id])
    return [way for booking in found if booking.state in _NOT_BEGUN for way in _instead(reading, booking)]


def _instead(reading: Reading, booking: Booking) -> list[WayOut]:
    try:
        return quoting.ways_out(
            reading,
            booking.listing_id,
            span_of(booking),
            booking.units,
            booking.borrower_id,
            holder_id=booking.id,
        )
    except NotFound:
        return []  # the listing is no longer to be seen: there is nothing to compare it with


def came_too_late(reading: Reading, booking: Booking) -> bool:
    """Whether this is an ask that held nothing, and others have been promised what it asked for."""
    asks = booking.state in {State.REQUESTED, State.COUNTERED}
    if booking.side is Side.REQUESTER:
        return asks and bool((booking.outlook or {}).get("too_late"))
    return asks and not booking.holds_units and judged_now(reading, booking).free_units < booking.units

"""Every ground on which a booking of a listing is not possible, by its stable code."""

from enum import StrEnum
from typing import Any, Final

from app.kernel.problems import Reason
from app.kernel.text import Message, message
from app.listings.rules.holidays import Holiday


class Ground(StrEnum):
    """The codes of `reasons[]`; programs rely on them."""

    NOT_AN_OFFER = "not_an_offer"
    NOT_PUBLISHED = "not_published"
    PAUSED = "paused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ONLY_AT_ORIGIN = "only_at_origin"
    OWN_LISTING = "own_listing"
    SUSPENDED = "suspended"
    AUDIENCE = "audience"
    INSTANCE_POLICY = "instance_policy"
    AGE_UNKNOWN = "age_unknown"
    TOO_YOUNG = "too_young"
    TOO_MANY_BOOKINGS = "too_many_bookings"
    TOO_MANY_OF_THIS = "too_many_of_this"
    TOO_MANY_DAYS = "too_many_days"
    ENOUGH_ASKS_THIS_WEEK = "enough_asks_this_week"
    BELOW_MIN_UNITS = "below_min_units"
    NOT_ENOUGH_UNITS = "not_enough_units"
    RELATED_TAKEN = "related_taken"
    CLOSED = "closed"
    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    TOO_FAR_AHEAD = "too_far_ahead"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CHAIN_TOO_LONG = "chain_too_long"
    OFF_GRID = "off_grid"
    OUTSIDE_PICK_UP_HOURS = "outside_pick_up_hours"
    OUTSIDE_RETURN_HOURS = "outside_return_hours"
    OUTSIDE_OPENING_HOURS = "outside_opening_hours"
    CLOSED_DAYS_BETWEEN = "closed_days_between"
    NOT_A_SESSION = "not_a_session"
    SESSION_CANCELLED = "session_cancelled"


_SENTENCES: Final[dict[Ground, Message]] = {
    Ground.NOT_AN_OFFER: message("This is something sought, not something offered."),
    Ground.NOT_PUBLISHED: message("This listing is not published."),
    Ground.PAUSED: message("This listing is paused."),
    Ground.EXPIRED: message("This listing has expired."),
    Ground.WITHDRAWN: message("This listing has been closed."),
    Ground.ONLY_AT_ORIGIN: message("It can be seen here, but booked only where it comes from."),
    Ground.OWN_LISTING: message("This is your own listing."),
    Ground.SUSPENDED: message("Your account may not borrow at the moment."),
    Ground.AUDIENCE: message("This listing is reserved for others."),
    Ground.INSTANCE_POLICY: message("Here only organisations may do this."),
    Ground.AGE_UNKNOWN: message("For this your date of birth must be known; you can add it to your page."),
    Ground.TOO_YOUNG: message("This is for older people only."),
    Ground.TOO_MANY_BOOKINGS: message("You have as many bookings at a time as one can have."),
    Ground.TOO_MANY_OF_THIS: message("You have as many bookings of this at a time as one can have."),
    Ground.TOO_MANY_DAYS: message("That would be more days in a month than one can have this."),
    Ground.ENOUGH_ASKS_THIS_WEEK: message("There are enough asks for this week; another week will do."),
    Ground.BELOW_MIN_UNITS: message("Fewer are not given out at a time."),
    Ground.NOT_ENOUGH_UNITS: message("Not so many are free for the whole time."),
    Ground.RELATED_TAKEN: message("What it belongs to, or a part of it, is taken then."),
    Ground.CLOSED: message("It is closed during this time."),
    Ground.IN_THE_PAST: message("The start lies in the past."),
    Ground.TOO_SOON: message("The start is too soon."),
    Ground.TOO_FAR_AHEAD: message("The start is too far ahead."),
    Ground.TOO_SHORT: message("The time is too short."),
    Ground.TOO_LONG: message("The time is too long."),
    Ground.CHAIN_TOO_LONG: message("Together with your other bookings of it the time is too long."),
    Ground.OFF_GRID: message("The start or the length does not fit the steps of this listing."),
    Ground.OUTSIDE_PICK_UP_HOURS: message("Nobody is there to hand it over at the start."),
    Ground.OUTSIDE_RETURN_HOURS: message("Nobody is there to take it back at the end."),
    Ground.OUTSIDE_OPENING_HOURS: message("The time lies outside the opening hours."),
    Ground.CLOSED_DAYS_BETWEEN: message("There are closed days in between."),
    Ground.NOT_A_SESSION: message("No session of this course takes place exactly then."),
    Ground.SESSION_CANCELLED: message("This session has been cancelled."),
}


def reason(ground: Ground, **facts: Any) -> Reason:
    """The reason with its sentence and what a program needs to find a way out."""
    return Reason(ground.value, _SENTENCES[ground], facts)


def outside_hours(ground: Ground, holiday: Holiday | None, **facts: Any) -> Reason:
    """The reason that nobody is there then; where a public holiday is why, it says so, by the holiday's local name."""
    if holiday is None:
        return reason(ground, **facts, holiday=None)
    sentences = {
        Ground.OUTSIDE_PICK_UP_HOURS: message(
            "Nobody is there to hand it over at the start; it is a public holiday ({holiday}).",
            holiday=holiday.local,
        ),
        Ground.OUTSIDE_RETURN_HOURS: message(
            "Nobody is there to take it back at the end; it is a public holiday ({holiday}).",
            holiday=holiday.local,
        ),
        Ground.OUTSIDE_OPENING_HOURS: message(
            "It is closed then; it is a public holiday ({holiday}).", holiday=holiday.local
        ),
    }
    return Reason(ground.value, sentences[ground], {**facts, "holiday": holiday.facts()})


TAKEN: Final = frozenset({Ground.NOT_ENOUGH_UNITS, Ground.RELATED_TAKEN})
"""Somebody else has it then."""

SHUT: Final = frozenset(
    {
        Ground.CLOSED,
        Ground.CLOSED_DAYS_BETWEEN,
        Ground.OUTSIDE_OPENING_HOURS,
        Ground.OUTSIDE_PICK_UP_HOURS,
        Ground.OUTSIDE_RETURN_HOURS,
        Ground.SESSION_CANCELLED,
    }
)
"""Closed then, or nobody there."""

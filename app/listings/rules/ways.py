"""What else somebody could have of the same listing: another time, or fewer units. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from app.kernel.intervals import Interval, interval_or_none
from app.kernel.recurrence import days_later, instant, local_date
from app.listings.rules.capacity import Occupancy
from app.listings.rules.kinds import Form
from app.listings.rules.reasons import Ground
from app.listings.rules.sessions import upcoming
from app.listings.rules.verdict import ELIGIBILITY, OF_THE_START, UNAVAILABLE, Ask, Offer, judge

_SMALLEST_SHIFT: Final = timedelta(minutes=15)

_BEGUN: Final = ELIGIBILITY | OF_THE_START | UNAVAILABLE

# What another time may cure.
_OF_THE_TIME: Final = frozenset(
    {
        Ground.CHAIN_TOO_LONG,
        Ground.CLOSED,
        Ground.CLOSED_DAYS_BETWEEN,
        Ground.ENOUGH_ASKS_THIS_WEEK,
        Ground.IN_THE_PAST,
        Ground.NOT_ENOUGH_UNITS,
        Ground.OFF_GRID,
        Ground.OUTSIDE_OPENING_HOURS,
        Ground.OUTSIDE_PICK_UP_HOURS,
        Ground.OUTSIDE_RETURN_HOURS,
        Ground.NOT_A_SESSION,
        Ground.SESSION_CANCELLED,
        Ground.RELATED_TAKEN,
        Ground.TOO_MANY_DAYS,
        Ground.TOO_SOON,
    }
)


def next_free(
    offer: Offer, ask: Ask, taken: Sequence[Occupancy], now: datetime, *, days: int
) -> Interval | None:
    """The first other time that would do: later on the same day, else the same clock times on a day to follow.
    Of a course, the first session to follow.

    None where no other time within so many days cures what speaks against the ask.
    """
    for span in _other_times(offer, ask.interval, days=days):
        verdict = judge(offer, replace(ask, interval=span), _near(taken, span, offer), now)
        if verdict.bookable:
            return span
        if not {reason.code for reason in verdict.reasons} <= _OF_THE_TIME:
            return None
    return None


def longer(
    offer: Offer, ask: Ask, taken: Sequence[Occupancy], now: datetime, *, days: int
) -> Interval | None:
    """The same from the same start to the first end to come that would do, at the same clock time on a later day.

    For what has begun: the start, and who asks, are no longer in question.
    """
    for number in range(1, days + 1):
        end = days_later(ask.interval.end, number, offer.hours.zone)
        if end <= now:
            continue
        span = Interval(ask.interval.start, end)
        verdict = judge(offer, replace(ask, interval=span), _near(taken, span, offer), now)
        against = {reason.code for reason in verdict.reasons} - _BEGUN
        if not against:
            return span
        if not against <= _OF_THE_TIME:
            return None
    return None


def fewer_units(offer: Offer, ask: Ask, taken: Sequence[Occupancy], now: datetime) -> int | None:
    """How many one could have instead, if that is fewer than asked for and nothing else speaks against it."""
    free = judge(offer, ask, taken, now).free_units
    if not 0 < free < ask.units:
        return None
    return free if judge(offer, replace(ask, units=free), taken, now).bookable else None


def _other_times(offer: Offer, span: Interval, *, days: int) -> Iterator[Interval]:
    if offer.form is Form.GROUP:
        until = span.end + timedelta(days=days)
        sessions = (one.interval for one in upcoming(offer.sessions, span.start))
        yield from (session for session in sessions if session.end <= until and session != span)
        return
    zone = offer.hours.zone
    midnight = instant(datetime.combine(local_date(span.start, zone) + timedelta(days=1), time()), zone)
    step = timedelta(minutes=offer.limits.step_minutes)
    shift = step * -(-_SMALLEST_SHIFT // step)  # steps of a minute are not tried one by one
    later = Interval(span.start + shift, span.end + shift)
    while later.end <= midnight:
        yield later
        later = Interval(later.start + shift, later.end + shift)
    for number in range(1, days + 1):
        # A day of 23 hours may swallow a short span.
        moved = interval_or_none(days_later(span.start, number, zone), days_later(span.end, number, zone))
        if moved:
            yield moved


def _near(taken: Sequence[Occupancy], span: Interval, offer: Offer) -> list[Occupancy]:
    """Only what could collide; a popular thing is booked for weeks, and each time is judged on its own."""
    room = offer.buffers.longest
    return [
        one
        for one in taken
        if one.interval.start - one.buffers.longest - room < span.end
        and one.interval.end + one.buffers.longest + room > span.start
    ]

"""What recurs: the dates of a series, and what became of each (T15). Pure.

Dates are made in the wall time of the listing's place: weekly 18:00 stays 18:00 when the clocks change.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from app.bookings.rules.words import TERMINAL, UNANSWERED, State
from app.kernel.intervals import Interval, interval_or_none
from app.kernel.problems import FieldError, Invalid
from app.kernel.recurrence import instant
from app.kernel.rrule import Recurring, parse_rule
from app.kernel.text import message

MOST_DATES: Final = 100
_FARTHEST: Final = timedelta(days=3_650)


class Answer(StrEnum):
    """What became of one thing that was asked for together with others."""

    CONFIRMED = "confirmed"
    REQUESTED = "requested"
    CLASH = "clash"  # somebody else has it then
    CLOSED = "closed"  # closed, or nobody there
    REFUSED = "refused"  # for another reason, or by the provider
    CANCELLED = "cancelled"  # called off, taken back or lapsed


FAILED: Final = frozenset({Answer.CLASH, Answer.CLOSED, Answer.REFUSED})
"""What may be tried again while there is no booking for it."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series, by the calendar of the place."""

    date: date
    span: Interval


@dataclass(frozen=True, slots=True)
class Schedule:
    """The dates of a series, up to and including the day `until`; `open_ended` when only the horizon ended it."""

    dates: tuple[Occurrence, ...]
    until: date
    open_ended: bool


def schedule(
    first: Interval, recurrence: str, except_on: Collection[date], zone: ZoneInfo, *, horizon: date
) -> Schedule:
    """Every date of the rule, the first included when the rule matches its day.

    A rule without an end of its own is followed up to the horizon; one with an end as far as it says, because
    what is too far ahead today can be tried again later. Invalid without any date, or with more than 100.
    """
    rule = parse_rule(recurrence)
    start, end = (moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in (first.start, first.end))
    try:
        recurring = Recurring(start, end, rule, zone, frozenset(except_on))
    except ValueError as error:
        raise Invalid(FieldError("/ends_at", message("This stretch of time cannot recur."))) from error
    open_ended = rule.count is None and rule.until is None
    latest = datetime.combine(horizon, time.max) if open_ended else start + _FARTHEST
    walls = list(islice(recurring.starts(max(start, latest)), MOST_DATES + 1))
    if not walls:
        raise Invalid(FieldError("/recurrence", message("There is no date in this rule.")))
    if len(walls) > MOST_DATES:
        detail = message("That is more than {most} dates. Say an end with COUNT or UNTIL.", most=MOST_DATES)
        raise Invalid(FieldError("/recurrence", detail))
    dates = tuple(
        # The offset that came with the first one has said which of two equal clock times is meant.
        Occurrence(wall.date(), first if wall == start else _span(wall, end - start, zone))
        for wall in walls
    )
    return Schedule(dates, horizon if open_ended else dates[-1].date, open_ended)


def _span(wall: datetime, length: timedelta, zone: ZoneInfo) -> Interval:
    """That long by the clock, in real time; what the clocks skip is shifted forward and keeps its length (T13)."""
    begins = instant(wall, zone)
    return interval_or_none(begins, instant(wall + length, zone)) or Interval(begins, begins + length)


def answer_to(reasons: Collection[str], *, taken: Collection[str], shut: Collection[str]) -> Answer:
    """Sum up why not: taken by others, closed, or refused when anything else speaks against it."""
    if set(reasons) <= set(taken):
        return Answer.CLASH
    return Answer.CLOSED if set(reasons) <= {*taken, *shut} else Answer.REFUSED


def answer_of(state: State) -> Answer:
    """What a booking's state means among the others."""
    if state is State.DECLINED:
        return Answer.REFUSED
    if state in UNANSWERED:
        return Answer.REQUESTED
    ended = state in TERMINAL and state is not State.COMPLETED
    return Answer.CANCELLED if ended else Answer.CONFIRMED

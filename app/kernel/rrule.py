"""The part of RFC 5545's RRULE that closures and series need, expanded in local wall time. Pure.

Cheap for rules begun long ago: the start is moved forward by whole periods before anything is counted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from dateutil import rrule as dateutil_rrule

from app.kernel.intervals import Interval, interval_or_none
from app.kernel.recurrence import instant
from app.kernel.text import message

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY"]
MAX_COUNT: Final = 1000
MAX_INTERVAL: Final = 1000
MAX_LENGTH: Final = timedelta(days=366)

_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_UNTIL: Final = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")
_PARTS: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL"})


@dataclass(frozen=True, slots=True)
class Rule:
    """How something recurs, on (ordinal or 0, weekday); `until` is a date, that day included, or a moment."""

    frequency: Frequency
    interval: int = 1
    days: tuple[tuple[int, int], ...] = ()
    count: int | None = None
    until: date | datetime | None = None


def parse_rule(text: str) -> Rule:
    """Read `FREQ=…;…`. A ValueError says what is not served here or not allowed by RFC 5545 §3.3.10."""
    parts: dict[str, str] = {}
    for part in text.removeprefix("RRULE:").strip().upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in parts:
            raise ValueError(message("“{part}” cannot be read as a part of a recurrence rule.", part=part))
        if name not in _PARTS:
            raise ValueError(message("{name} is not served in recurrence rules.", name=name))
        parts[name] = value
    frequency = _frequency(parts.get("FREQ", ""))
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError(message("COUNT and UNTIL exclude each other."))
    return Rule(
        frequency=frequency,
        interval=_number("INTERVAL", parts.get("INTERVAL", "1"), MAX_INTERVAL),
        days=_by_day(parts["BYDAY"], frequency) if "BYDAY" in parts else (),
        count=_number("COUNT", parts["COUNT"], MAX_COUNT) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )


@dataclass(frozen=True, slots=True)
class Recurring:
    """What lasts from `start` to `end` (wall time of the zone) and recurs, but not on the dates excepted.

    The first time counts only when the rule matches its day; it alone knows, by `fold`, which of two hours it means.
    """

    start: datetime
    end: datetime
    rule: Rule
    zone: ZoneInfo
    except_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("What recurs is kept in wall-clock time, without an offset.")
        if not timedelta() < self.end - self.start <= MAX_LENGTH:
            raise ValueError("What recurs ends after it starts and lasts at most 366 days.")

    def occurrences(self, within: Interval) -> Iterator[Interval]:
        """Every time it takes place that overlaps `within`, uncut, ascending."""
        length = self.end - self.start
        # A day of grace on both sides, because wall time and UTC differ.
        earliest = within.start.replace(tzinfo=None) - length - timedelta(days=1)
        latest = within.end.replace(tzinfo=None) + timedelta(days=1)
        for wall in self._wall_times(earliest, latest):
            taking_place = self._first() if wall == self.start else self._at(wall, wall + length)
            if taking_place.overlaps(within) and wall.date() not in self.except_on:
                yield taking_place

    def starts(self, latest: datetime) -> Iterator[datetime]:
        """Every wall-clock time until `latest` at which it begins, those included that the clocks skip."""
        return (wall for wall in self._wall_times(self.start, latest) if wall.date() not in self.except_on)

    def _at(self, start: datetime, end: datetime) -> Interval:
        """By the clock. What the clocks would skip wholly takes place when they have jumped, as long as ever (T13)."""
        begins, ends = instant(start, self.zone), instant(end, self.zone)
        return interval_or_none(begins, ends) or Interval(begins, begins + (end - start))

    def _first(self) -> Interval:
        """The time that was entered; of an hour that comes twice the one that `fold` says (T13)."""
        begins, ends = (wall.replace(tzinfo=self.zone).astimezone(UTC) for wall in (self.start, self.end))
        return interval_or_none(begins, ends) or self._at(self.start, self.end)

    def _wall_times(self, earliest: datetime, latest: datetime) -> Iterator[datetime]:
        rule = self.rule
        # Counting must begin at the beginning; COUNT is bounded, so that is cheap too.
        start = self.start if rule.count else _moved_forward(self.start, rule, earliest)
        until = _until_wall(rule.until, self.zone)
        monthly_by_date = rule.frequency == "MONTHLY" and not rule.days
        times = dateutil_rrule.rrule(
            getattr(dateutil_rrule, rule.frequency),
            dtstart=start,
            interval=rule.interval,
            until=latest,  # or it would look for the days of a rule that has none until the year 9999
            byweekday=[
                dateutil_rrule.weekday(weekday, ordinal) if ordinal else dateutil_rrule.weekday(weekday)
                for ordinal, weekday in rule.days
            ]
            or None,
            bymonthday=self.start.day if monthly_by_date else None,
        )
        for wall in islice(times, rule.count):
            if until and wall > until:
                return
            if wall >= self.start:
                yield wall


def _moved_forward(start: datetime, rule: Rule, target: datetime) -> datetime:
    """A start in phase with the rule, as late as possible but at least one whole period before the target."""
    if rule.frequency == "MONTHLY":
        months = (target.year - start.year) * 12 + target.month - start.month
        # The first of the month, because the 31st does not exist in every month one could land in.
        year, month = divmod(start.year * 12 + start.month - 1 + _periods(months, rule.interval), 12)
        return start.replace(year=year, month=month + 1, day=1)
    if rule.frequency == "WEEKLY":
        return start + timedelta(weeks=_periods((target - start).days // 7, rule.interval))
    return start + timedelta(days=_periods((target - start).days, rule.interval))


def _periods(distance: int, interval: int) -> int:
    return max(0, distance // interval - 1) * interval


def _frequency(value: str) -> Frequency:
    for known in get_args(Frequency):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(
        message("FREQ={value} is not served; DAILY, WEEKLY and MONTHLY are.", value=value or "?")
    )


def _number(name: str, value: str, largest: int) -> int:
    if not (_NUMBER.fullmatch(value) and 1 <= int(value) <= largest):
        raise ValueError(
            message("{name} is a whole number between 1 and {largest}.", name=name, largest=largest)
        )
    return int(value)


def _by_day(value: str, frequency: Frequency) -> tuple[tuple[int, int], ...]:
    days = []
    for part in value.split(","):
        match = _BY_DAY.fullmatch(part)
        if not match:
            raise ValueError(
                message("BYDAY={part} is not a weekday like MO, or 2MO and -1FR in a month.", part=part)
            )
        ordinal = int(match[1] or 0)
        if ordinal and frequency != "MONTHLY":
            raise ValueError(
                message("BYDAY={part} counts weekdays of a month; that needs FREQ=MONTHLY.", part=part)
            )
        days.append((ordinal, _WEEKDAYS.index(match[2])))
    return tuple(days)


def _until(value: str) -> date | datetime:
    match = _UNTIL.fullmatch(value)
    try:
        if match and match[2]:
            moment = datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall time unless Z
            return moment.replace(tzinfo=UTC) if match[3] else moment
        if match:
            return datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 - a calendar date
    except ValueError:
        pass
    raise ValueError(
        message("UNTIL={value} is not a date like 20261231 or a moment like 20261231T120000Z.", value=value)
    )


def _until_wall(until: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    if isinstance(until, datetime) and until.tzinfo:
        try:
            return until.astimezone(zone).replace(tzinfo=None)
        except OverflowError:
            # In the first or the last hours that a calendar knows, zones make no difference.
            return until.replace(tzinfo=None)
    if isinstance(until, datetime):
        return until
    return datetime.combine(until, time.max) if until else None

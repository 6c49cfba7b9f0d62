"""Reads a stranger's calendar and answers when it is busy. A program of its own, so that it can be stopped.

Whatever a file says, it costs at most so many seconds of processor time and so much memory, and nobody else's: the
caller gets times, or one word for what is wrong. Run as `python -m app.listings.reading_calendars`: a line of JSON and
the file come in, JSON goes out.
"""

import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from recurring_ical_events import of as recurrences_of  # type: ignore[import-untyped] # it ships no types

CPU_SECONDS: Final = 10
MEMORY_BYTES: Final = 1024 * 1024 * 1024
MOST_EVENTS: Final = 5_000
MOST_STRETCHES: Final = 2_000
_FLOODS: Final = frozenset({"SECONDLY", "MINUTELY"})
_FREE: Final = frozenset({"FREE"})


class Unreadable(Exception):
    """What is wrong with the file, in one word."""


@dataclass(frozen=True, slots=True)
class Question:
    """When it is busy between two instants; whole days and floating times are those of `zone`.

    Entries whose UID ends with `not_from` are our own, come back by a detour: nobody is busy twice.
    """

    start: str
    end: str
    zone: str
    not_from: str


def busy_times(file: bytes, question: Question) -> list[tuple[int, int]]:
    """The busy stretches in seconds since 1970, joined and ascending. Raises Unreadable."""
    start, end = datetime.fromisoformat(question.start), datetime.fromisoformat(question.end)
    events = _events(_parsed(file), start, end)
    found = [
        span for event in events if _counts(event, question.not_from) and (span := _span(event, question))
    ]
    joined = _joined(sorted((max(first, _seconds(start)), min(last, _seconds(end))) for first, last in found))
    if len(joined) > MOST_STRETCHES:
        raise Unreadable("too_many")
    return joined


def _parsed(file: bytes) -> Component:
    if not file.lstrip(b"\xef\xbb\xbf\r\n\t ").upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unreadable("not_a_calendar")
    if file.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise Unreadable("too_many")
    try:
        calendar = Calendar.from_ical(file)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise Unreadable("not_a_calendar") from error
    # One entry without a beginning must not hide all the others.
    calendar.subcomponents = [
        part for part in calendar.subcomponents if part.name != "VEVENT" or "DTSTART" in part
    ]
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if _FLOODS & {str(frequency).upper() for frequency in rule.get("FREQ", [])}:
                raise Unreadable("too_many")
    return calendar


def _events(calendar: Component, start: datetime, end: datetime) -> Iterator[Any]:
    """Every occurrence in the stretch, one after the other, exceptions and moved ones as they are."""
    seen = 0
    try:
        for event in recurrences_of(calendar, skip_bad_series=True).between(start, end):
            seen += 1
            if seen > MOST_EVENTS:
                raise Unreadable("too_many")
            yield event
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError) as error:
        raise Unreadable("not_a_calendar") from error


def _counts(event: Any, not_from: str) -> bool:
    """Whether it takes time: not when cancelled, not when its author is free all the same, not when it is ours."""
    return not (
        str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in _FREE
        or str(event.get("UID", "")).lower().endswith(not_from.lower())
    )


def _span(event: Any, question: Question) -> tuple[int, int] | None:
    """From when to when, in seconds; None for what takes no time at all."""
    zone = ZoneInfo(question.zone)
    starts = event["DTSTART"].dt
    ends = event["DTEND"].dt if "DTEND" in event else starts
    if not isinstance(starts, datetime) and ends <= starts:
        ends = starts + timedelta(days=1)
    first, last = _instant(starts, zone), _instant(ends, zone)
    return (first, last) if last > first else None


def _instant(moment: date, zone: ZoneInfo) -> int:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return _seconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if last <= first:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def question_line(question: Question) -> bytes:
    """How the question is put to the program."""
    return json.dumps(asdict(question)).encode() + b"\n"


def main() -> None:
    """Answer the question on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    asked, _, file = sys.stdin.buffer.read().partition(b"\n")
    answer: dict[str, Any]
    try:
        answer = {"busy": busy_times(file, Question(**json.loads(asked)))}
    except Unreadable as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "too_many"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

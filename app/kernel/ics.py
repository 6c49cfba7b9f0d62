"""Calendars as files (iCalendar, RFC 5545): what other programs read. Pure.

A thing keeps its UID for ever and raises its SEQUENCE with every change, so that programs which have seen it before
move or cancel what they have instead of adding a second one. What is cancelled is said to be cancelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_ZONE_MARGIN: Final = timedelta(days=366)


class Status(StrEnum):
    """How sure it is."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in a calendar, in the wall-clock time of its place; `busy` says whether it takes somebody's time."""

    uid: str
    sequence: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    busy: bool = True
    created_at: datetime
    changed_at: datetime


def calendar(entries: Iterable[Entry], *, name: str, product: str) -> bytes:
    """The file: folded lines, and every zone that is used with its rules, so that nobody has to guess them."""
    made = Calendar()
    made.add("prodid", f"-//{product}//depot//")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    times: list[datetime] = []
    for entry in entries:
        made.add_component(_event(entry))
        times += (entry.starts_at, entry.ends_at)
    if times:
        first, last = min(times) - _ZONE_MARGIN, max(times) + _ZONE_MARGIN
        made.add_missing_timezones(first_date=first.date(), last_date=last.date())
    written: bytes = made.to_ical()
    return written


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("created", entry.created_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", _wall(entry.starts_at, entry.zone))
    event.add("dtend", _wall(entry.ends_at, entry.zone))
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.busy and entry.status is not Status.CANCELLED else "TRANSPARENT")
    for label, text in (
        ("summary", entry.summary),
        ("description", entry.description),
        ("location", entry.location),
    ):
        if text:
            event.add(label, vText(text))
    if entry.url:
        event.add("url", entry.url)
    return event


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """The time by the clocks of the place; in UTC where the clocks show it for the second time.

    A local time that happens twice means the first (RFC 5545 §3.3.5): the second has no other name.
    """
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold else local

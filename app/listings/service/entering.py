"""Times that somebody enters for a certain day exist on that day (T13); what recurs is shifted instead."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.problems import FieldError, Invalid
from app.kernel.recurrence import DayWindow, entered_instant
from app.kernel.text import Message
from app.listings.schemas.calendar import HoursBody


def require_times_that_exist(hours: HoursBody, zone: ZoneInfo, *, pointer: str = "") -> None:
    """Raises Invalid for every window of an exceptional day that opens or closes at a time the clocks skip on it."""
    errors = list(_skipped(hours, zone, pointer))
    if errors:
        raise Invalid(*errors)


def _skipped(hours: HoursBody, zone: ZoneInfo, pointer: str) -> Iterator[FieldError]:
    for name in ("pick_up", "returns", "opening"):
        timetable = getattr(hours, name)
        for number, day in enumerate(timetable.exceptions if timetable else ()):
            midnight = datetime.combine(day.date, time())
            for place, entry in enumerate(day.windows):
                window = DayWindow.of(entry.opens, entry.closes)
                for end, minutes in (("opens", window.opens), ("closes", window.closes)):
                    if skipped := _complaint(midnight + timedelta(minutes=minutes), zone):
                        where = f"{pointer}/{name}/exceptions/{number}/windows/{place}/{end}"
                        yield FieldError(where, skipped)


def _complaint(wall: datetime, zone: ZoneInfo) -> Message | None:
    try:
        entered_instant(wall, zone)
    except ValueError as error:
        said: Message = error.args[0]
        return said
    return None

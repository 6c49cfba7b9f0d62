"""How know-how is passed on, in the form: one to one, as a course with its dates, or recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.kernel.problems import FieldError, Invalid
from app.kernel.text import message
from app.listings.schemas import ListingRead
from app.web.forms import Form

EMPTY_ROWS: Final = 3
"""How many more dates can be entered at once."""
MOST: Final = 100
_A_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True)
class Row:
    """One date as the form shows it: `name` begins the names of its fields."""

    name: str
    id: str = ""
    day: str = ""
    begins: str = ""
    ends: str = ""
    cancelled: bool = False


def details(form: Form, zone: ZoneInfo) -> dict[str, Any]:
    """What a form with the manner of teaching says of it; nothing where it was not shown."""
    if "form" not in form:
        return {}
    said: dict[str, Any] = {"form": form["form"], "access": form.get("access")}
    if form["form"] == "group":
        said["sessions"] = list(_sessions(form, zone))
    return said


def _sessions(form: Form, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The dates that were entered; the last one again every week, if that was wished."""
    last: Row | None = None
    for row in typed(form):
        if row.day:
            last = row
            yield _session(row, zone)
    again = form.integer("every_week") or 1
    if last and not 1 <= again <= MOST:
        raise Invalid(FieldError("every_week", message("Please give a number up to {most}.", most=MOST)))
    for week in range(1, again if last else 1):
        assert last is not None
        day = date.fromisoformat(last.day) + week * _A_WEEK
        yield _session(Row(last.name, day=day.isoformat(), begins=last.begins, ends=last.ends), zone)


def _session(row: Row, zone: ZoneInfo) -> dict[str, Any]:
    said = Form({"at_day": row.day, "at_time": row.begins, "to_day": row.day, "to_time": row.ends})
    try:
        starts_at, ends_at = said.instant("at", zone), said.instant("to", zone)
    except Invalid as unclear:
        raise Invalid(FieldError(f"{row.name}_day", unclear.errors[0].detail)) from None
    if not (row.begins and row.ends and starts_at and ends_at and starts_at < ends_at):
        detail = message("Please say when this date begins and when it ends, on the same day.")
        raise Invalid(FieldError(f"{row.name}_day", detail))
    kept = {"id": row.id} if row.id else {}
    return {
        **kept,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "cancelled": row.cancelled,
    }


def typed(form: Form) -> Iterator[Row]:
    """The dates of a form, as they were typed."""
    for number in range(MOST + EMPTY_ROWS):
        name = f"date-{number}"
        if f"{name}_day" in form or f"{name}_id" in form:
            begins, ends = form.get(f"{name}_time", ""), form.get(f"{name}_until", "")
            cancelled = f"{name}_cancelled" in form
            yield Row(name, form.get(f"{name}_id", ""), form.get(f"{name}_day", ""), begins, ends, cancelled)


def rows(found: ListingRead | None, form: Form, zone: ZoneInfo) -> list[Row]:
    """The dates to show, with a few empty ones behind them."""
    shown: Sequence[Row] = list(typed(form)) if form else _known(found, zone)
    used = {row.name for row in shown}
    free = (name for number in range(MOST + EMPTY_ROWS) if (name := f"date-{number}") not in used)
    return [*shown, *(Row(name) for name, _ in zip(free, range(EMPTY_ROWS), strict=False))]


def _known(found: ListingRead | None, zone: ZoneInfo) -> list[Row]:
    sessions = found.know_how.sessions if found and found.know_how else []
    return [
        Row(f"date-{number}", str(one.id), *_times(one.starts_at, one.ends_at, zone), one.cancelled)
        for number, one in enumerate(sessions)
    ]


def _times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return f"{begins:%Y-%m-%d}", f"{begins:%H:%M}", f"{ends:%H:%M}"

"""Hours, closures, the calendar and quotes on the wire."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.api.schemas import Instant, Line
from app.kernel.recurrence import DayWindow
from app.kernel.rrule import parse_rule
from app.listings.schemas.parts import MAX_UNITS, Part
from app.listings.schemas.words import ListingCommand, ListingView


class Weekday(StrEnum):
    """In the order of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_CLOCK = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
ClockTime = Annotated[str, Field(pattern=_CLOCK, description="Local time of day.", examples=["09:30"])]


class Window(Part):
    """From and to in local time. `18:00` to `02:00` ends on the next day; `24:00` is the midnight at the end."""

    opens: ClockTime
    closes: ClockTime

    @model_validator(mode="after")
    def _opens_and_closes(self) -> Self:
        DayWindow.of(self.opens, self.closes)
        return self


class WeeklyWindow(Window):
    """A window on one weekday, for as long as it is valid (both dates included)."""

    weekday: Weekday
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None

    @model_validator(mode="after")
    def _valid_forward(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("A period of validity ends on or after the day it begins.")
        return self


class ExceptionalDay(Part):
    """A date with windows of its own; none closes it."""

    date: dt.date
    windows: list[Window] = Field(max_length=20)


class TimetableBody(Part):
    """The windows of a week, and the days that differ."""

    weekly: list[WeeklyWindow] = Field(default=[], max_length=200)
    exceptions: list[ExceptionalDay] = Field(default=[], max_length=500)

    @model_validator(mode="after")
    def _each_date_once(self) -> Self:
        dates = [day.date for day in self.exceptions]
        if len(set(dates)) != len(dates):
            raise ValueError("Each date stands once among the exceptions.")
        return self


class HoursBody(Part):
    """When equipment changes hands, or when anything else is open; null is any time.

    Equipment has `pick_up` and `returns` (null: as pick-up); the other kinds have `opening`.
    """

    pick_up: TimetableBody | None = None
    returns: TimetableBody | None = None
    opening: TimetableBody | None = None
    closed_days_between: bool | None = Field(
        default=None,
        description="Whether a loan may span days without any window. null: as usual for the kind.",
    )
    overnight: bool | None = Field(
        default=None, description="Whether only start and end must lie in the opening hours. null: as usual."
    )
    closed_on_holidays: bool | None = None


class HoursRead(HoursBody):
    """The hours of a listing, in local time of its place."""

    zone: str = Field(max_length=60, description="IANA zone of the place.", examples=["Europe/Berlin"])
    subdivision: str | None = Field(
        default=None,
        max_length=6,
        description="The state whose public holidays count (ISO 3166-2); null: not known.",
        examples=["DE-SN"],
    )


class ListingHours(HoursRead):
    """The hours by themselves, with the version of their listing."""

    version: int


class Visibility(StrEnum):
    """Who sees why it is closed."""

    PUBLIC = "public"
    PROVIDER = "provider"


def _served_rule(text: str) -> str:
    parse_rule(text)
    return text


class ClosureCreate(ListingCommand):
    """A stretch during which some or all units are unavailable, once or recurring in local time."""

    starts_at: Instant
    ends_at: Instant
    units: int | None = Field(default=None, ge=1, le=MAX_UNITS, description="null: all of them.")
    reason: Annotated[Line, Field(max_length=200)] | None = None
    visibility: Visibility = Visibility.PUBLIC
    recurrence: (
        Annotated[
            str,
            Field(max_length=200, description="RRULE (RFC 5545): FREQ, INTERVAL, BYDAY, COUNT, UNTIL."),
            AfterValidator(_served_rule),
        ]
        | None
    ) = Field(default=None, examples=["FREQ=WEEKLY;BYDAY=SU"])
    except_on: list[dt.date] = Field(default=[], max_length=200, description="Local dates that stay open.")
    acknowledge_conflicts: bool = Field(default=False, description="Close although there are bookings.")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("The end lies after the start.")
        if self.ends_at - self.starts_at > dt.timedelta(days=3_660 if self.recurrence is None else 366):
            raise ValueError("That is too long for a closure.")
        return self


class ClosureRead(ListingView):
    """A closure; `reason` is null for those who need not know."""

    id: UUID
    starts_at: Instant
    ends_at: Instant
    units: int | None
    reason: str | None
    visibility: Visibility
    recurrence: str | None
    except_on: list[dt.date]


class ClosuresRead(ListingView):
    """All closures of a listing, in the order in which they were made."""

    items: list[ClosureRead]


class StepRead(ListingView):
    """A stretch in which nothing changes."""

    starts_at: Instant
    ends_at: Instant
    free_units: int
    open: bool = Field(description="Whether the hours allow hand-over (equipment) or use (the rest).")


class CalendarRead(ListingView):
    """The range as the fewest steps."""

    steps: list[StepRead]


class ConflictRead(ListingView):
    """A stretch in which more is promised than there is."""

    starts_at: Instant
    ends_at: Instant
    missing_units: int = Field(description="How many units too few there are.")
    booking_ids: list[UUID] = Field(description="Who holds units then; one of them has to give way.")


class ConflictsRead(ListingView):
    """What is over-promised from now on, in the order of time."""

    items: list[ConflictRead]

"""What there is to share and to ask for, and how each kind behaves unless its listing says otherwise."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.kernel.recurrence import MINUTES_PER_DAY


class Purpose(StrEnum):
    """Whether something is offered or sought."""

    OFFER = "offer"
    WANT = "want"


class Kind(StrEnum):
    """What is shared."""

    EQUIPMENT = "equipment"
    SPACE = "space"
    KNOW_HOW = "know_how"
    TIME = "time"


class BookingMode(StrEnum):
    """Whether the provider is asked first."""

    ON_REQUEST = "on_request"
    INSTANT = "instant"


class Form(StrEnum):
    """How know-how is passed on."""

    ONE_TO_ONE = "one_to_one"
    GROUP = "group"
    RECORDED = "recorded"


class Reach(StrEnum):
    """How far a listing travels: not at all, to be seen at partners, or to be booked from there."""

    NONE = "none"
    LISTED = "listed"
    BOOKABLE = "bookable"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how soon, how far ahead, how much room around (T8-T10); in minutes, the horizon in days.

    `closed_days_counted` closed days count towards the longest time, None is all of them. Bookings of one borrower
    closer than `chain_gap_minutes` count as one, 0 is off. `lead_working_days` is asked for besides `lead_minutes`.
    """

    min_minutes: int = 15
    max_minutes: int = 14 * MINUTES_PER_DAY
    step_minutes: int = 15
    lead_minutes: int = 0
    horizon_days: int = 180
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    closed_days_counted: int | None = None
    chain_gap_minutes: int = 0
    lead_working_days: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of one listing a borrower may have at a time and in a month (T18); None is any number."""

    active_bookings: int | None = None
    days_per_month: int | None = None


NO_QUOTA: Final = Quota()
STANDARD_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Defaults:
    """The settings a listing begins with (domain.md §4)."""

    limits: Limits = STANDARD_LIMITS
    booking_mode: BookingMode = BookingMode.ON_REQUEST
    request_holds: bool = True
    answer_hours: int = 6 * 24
    closed_days_between: bool = False
    overnight: bool = False
    closed_on_holidays: bool = False
    cancellation_hours: int | None = None  # None: until the start
    federation: Reach = Reach.LISTED
    queue_turn_hours: int = 48
    overdue_margin_hours: int = 24


_HALF_A_DAY: Final = Limits(max_minutes=12 * 60)

DEFAULTS: Final = {
    Kind.EQUIPMENT: Defaults(closed_days_between=True, closed_on_holidays=True),
    Kind.SPACE: Defaults(limits=_HALF_A_DAY),
    Kind.KNOW_HOW: Defaults(),
    Kind.TIME: Defaults(limits=_HALF_A_DAY),
}

EXPIRES_AFTER_DAYS: Final = {Purpose.OFFER: 180, Purpose.WANT: 30}

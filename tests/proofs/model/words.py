"""The words and numbers of the model, and what it remembers of a booking, a closure and a series."""

from dataclasses import dataclass, field

OK, NOT_FOUND, NOT_ALLOWED, INVALID = "ok", "not_found", "not_allowed", "invalid"
NOT_BOOKABLE, SLOT_TAKEN, STEP, CONFLICTS = (
    "not_bookable",
    "slot_taken",
    "step_not_possible",
    "closure_conflicts",
)
NOTHING_TO_WAIT_FOR, ALREADY_WAITING = "nothing_to_wait_for", "already_waiting"

DAY = 24
LONGEST = 14 * DAY
MARGIN = 24
TURN = 48
CHANGE = 48
COUNTERS = 3
UNTIL_CLOSED, UNTIL_MISSED, UNTIL_BACK, UNTIL_DONE, UNTIL_SETTLED = (
    14 * DAY,
    14 * DAY,
    7 * DAY,
    2 * DAY,
    90 * DAY,
)
CASE_WINDOW = 14 * DAY

ASKED = {"requested", "countered"}
QUEUED = {"waitlisted", "offered"}
NOT_BEGUN = {"confirmed", "ready"}
CHANGEABLE = {*NOT_BEGUN, "handed_over"}
HOLDING = {*CHANGEABLE, "return_reported"}
PROMISED = {*HOLDING, "returned", "unresolved", "lost"}
CASES = {"unresolved", "lost"}
ENDED = {"declined", "withdrawn", "expired", "cancelled", "completed"}

BORROWER, PROVIDER = "borrower", "provider"


@dataclass
class Row:
    """What the calendar holds for a booking."""

    start: int
    end: int
    units: int


@dataclass
class Change:
    """What one side proposes for a promise."""

    by: str
    since: int
    start: int
    end: int
    units: int


@dataclass
class Booking:
    """One ask and what became of it."""

    who: str
    start: int
    end: int
    units: int
    state: str
    since: int
    request_holds: bool
    holds: bool = False
    counters: int = 0
    passes: int = 0
    passed_at: int | None = None
    change: Change | None = None
    handed: int = 0
    out: int = 0
    settled: bool = False
    had_case: bool = False
    fulfilled: bool = False
    back: int | None = None  # when somebody first said so

    def overlaps(self, start: int, end: int) -> bool:
        return self.start < end and start < self.end


@dataclass
class Closure:
    """Stretches during which some units, or all, are away."""

    spans: list[tuple[int, int]]
    units: int | None


@dataclass
class Date:
    """One date of a series: a booking of that name, or the answer why not."""

    start: int
    end: int
    answer: str = "refused"
    booking: str | None = None


@dataclass
class Repeated:
    """A series: who asked for how many, and its dates."""

    who: str
    units: int
    dates: list[Date] = field(default_factory=list)

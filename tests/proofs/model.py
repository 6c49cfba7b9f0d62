"""The calendar and the lifecycle of one listing in plain Python: hours are numbers, promises are rows of a list.

It shares no code with the application, and it is slow and simple on purpose: what is free is found by looking at every
hour. Each method does what the application is to do and answers how it is to answer: OK, or the code of a refusal.
"""

from dataclasses import dataclass, field

OK, NOT_FOUND = "ok", "not_found"
NOT_BOOKABLE, SLOT_TAKEN, STEP, CONFLICTS = (
    "not_bookable",
    "slot_taken",
    "step_not_possible",
    "closure_conflicts",
)

DAY = 24
MARGIN = 24
UNTIL_CLOSED, UNTIL_MISSED, UNTIL_BACK, UNTIL_DONE, UNTIL_SETTLED = (
    14 * DAY,
    14 * DAY,
    7 * DAY,
    2 * DAY,
    90 * DAY,
)
CASE_WINDOW = 14 * DAY

HOLDING = {"confirmed", "ready", "handed_over", "return_reported"}
PROMISED = {*HOLDING, "returned", "unresolved", "lost"}
CASES = {"unresolved", "lost"}


@dataclass
class Row:
    """What the calendar holds for a booking."""

    start: int
    end: int
    units: int


@dataclass
class Booking:
    """One ask and what became of it."""

    start: int
    end: int
    units: int
    state: str
    since: int
    holds: bool = False
    handed: int = 0
    out: int = 0
    settled: bool = False
    had_case: bool = False


@dataclass
class Closure:
    """Stretches during which some units, or all, are away."""

    spans: list[tuple[int, int]]
    units: int | None


@dataclass
class Model:
    """One listing, everything asked of it, and the hour it is."""

    units: int
    gap: int
    instant: bool
    request_holds: bool
    answer_hours: int
    now: int = 0
    bookings: dict[str, Booking] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    closures: dict[str, Closure] = field(default_factory=dict)

    # What there is, what is used, what is left

    def there(self, hour: int) -> int:
        """The units there are in this hour: of closures that overlap the largest counts."""
        left = self.units
        for closure in self.closures.values():
            if any(start <= hour < end for start, end in closure.spans):
                left = min(left, 0 if closure.units is None else max(0, self.units - closure.units))
        return left

    def used(self, hour: int, *, without: str | None = None) -> int:
        """The units in use in this hour, and kept free after use."""
        return sum(
            row.units
            for name, row in self.rows.items()
            if name != without and row.start <= hour < row.end + self.gap
        )

    def free(self, start: int, end: int, *, without: str | None = None) -> int:
        """The units free in every hour from start to end; afterwards nobody else may come for the gap."""
        hours = [self.there(hour) - self.used(hour, without=without) for hour in range(start, end)]
        gap = [self.units - self.used(hour, without=without) for hour in range(end, end + self.gap)]
        return max(0, min(hours + gap))

    def closed(self, start: int, end: int) -> bool:
        return any(self.there(hour) == 0 for hour in range(start, end))

    # Asking and answering

    def request(self, name: str, start: int, end: int, units: int) -> str:
        if self.refuses(start, end, units):
            return NOT_BOOKABLE
        state = "confirmed" if self.instant else "requested"
        made = self.bookings[name] = Booking(start, end, units, state, self.now)
        if self.instant or self.request_holds:
            self._take(name, made, start, end, units)
        return OK

    def refuses(self, start: int, end: int, units: int) -> bool:
        return start < self.now or self.closed(start, end) or self.free(start, end) < units

    def accept(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state != "requested" or self.now >= self.answer_by(booking):
            return STEP
        if self.free(booking.start, booking.end, without=name) < booking.units:
            return SLOT_TAKEN
        if not booking.holds:
            self._take(name, booking, booking.start, booking.end, booking.units)
        self._move(booking, "confirmed")
        return OK

    def answer_by(self, booking: Booking) -> int:
        return min(booking.since + self.answer_hours, booking.start)

    def decline(self, name: str) -> str:
        return self._end_request(name, "declined")

    def withdraw(self, name: str) -> str:
        return self._end_request(name, "withdrawn")

    def _end_request(self, name: str, state: str) -> str:
        booking = self.bookings[name]
        if booking.state != "requested":
            return STEP
        self._free(name, booking)
        self._move(booking, state)
        return OK

    def cancel(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state not in {"confirmed", "ready"}:
            return STEP
        self._free(name, booking)
        self._move(booking, "cancelled")
        return OK

    # Handing over and taking back

    def make_ready(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state != "confirmed":
            return STEP
        self._move(booking, "ready")
        return OK

    def hand_over(self, name: str, units: int) -> str:
        booking, row = self.bookings[name], self.rows.get(name)
        if booking.state not in {"confirmed", "ready"} or self.now >= booking.end:
            return STEP
        start = min(self.now, booking.start)
        inside = row is not None and row.start <= start and booking.end <= row.end and units <= row.units
        if not inside and self.free(start, booking.end, without=name) < units:
            return SLOT_TAKEN
        self._take(name, booking, start, booking.end, units)
        booking.handed = booking.out = units
        self._move(booking, "handed_over")
        return OK

    def report_return(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state != "handed_over":
            return STEP
        self._move(booking, "return_reported")
        return OK

    def take_back(self, name: str, units: int) -> str:
        booking = self.bookings[name]
        if booking.state not in {"handed_over", "return_reported"}:
            return STEP
        booking.out -= units
        if booking.out:
            self.rows[name].units = min(self.rows[name].units, booking.out)
            if booking.state != "handed_over":
                self._move(booking, "handed_over")
        else:
            self._free(name, booking)
            self._move(booking, "returned")
        return OK

    def complete(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state != "returned":
            return STEP
        self._move(booking, "completed")
        return OK

    # When it goes otherwise

    def nothing_came_of_it(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state not in {"confirmed", "ready"} or self.now < booking.start:
            return STEP
        self._free(name, booking)
        self._move(booking, "completed")
        return OK

    def raise_case(self, name: str) -> str:
        booking = self.bookings[name]
        again = (
            booking.state == "completed" and not booking.settled and self.now <= booking.since + CASE_WINDOW
        )
        if booking.state not in PROMISED - CASES and not again:
            return STEP
        self._move(booking, "unresolved")
        return OK

    def mark_lost(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state not in {"handed_over", "return_reported", "unresolved"} or booking.out == 0:
            return STEP
        self._lose(name, booking)
        self._move(booking, "lost")
        return OK

    def _lose(self, name: str, booking: Booking) -> None:
        """What is out will not come back: it is no longer there for anybody."""
        self._free(name, booking)
        before = self.closures.get("lost")
        lost = min(self.units, booking.out + (before.units or 0 if before else 0))
        start = before.spans[0][0] if before else self.now
        self.closures["lost"] = Closure([(start, 10**9)], lost)

    def settle(self, name: str) -> str:
        booking = self.bookings[name]
        if not booking.had_case:
            return NOT_FOUND  # until then it is none of a moderator's business
        if booking.state not in CASES:
            return STEP
        self._settle(name, booking)
        return OK

    def _settle(self, name: str, booking: Booking) -> None:
        self._free(name, booking)
        booking.settled, booking.out = True, 0  # whatever was out is settled with the rest
        self._move(booking, "completed")

    # What the provider changes

    def close(self, name: str, spans: list[tuple[int, int]], units: int | None, *, acknowledged: bool) -> str:
        if self.in_the_way(spans, units) and not acknowledged:
            return CONFLICTS
        self.closures[name] = Closure(spans, units)
        return OK

    def in_the_way(self, spans: list[tuple[int, int]], units: int | None) -> set[str]:
        """Whoever holds units in an hour of such a closure in which they would be too few."""
        closed = Model(self.units, 0, self.instant, self.request_holds, self.answer_hours, rows=self.rows)
        closed.closures = {**self.closures, "new": Closure(spans, units)}
        return {
            name
            for name, row in self.rows.items()
            for start, end in spans
            for hour in range(max(start, row.start, self.now), min(end, row.end))
            if closed.used(hour) > closed.there(hour)
        }

    def open_again(self, name: str) -> None:
        del self.closures[name]

    # What happens by itself

    def turn(self, hours: int) -> None:
        self.now += hours
        for name, booking in self.bookings.items():
            self._strike(name, booking)
            out = booking.state in {"handed_over", "return_reported", *CASES} and booking.out > 0
            if out and booking.holds and self.now >= booking.end:
                self.rows[name].end = max(self.rows[name].end, self.now + MARGIN)

    def _strike(self, name: str, booking: Booking) -> None:
        match booking.state:
            case "requested" if self.now >= self.answer_by(booking):
                self._free(name, booking)
                self._move(booking, "expired")
            case "confirmed" | "ready" if self.now >= booking.end + UNTIL_CLOSED:
                self._free(name, booking)
                self._move(booking, "completed")
            case "handed_over" if self.now >= booking.end + UNTIL_MISSED:
                self._move(booking, "unresolved")
            case "return_reported" if self.now >= booking.since + UNTIL_BACK:
                booking.out = 0
                self._free(name, booking)
                self._move(booking, "returned")
            case "returned" if self.now >= booking.since + UNTIL_DONE:
                self._move(booking, "completed")
            case "unresolved" if self.now >= booking.since + UNTIL_SETTLED and booking.out:
                self._lose(name, booking)
                self._settle(name, booking)
            case "unresolved" | "lost" if self.now >= booking.since + UNTIL_SETTLED:
                self._settle(name, booking)

    # The calendar's rows

    def _take(self, name: str, booking: Booking, start: int, end: int, units: int) -> None:
        self.rows[name] = Row(start, end, units)
        booking.holds = True

    def _free(self, name: str, booking: Booking) -> None:
        """What was in use was in use until now; what was never handed over never was."""
        if not booking.holds:
            return
        booking.holds = False
        row = self.rows[name]
        if not booking.handed or self.now <= row.start:
            del self.rows[name]
        else:
            row.end = min(row.end, self.now)

    def _move(self, booking: Booking, state: str) -> None:
        booking.state, booking.since = state, self.now
        booking.had_case = booking.had_case or state in CASES

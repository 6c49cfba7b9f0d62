"""Asking, answering, and other terms before there is a promise (T5, T6, T20)."""

from dataclasses import dataclass, field

from tests.proofs.model.calendar import Calendar
from tests.proofs.model.words import (
    ASKED,
    BORROWER,
    CASES,
    CHANGEABLE,
    COUNTERS,
    INVALID,
    LONGEST,
    NOT_ALLOWED,
    NOT_BEGUN,
    NOT_BOOKABLE,
    OK,
    PROVIDER,
    QUEUED,
    SLOT_TAKEN,
    STEP,
    TURN,
    Booking,
)


@dataclass(kw_only=True)
class Asking(Calendar):
    """Everything asked of the listing, in the order in which it was asked."""

    instant: bool
    request_holds: bool
    answer_hours: int
    bookings: dict[str, Booking] = field(default_factory=dict)

    def request(self, name: str, who: str, start: int, end: int, units: int) -> str:
        if self.turns_away(who, start, end, units):
            return NOT_BOOKABLE
        state = "confirmed" if self.instant else "requested"
        made = self._begin(name, who, start, end, units, state, request_holds=self.request_holds)
        if self.instant or self.request_holds:
            self._take(name, made, start, end, units)
        return OK

    def turns_away(self, who: str, start: int, end: int, units: int) -> bool:
        """Whether somebody who comes just now is refused."""
        return self.refuses(start, end, units) or self.left_for(who, start, end, units) < units

    def left_for(self, who: str, start: int, end: int, units: int) -> int:
        """What they are told is free: nobody overtakes those who wait, fit and came before (T21)."""
        free = self.free(start, end)
        waiting = (one for one in self.bookings.values() if one.state == "waitlisted" and one.who != who)
        due = sum(one.units for one in waiting if one.overlaps(start, end) and self.fits(one))
        overtakes = not self.refuses(start, end, units) and free - due < units
        return max(0, free - due) if overtakes else free

    def fits(self, waiting: Booking) -> bool:
        """Whether it is their turn; who passed on one is not asked again before the calendar has changed."""
        passed = waiting.passed_at == self.moves
        return not passed and not self.refuses(waiting.start, waiting.end, waiting.units)

    def _begin(
        self, name: str, who: str, start: int, end: int, units: int, state: str, *, request_holds: bool
    ) -> Booking:
        made = Booking(who, start, end, units, state, self.now, request_holds)
        self.bookings[name] = made
        return made

    def lapses_at(self, booking: Booking) -> int | None:
        """When what is no promise yet lapses by itself."""
        hours = {"requested": self.answer_hours, "countered": self.answer_hours, "offered": TURN}
        if booking.state in hours:
            return min(booking.since + hours[booking.state], booking.start)
        return booking.start if booking.state == "waitlisted" else None

    def _lapsed(self, booking: Booking) -> bool:
        lapses_at = self.lapses_at(booking)
        return lapses_at is not None and self.now >= lapses_at

    def accept(self, name: str) -> str:
        return self._promise(name, "requested")

    def accept_counter(self, name: str) -> str:
        return self._promise(name, "countered")

    def _promise(self, name: str, state: str) -> str:
        booking = self.bookings[name]
        if booking.state != state or self._lapsed(booking):
            return STEP
        if self.free(booking.start, booking.end, without=name) < booking.units:
            return SLOT_TAKEN
        self._move(booking, "confirmed")
        self._take(name, booking, booking.start, booking.end, booking.units)
        return OK

    def counter(self, name: str, by: str, start: int, end: int, units: int) -> str:
        """Other terms are offered, and the hold moves with them."""
        booking = self.bookings[name]
        turns = {"requested": (PROVIDER, "countered"), "countered": (BORROWER, "requested")}
        if booking.state not in turns:
            return STEP
        whose, then = turns[booking.state]
        if by != whose:
            return STEP if booking.counters else NOT_ALLOWED  # who has just countered taps a second time
        if booking.counters == COUNTERS or self._lapsed(booking):
            return STEP
        if refused := self._refuses_terms(name, by, start, end, units, needed=units):
            return refused
        booking.start, booking.end, booking.units = start, end, units
        booking.counters += 1
        self._move(booking, then)
        if booking.request_holds:
            self._take(name, booking, start, end, units)
        return OK

    def _refuses_terms(
        self, name: str, by: str, start: int, end: int, units: int, *, needed: int, room: bool = False
    ) -> str | None:
        """Why these terms cannot be offered; `room` that there is room for them, because they are held already."""
        booking = self.bookings[name]
        if end <= self.now:
            return INVALID
        if not room and self.free(start, end, without=name) < needed:
            return SLOT_TAKEN
        if start != booking.start and start < self.now:
            return NOT_BOOKABLE
        if by == BORROWER and end - start > LONGEST:
            return NOT_BOOKABLE  # the provider may go beyond the own limits
        same = (start, end, units) == (booking.start, booking.end, booking.units)
        return INVALID if same else None

    def decline(self, name: str) -> str:
        return self._end_if(name, ASKED, "declined")

    def withdraw(self, name: str) -> str:
        return self._end_if(name, ASKED | QUEUED, "withdrawn")

    def cancel(self, name: str) -> str:
        return self._end_if(name, NOT_BEGUN, "cancelled")

    def _end_if(self, name: str, states: set[str], state: str) -> str:
        booking = self.bookings[name]
        if booking.state not in states:
            return STEP
        self._end(name, booking, state)
        return OK

    def _end(self, name: str, booking: Booking, state: str) -> None:
        self._move(booking, state)
        self._free(name, booking)

    def _move(self, booking: Booking, state: str) -> None:
        booking.fulfilled = (booking.state, state) == ("returned", "completed")
        booking.state, booking.since = state, self.now
        booking.had_case = booking.had_case or state in CASES
        change = booking.change
        overtaken = (
            change
            and state == "handed_over"
            and (change.start, change.units)
            != (
                booking.start,
                booking.units,
            )
        )
        if overtaken or state not in CHANGEABLE:
            booking.change = None

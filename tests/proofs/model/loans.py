"""Handing over and taking back, and when it goes otherwise (T5, T19)."""

from dataclasses import dataclass

from tests.proofs.model.asking import Asking
from tests.proofs.model.words import (
    CASE_WINDOW,
    CASES,
    NOT_BEGUN,
    NOT_FOUND,
    OK,
    PROMISED,
    SLOT_TAKEN,
    STEP,
    Booking,
    Closure,
)


@dataclass(kw_only=True)
class Loans(Asking):
    """What is promised is handed over, and comes back, or does not."""

    def make_ready(self, name: str) -> str:
        return self._step(name, {"confirmed"}, "ready")

    def hand_over(self, name: str, units: int) -> str:
        booking = self.bookings[name]
        if booking.state == "handed_over":
            return STEP  # a second tap; that it was received is the borrower's to say
        if booking.state not in NOT_BEGUN or self.now >= booking.end:
            return STEP
        if not self._use(name, booking, booking.end, units):
            return SLOT_TAKEN
        booking.handed = booking.out = units
        self._move(booking, "handed_over")
        return OK

    def _use(self, name: str, booking: Booking, end: int, units: int) -> bool:
        """So many are in use until then; no room is needed for what is held already."""
        start, row = min(self.now, booking.start), self.rows.get(name)
        inside = row is not None and row.start <= start and end <= row.end and units <= row.units
        if not inside and self.free(start, end, without=name) < units:
            return False
        self._take(name, booking, start, end, units)
        return True

    def report_return(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state == "handed_over":
            self._is_back(booking)
        return self._step(name, {"handed_over"}, "return_reported")

    def _is_back(self, booking: Booking) -> None:
        booking.back = self.now if booking.back is None else booking.back

    def take_back(self, name: str, units: int) -> str:
        booking = self.bookings[name]
        if booking.state not in {"handed_over", "return_reported"}:
            return STEP
        booking.out -= units
        if booking.out:
            row = self.rows[name]
            self._take(name, booking, row.start, row.end, min(row.units, booking.out))
            if booking.state != "handed_over":
                self._move(booking, "handed_over")
        else:
            self._is_back(booking)
            self._end(name, booking, "returned")
        return OK

    def complete(self, name: str) -> str:
        return self._step(name, {"returned"}, "completed")

    def _step(self, name: str, states: set[str], state: str) -> str:
        booking = self.bookings[name]
        if booking.state not in states:
            return STEP
        self._move(booking, state)
        return OK

    def nothing_came_of_it(self, name: str) -> str:
        if self.now < self.bookings[name].start:
            return STEP
        return self._end_if(name, NOT_BEGUN, "completed")

    def raise_case(self, name: str) -> str:
        booking = self.bookings[name]
        again = (
            booking.state == "completed" and not booking.settled and self.now <= booking.since + CASE_WINDOW
        )
        return self._step(name, PROMISED - CASES | ({"completed"} if again else set()), "unresolved")

    def mark_lost(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state not in {"handed_over", "return_reported", "unresolved"} or booking.out == 0:
            return STEP
        self._move(booking, "lost")
        self._lose(name, booking)
        return OK

    def _lose(self, name: str, booking: Booking) -> None:
        """What is out will not come back: it is no longer there for anybody."""
        self._free(name, booking)
        before = self.closures.get("lost")
        lost = min(self.units, booking.out + (before.units or 0 if before else 0))
        start = before.spans[0][0] if before else self.now
        self.closures["lost"] = Closure([(start, 10**9)], lost)
        self._moved()

    def settle(self, name: str) -> str:
        booking = self.bookings[name]
        if not booking.had_case:
            return NOT_FOUND  # until then it is none of a moderator's business
        if booking.state not in CASES:
            return STEP
        self._settle(name, booking)
        return OK

    def _settle(self, name: str, booking: Booking) -> None:
        booking.settled, booking.out = True, 0  # whatever was out is settled with the rest
        self._end(name, booking, "completed")

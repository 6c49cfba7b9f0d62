"""Amendments: one side proposes other terms for a promise, the other says yes or no, or two days of silence say no."""

from dataclasses import dataclass

from tests.proofs.model.loans import Loans
from tests.proofs.model.words import (
    CHANGE,
    CHANGEABLE,
    INVALID,
    NOT_BOOKABLE,
    OK,
    PROVIDER,
    SLOT_TAKEN,
    STEP,
    Booking,
    Change,
)


@dataclass(kw_only=True)
class Changes(Loans):
    """A promise is extended, shifted or made smaller; nothing moves until both want it."""

    def propose_change(self, name: str, by: str, start: int, end: int, units: int) -> str:
        booking = self.bookings[name]
        if booking.state not in CHANGEABLE or self.open_change(booking):
            return STEP
        begun = booking.state == "handed_over"
        if units > booking.units or (begun and (start, units) != (booking.start, booking.units)):
            return INVALID  # a promise does not grow, and of what has begun only the end moves
        if refused := self._refuses_change(name, by, start, end, units):
            return refused
        booking.change = Change(by, self.now, start, end, units)
        return OK

    def _refuses_change(self, name: str, by: str, start: int, end: int, units: int) -> str | None:
        """To give back a part needs no room, whatever has been closed since; of what has begun counts what is out."""
        booking = self.bookings[name]
        held, needed = booking.out or booking.units, booking.out or units
        room = needed <= held and booking.start <= start and end <= booking.end
        return self._refuses_terms(name, by, start, end, units, needed=needed, room=room)

    def open_change(self, booking: Booking) -> Change | None:
        change = booking.change
        return change if change and self.now < change.since + CHANGE else None

    def accept_change(self, name: str, by: str) -> str:
        booking = self.bookings[name]
        change = self._to_answer(booking, by)
        if change is None:
            return STEP
        if change.end <= self.now:
            return NOT_BOOKABLE
        refused = self._refuses_change(name, PROVIDER, change.start, change.end, change.units)
        if refused not in {None, INVALID}:  # by now it may be what is promised already
            return refused
        if booking.out and not self._use(name, booking, change.end, booking.out):
            return SLOT_TAKEN
        booking.start, booking.end, booking.units = change.start, change.end, change.units
        booking.change = None
        if not booking.out:
            self._take(name, booking, change.start, change.end, change.units)
        return OK

    def decline_change(self, name: str, by: str) -> str:
        booking = self.bookings[name]
        if self._to_answer(booking, by) is None:
            return STEP
        booking.change = None
        return OK

    def _to_answer(self, booking: Booking, by: str) -> Change | None:
        change = self.open_change(booking)
        if booking.state not in CHANGEABLE or change is None or change.by == by:
            return None
        return change

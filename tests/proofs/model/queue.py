"""The queue (T21): first come, first served; a turn is a hold with a clock; who does not fit is skipped."""

from dataclasses import dataclass

from tests.proofs.model.changes import Changes
from tests.proofs.model.words import (
    ALREADY_WAITING,
    INVALID,
    NOT_BOOKABLE,
    NOTHING_TO_WAIT_FOR,
    OK,
    QUEUED,
    SLOT_TAKEN,
    STEP,
    Booking,
)


@dataclass(kw_only=True)
class Queue(Changes):
    """Who waits holds nothing, who has a turn holds it until they say something or its clock ends."""

    def join_queue(self, name: str, who: str, start: int, end: int, units: int) -> str:
        if units > self.units:
            return INVALID
        if start < self.now or self.closed(start, end):
            return NOT_BOOKABLE
        if self.free(start, end) >= units:
            return NOTHING_TO_WAIT_FOR
        if any(one.who == who for one in self._beside(start, end)):
            return ALREADY_WAITING
        self._begin(name, who, start, end, units, "waitlisted", request_holds=True)
        return OK

    def _beside(self, start: int, end: int) -> list[Booking]:
        """Who is in the queue for a time that overlaps, first come first."""
        return [one for one in self.bookings.values() if one.state in QUEUED and one.overlaps(start, end)]

    def position(self, booking: Booking) -> int:
        """The place in the queue, counting from 1."""
        queue = self._beside(booking.start, booking.end)
        return 1 + next(place for place, one in enumerate(queue) if one is booking)

    def look_at_queue(self) -> None:
        """Ask whoever fits now, in order, if units may have become free.

        Who passed on a turn is not asked again before the calendar has changed.
        """
        if not self.called:
            return
        self.called = False
        waiting = {name: one for name, one in self.bookings.items() if one.state == "waitlisted"}
        fitting = [name for name, one in waiting.items() if one.passed_at != self.moves and self._fits(one)]
        for name in fitting:
            one = waiting[name]
            if self._fits(one):
                self._move(one, "offered")
                self._take(name, one, one.start, one.end, one.units, calls=False)

    def _fits(self, booking: Booking) -> bool:
        return not self.refuses(booking.start, booking.end, booking.units)

    def take(self, name: str) -> str:
        booking = self.bookings[name]
        if booking.state != "offered" or self._lapsed(booking):
            return STEP
        if self.free(booking.start, booking.end, without=name) < booking.units:
            return SLOT_TAKEN
        self._move(booking, "confirmed" if self.instant else "requested")
        return OK

    def pass_(self, name: str) -> str:
        """The place is kept once."""
        booking = self.bookings[name]
        if booking.state != "offered":
            return STEP
        self._end(name, booking, "withdrawn" if booking.passes else "waitlisted")
        booking.passes += 1
        booking.passed_at = self.moves
        return OK

"""The queue (T21): first come, first served; a turn is a hold with a clock; who does not fit is skipped."""

from dataclasses import dataclass
from statistics import median

from tests.proofs.model.calendar import Calendar
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
        if not self.turns_away(who, start, end, units):
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

    def forecast(self, booking: Booking) -> float | None:
        """When it is likely to be free for whoever waits: as others end, and as loans of this thing really end.

        For all of the time and for everybody before, too. Without a past, or where it is not for others to give
        back so much, nobody knows.
        """
        delays = [
            one.back - one.end for one in self.bookings.values() if one.fulfilled and one.back is not None
        ]
        before = self._beside(booking.start, booking.end)[: self.position(booking) - 1]
        needed = booking.units + sum(one.units for one in before)
        rows = dict(self.rows)
        for name in self._in_the_way(booking):
            del rows[name]
            left = Calendar(units=self.units, gap=self.gap, rows=rows, closures=self.closures)
            if delays and left.free(booking.start, booking.end) >= needed:
                return max(self.now, self.bookings[name].end + median(delays))
        return None

    def _in_the_way(self, booking: Booking) -> list[str]:
        """Who holds units then, or should have brought them back, in the order in which they end; turns aside."""
        found = [
            name
            for name, one in self.bookings.items()
            if one.holds and one.state != "offered"
            if one.overlaps(booking.start, booking.end) or (one.out and one.end <= self.now)
        ]
        return sorted(found, key=lambda name: self.bookings[name].end)

    def look_at_queue(self) -> None:
        """Ask whoever fits now, in order, if units may have become free."""
        if not self.called:
            return
        self.called = False
        waiting = {name: one for name, one in self.bookings.items() if one.state == "waitlisted"}
        fitting = [name for name, one in waiting.items() if self.fits(one)]
        for name in fitting:
            one = waiting[name]
            if not self.refuses(one.start, one.end, one.units):
                self._move(one, "offered")
                self._take(name, one, one.start, one.end, one.units, calls=False)

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
        booking.passes = 1
        booking.passed_at = self.moves
        return OK

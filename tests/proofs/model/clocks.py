"""What happens when nobody does anything (T5, T20)."""

from dataclasses import dataclass

from tests.proofs.model.queue import Queue
from tests.proofs.model.words import (
    CASES,
    MARGIN,
    UNTIL_BACK,
    UNTIL_CLOSED,
    UNTIL_DONE,
    UNTIL_MISSED,
    UNTIL_SETTLED,
    Booking,
)


@dataclass(kw_only=True)
class Clocks(Queue):
    """Deadlines strike, and what is late keeps its units."""

    def turn(self, hours: int) -> None:
        self.now += hours
        for name, booking in self.bookings.items():
            if booking.change and not self.open_change(booking):
                booking.change = None
            self._strike(name, booking)
            self._keep_late(name, booking)

    def _keep_late(self, name: str, booking: Booking) -> None:
        out = booking.state in {"handed_over", "return_reported", *CASES} and booking.out > 0
        if out and booking.holds and self.now >= booking.end:
            row = self.rows[name]
            until = max(row.end, self.now + MARGIN)
            self._take(name, booking, row.start, until, row.units, calls=False)

    def _strike(self, name: str, booking: Booking) -> None:
        if self._lapsed(booking):
            self._end(name, booking, "expired")
            return
        match booking.state:
            case "confirmed" | "ready" if self.now >= booking.end + UNTIL_CLOSED:
                self._end(name, booking, "completed")
            case "handed_over" if self.now >= booking.end + UNTIL_MISSED:
                self._move(booking, "unresolved")
            case "return_reported" if self.now >= booking.since + UNTIL_BACK:
                booking.out = 0
                self._end(name, booking, "returned")
            case "returned" if self.now >= booking.since + UNTIL_DONE:
                self._move(booking, "completed")
            case "unresolved" if self.now >= booking.since + UNTIL_SETTLED and booking.out:
                self._lose(name, booking)
                self._settle(name, booking)
            case "unresolved" | "lost" if self.now >= booking.since + UNTIL_SETTLED:
                self._settle(name, booking)

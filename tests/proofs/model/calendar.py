"""What there is, what is used, what is left (T2 to T4, T10, T11), hour by hour."""

from dataclasses import dataclass, field

from tests.proofs.model.words import CONFLICTS, OK, Booking, Closure, Row


@dataclass(kw_only=True)
class Calendar:
    """One listing, and the hour it is.

    `moves` counts how often the calendar has changed, `called` says that units may have become free since somebody
    looked at the queue.
    """

    units: int
    gap: int
    now: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    closures: dict[str, Closure] = field(default_factory=dict)
    moves: int = 0
    called: bool = False

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

    def refuses(self, start: int, end: int, units: int) -> bool:
        """Whether an ask for this is refused."""
        return start < self.now or self.closed(start, end) or self.free(start, end) < units

    # What the provider changes

    def close(self, name: str, spans: list[tuple[int, int]], units: int | None, *, acknowledged: bool) -> str:
        if self.in_the_way(spans, units) and not acknowledged:
            return CONFLICTS
        self.closures[name] = Closure(spans, units)
        self._moved()
        return OK

    def in_the_way(self, spans: list[tuple[int, int]], units: int | None) -> set[str]:
        """Whoever holds units in an hour of such a closure in which they would be too few."""
        closures = {**self.closures, "new": Closure(spans, units)}
        closed = Calendar(units=self.units, gap=0, rows=self.rows, closures=closures)
        return {
            name
            for name, row in self.rows.items()
            for start, end in spans
            for hour in range(max(start, row.start, self.now), min(end, row.end))
            if closed.used(hour) > closed.there(hour)
        }

    def open_again(self, name: str) -> None:
        del self.closures[name]
        self._moved()

    def change_units(self, units: int) -> None:
        moved = units != self.units
        self.units, self.called = units, True
        if moved:
            self._moved()

    # What is held for somebody

    def _take(
        self, name: str, booking: Booking, start: int, end: int, units: int, *, calls: bool = True
    ) -> None:
        booking.holds = True
        if self.rows.get(name) != Row(start, end, units):
            self.rows[name] = Row(start, end, units)
            self._moved(calls=calls)

    def _free(self, name: str, booking: Booking) -> None:
        """What was in use was in use until now; what was never handed over never was."""
        if not booking.holds:
            return
        booking.holds = False
        row = self.rows[name]
        if not booking.handed or self.now <= row.start:
            del self.rows[name]
        elif self.now < row.end:
            row.end = self.now
        else:
            return
        self._moved()

    def _moved(self, *, calls: bool = True) -> None:
        """Units may have become free, unless it is known that they were taken: then nobody who waits is called."""
        self.moves += 1
        self.called = self.called or calls

"""What the provider changes about the listing, and the clock."""

from random import Random
from uuid import UUID

from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import ClosureCreate, ListingEdit
from tests.proofs.histories.history import Move
from tests.proofs.histories.series import Series
from tests.proofs.histories.world import at
from tests.proofs.model.words import DAY, HOLDING

LAST_HOUR = 100 * DAY
"""Until then a day has 24 hours."""


class Provider(Series):
    """Closures, the number of units, and time."""

    closure_ids: dict[str, UUID]

    def chances(self) -> list[Move]:
        moves = [
            *super().chances(),
            *[self.close] * 2,
            self.change_the_number_of_units,
            *[self.turn_the_clock] * 2,
        ]
        if self._with_a_time():
            moves += [self.turn_the_clock_to_when_something_begins_or_ends] * 2
        if self.model.closures.keys() - {"lost"}:
            moves += [self.open_again] * 2
        return moves

    def close(self, draw: Random) -> None:
        start, hours = self.model.now + draw.randint(-10, 40), draw.randint(1, 20)
        if self.ids and draw.random() < 0.7:
            start = self.model.bookings[draw.choice(list(self.ids))].start + draw.randint(-2, 2)
        units, days = draw.choice([None, 1, 2, 3]), draw.randint(1, 3)
        acknowledged = draw.random() < 0.5
        spans = [(start + DAY * day, start + DAY * day + hours) for day in range(days)]
        command = ClosureCreate(
            starts_at=at(start),
            ends_at=at(start + hours),
            units=units,
            recurrence=f"FREQ=DAILY;COUNT={days}" if days > 1 else None,
            acknowledge_conflicts=acknowledged,
        )
        name = f"closure {len(self.closure_ids)}"
        in_the_way = self.model.in_the_way(spans, units)
        expected = self.model.close(name, spans, units, acknowledged=acknowledged)
        refused = self.refusal_of(
            lambda work: self.closure_ids.update({name: self._close(work, command)}), "ben"
        )
        self.ended("close", refused, expected)
        if refused:
            told = {UUID(conflict["booking_id"]) for conflict in refused.members["conflicts"]}
            assert told == {self.ids[one] for one in in_the_way}

    def _close(self, work: UnitOfWork, command: ClosureCreate) -> UUID:
        return listings.close_for(work, self.listing_id, command).id

    def open_again(self, draw: Random) -> None:
        name = draw.choice(sorted(self.model.closures.keys() - {"lost"}))
        self.model.open_again(name)
        with self.world.instance.transactions.writing(self.world.actors["ben"]) as work:
            listings.open_again(work, self.listing_id, self.closure_ids[name])

    def change_the_number_of_units(self, draw: Random) -> None:
        units = draw.randint(1, 5)
        self.model.change_units(units)
        with self.world.instance.transactions.writing(self.world.actors["ben"]) as work:
            listings.edit(work, self.listing_id, ListingEdit(units=units), seen=None)

    def turn_the_clock(self, draw: Random) -> None:
        self._turn(draw, draw.choice([*range(1, 13), DAY, 2 * DAY, 7 * DAY]))

    def _with_a_time(self) -> list[str]:
        return self.likely(HOLDING | {"requested", "countered", "waitlisted", "offered"})

    def turn_the_clock_to_when_something_begins_or_ends(self, draw: Random) -> None:
        one = self.model.bookings[draw.choice(self._with_a_time())]
        lapses_at = self.model.lapses_at(one) or one.end
        change = one.change.since + 2 * DAY if one.change else lapses_at
        then = draw.choice([one.start, one.end, lapses_at, change]) + draw.randint(-1, 1)
        if then > self.model.now:
            self._turn(draw, then - self.model.now)

    def _turn(self, draw: Random, hours: int) -> None:
        if self.model.now + hours > LAST_HOUR:
            return
        self.model.turn(hours)
        self.world.turn_to(self.model.now)
        if draw.random() < 0.5:
            self.look_at_every_queue()

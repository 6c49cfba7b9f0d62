"""Waiting, and what is said to a turn."""

from random import Random

from app.bookings import service as bookings
from app.bookings.schemas import QueueJoin
from app.kernel.unit_of_work import UnitOfWork
from tests.proofs.histories.changes import Changes
from tests.proofs.histories.history import Move
from tests.proofs.histories.world import BORROWERS, at


class Queue(Changes):
    """The queue."""

    def chances(self) -> list[Move]:
        moves = super().chances()
        if self.model.rows:
            moves += [self.join] * 5
        if self.likely({"offered"}):
            moves += [self.answer_a_turn] * 5
        if self._next():
            moves += [self.ask_for_what_somebody_waits_for] * 5
        return moves

    def join(self, draw: Random) -> None:
        """For a time that somebody has, which may be free by now."""
        row = self.model.rows[draw.choice(list(self.model.rows))]
        start = max(self.model.now + draw.choice([0, 1, 2, -1]), row.start + draw.randint(-3, 3))
        end = max(start + 1, row.end + draw.randint(-3, 3))
        who, units, name = draw.choice(BORROWERS), draw.choice([1, 1, 2, 3]), self.asked_for()
        expected = self.model.join_queue(name, who, start, end, units)
        ask = QueueJoin(starts_at=at(start), ends_at=at(end), units=units)
        refused = self.refusal_of(lambda work: self._join(work, name, ask), who)
        self.ended("join-queue", refused, expected)

    def _join(self, work: UnitOfWork, name: str, ask: QueueJoin) -> None:
        self.ids[name] = bookings.join_queue(work, self.listing_id, ask).id

    def _next(self) -> list[str]:
        """Whose turn it is, though nobody has looked yet."""
        return [name for name in self.likely({"waitlisted"}) if self.model.fits(self.model.bookings[name])]

    def ask_for_what_somebody_waits_for(self, draw: Random) -> None:
        """At the very moment when it is free."""
        one = self.model.bookings[draw.choice(self._next())]
        self._ask(draw.choice(BORROWERS), one.start, one.end - one.start, draw.randint(1, 2))
        self.done["ask-before-a-turn"] += 1

    def answer_a_turn(self, draw: Random) -> None:
        name = draw.choice(self.likely({"offered"}))
        self.do(draw, name, draw.choice(["take", "take", "pass", "pass", "withdraw"]))

    def look_at_queue(self) -> None:
        """Whoever was called for is asked."""
        offered = len(self.likely({"offered"}))
        self.model.look_at_queue()
        self.world.run_turns()
        self.done["offer-turn"] += len(self.likely({"offered"})) - offered

    def look_at_every_queue(self) -> None:
        """In case that a call got lost."""
        self.model.called = True
        self.model.look_at_queue()
        bookings.sweep_queues(self.world.instance.transactions)
        self.world.run_turns()

    def places_are_those_of_the_model(self) -> None:
        for name in self.likely({"waitlisted", "offered"}):
            one = self.model.bookings[name]
            with self.world.instance.transactions.reading(self.world.actors[one.who]) as reading:
                told = bookings.get(reading, self.ids[name]).queue
            assert told is not None
            forecast = self.model.forecast(one) if one.state == "waitlisted" else None
            assert told.position == self.model.position(one)
            assert told.forecast_at == (None if forecast is None else at(forecast))
            self.done["forecast"] += forecast is not None

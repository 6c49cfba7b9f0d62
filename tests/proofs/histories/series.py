"""Asking for several dates at once, and moving them together."""

from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from app.bookings import service as bookings
from app.bookings.schemas import BookingCreate, SeriesCancel, SeriesRead, Step
from app.kernel.unit_of_work import UnitOfWork
from tests.proofs.histories.history import Move
from tests.proofs.histories.queue import Queue
from tests.proofs.histories.world import BORROWERS, at
from tests.proofs.model.words import ASKED, BORROWER, PROVIDER

ZONE = ZoneInfo("Europe/Berlin")
ALIKE = {"language": "en"}


class Series(Queue):
    """Series."""

    series_ids: dict[str, UUID]

    def chances(self) -> list[Move]:
        moves = [*super().chances(), self.ask_for_a_series]
        waiting = {name for name, one in self.model.bookings.items() if one.state in ASKED}
        if any(date.booking in waiting for one in self.model.series.values() for date in one.dates):
            moves += [self.answer_a_series] * 2
        if self.model.series:
            moves += [self.retry_a_series, self.cancel_a_series]
        return moves

    def ask_for_a_series(self, draw: Random) -> None:
        """Daily, a few times, now and then from a time on that has passed."""
        start, hours = self.model.now + draw.randint(-2, 30), draw.randint(1, 20)
        days, units, who = draw.randint(2, 4), draw.randint(1, 2), draw.choice(BORROWERS)
        name = f"series {len(self.series_ids)}"
        expected = self.model.request_series(name, who, start, start + hours, units, days=days)
        ask = BookingCreate(
            listing_id=self.listing_id,
            starts_at=at(start),
            ends_at=at(start + hours),
            units=units,
            recurrence=f"FREQ=DAILY;COUNT={days}",
        )

        def request(work: UnitOfWork) -> None:
            self._known(name, bookings.request(work, ask).series)

        self.ended("request-series", self.refusal_of(request, who), expected)

    def _known(self, name: str, told: SeriesRead | None) -> None:
        """What the dates are called, and that they ended as the model says."""
        assert told is not None
        self.series_ids[name] = told.id
        dates = self.model.series[name].dates
        for date, one in zip(dates, told.dates, strict=True):
            assert (date.booking is None) == (one.booking_id is None)
            if date.booking and one.booking_id:
                self.ids[date.booking] = one.booking_id
        assert [one.answer for one in told.dates] == self.model.answers(name)

    def answer_a_series(self, draw: Random) -> None:
        name, by = self._one_and_who(draw, PROVIDER)
        series_id = self.series_ids[name]
        if draw.random() < 0.7:
            expected = self.model.accept_series(name, by)
            self._move(
                name,
                "accept",
                by,
                expected,
                lambda work: bookings.accept_series(work, series_id, Step(), **ALIKE),
            )
        else:
            expected = self.model.decline_series(name, by)
            self._move(
                name,
                "decline",
                by,
                expected,
                lambda work: bookings.decline_series(work, series_id, Step(), **ALIKE),
            )

    def retry_a_series(self, draw: Random) -> None:
        name, by = self._one_and_who(draw, BORROWER)
        expected = self.model.retry_series(name, by)
        series_id = self.series_ids[name]
        self._move(name, "retry", by, expected, lambda work: bookings.retry_series(work, series_id, **ALIKE))

    def cancel_a_series(self, draw: Random) -> None:
        """All of it, or from a date on."""
        name, by = draw.choice(list(self.series_ids)), draw.choice([BORROWER, PROVIDER])
        dates, series_id = self.model.series[name].dates, self.series_ids[name]
        first = draw.randrange(len(dates))
        day = at(dates[first].start).astimezone(ZONE).date()
        said = SeriesCancel(from_date=day if first else None, reason="because")
        expected = self.model.cancel_series(name, by, first)
        self._move(
            name, "cancel", by, expected, lambda work: bookings.cancel_series(work, series_id, said, **ALIKE)
        )

    def _one_and_who(self, draw: Random, mostly: str) -> tuple[str, str]:
        by = mostly if draw.random() < 0.9 else draw.choice([BORROWER, PROVIDER])
        return draw.choice(list(self.series_ids)), by

    def _move(self, name, action, by, expected, do) -> None:
        who = "ben" if by == PROVIDER else self.model.series[name].who
        refused = self.refusal_of(lambda work: self._known(name, do(work)), who)
        self.ended(f"{action}-series", refused, expected)

    def dates_are_answered_as_the_model_says(self) -> None:
        for name, series_id in self.series_ids.items():
            with self.world.instance.transactions.reading(self.world.actors["ben"]) as reading:
                self._known(name, bookings.read_series(reading, series_id, **ALIKE))

"""Series (T15): several dates in one ask, each answered by itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.proofs.model.clocks import Clocks
from tests.proofs.model.words import (
    ASKED,
    BORROWER,
    DAY,
    ENDED,
    NOT_ALLOWED,
    NOT_BOOKABLE,
    OK,
    STEP,
    Date,
    Repeated,
)

FAILED = {"clash", "closed", "refused"}


@dataclass(kw_only=True)
class Series(Clocks):
    """The bookings of a series are called after it and the number of their date."""

    series: dict[str, Repeated] = field(default_factory=dict)

    def request_series(self, name: str, who: str, start: int, end: int, units: int, *, days: int) -> str:
        dates = [Date(start + DAY * day, end + DAY * day) for day in range(days)]
        asked = Repeated(who, units, dates)
        if not self._try(name, asked, dates):
            return NOT_BOOKABLE
        self.series[name] = asked
        return OK

    def _try(self, name: str, asked: Repeated, dates: list[Date]) -> bool:
        """Ask for each in turn; whether any could be had. Where none could nothing is remembered."""
        answers = [self._answer(date, asked) for date in dates]
        if set(answers) <= FAILED:
            return False
        for date in dates:
            date.answer = self._answer(date, asked)
            called = f"{name}, date {asked.dates.index(date)}"
            if self.request(called, asked.who, date.start, date.end, asked.units) == OK:
                date.booking = called
        return True

    def _answer(self, date: Date, asked: Repeated) -> str:
        if not self.turns_away(asked.who, date.start, date.end, asked.units):
            return "had"
        if date.start < self.now:
            return "refused"
        return "closed" if self.closed(date.start, date.end) else "clash"

    def answers(self, name: str) -> list[str]:
        """What became of each date by now."""
        return [self._told(date) for date in self.series[name].dates]

    def _told(self, date: Date) -> str:
        if date.booking is None:
            return date.answer
        state = self.bookings[date.booking].state
        if state in {"declined", "withdrawn", "expired", "cancelled"}:
            return "refused" if state == "declined" else "cancelled"
        return "requested" if state in ASKED else "confirmed"

    def retry_series(self, name: str, by: str) -> str:
        asked = self.series[name]
        if by != BORROWER:
            return NOT_ALLOWED
        left = [
            date
            for date in asked.dates
            if not date.booking and date.answer in FAILED and date.start > self.now
        ]
        if not left:
            return STEP
        return OK if self._try(name, asked, left) else NOT_BOOKABLE

    def accept_series(self, name: str, by: str) -> str:
        """What waits for an answer and can still be kept is promised."""
        return NOT_ALLOWED if by == BORROWER else self._follow(name, 0, ASKED, [self.accept])

    def decline_series(self, name: str, by: str) -> str:
        return NOT_ALLOWED if by == BORROWER else self._follow(name, 0, ASKED, [self.decline])

    def cancel_series(self, name: str, by: str, first: int) -> str:
        """From this date on what still can be is called off, and what had failed is given up."""
        given_up = [
            date for date in self.series[name].dates[first:] if not date.booking and date.answer in FAILED
        ]
        for date in given_up:
            date.answer = "cancelled"
        ends = self.withdraw if by == BORROWER else self.decline
        followed = self._follow(name, first, set(), [ends, self.cancel])
        return OK if given_up else followed

    def _follow(self, name: str, first: int, states: set[str], steps: list[Callable[[str], str]]) -> str:
        """Take the first of these steps that is possible on each date; STEP when none of them could follow."""
        followed = False
        for date in self.series[name].dates[first:]:
            state = self.bookings[date.booking].state if date.booking else "completed"
            if state not in ENDED and (not states or state in states):
                followed |= any(step(date.booking) == OK for step in steps)
        return OK if followed else STEP

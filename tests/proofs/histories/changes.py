"""Proposing another end, another time or fewer units for a promise, and answering that."""

from random import Random

from tests.proofs.histories.history import Move
from tests.proofs.histories.loans import Loans
from tests.proofs.histories.world import at
from tests.proofs.model.words import BORROWER, CHANGEABLE, PROVIDER


class Changes(Loans):
    """Amendments."""

    def chances(self) -> list[Move]:
        moves = super().chances()
        if self.likely(CHANGEABLE):
            moves += [self.propose] * 3
        if self._proposed():
            moves += [self.answer_a_proposal] * 4
        return moves

    def _proposed(self) -> list[str]:
        return [name for name, one in self.model.bookings.items() if one.change]

    def propose(self, draw: Random) -> None:
        """A longer or shorter loan, a shift, fewer units; now and then what cannot be."""
        name = draw.choice(
            self.likely(CHANGEABLE if draw.random() < 0.95 else PROMISED_OR_ENDED) or list(self.ids)
        )
        booking, by = self.model.bookings[name], draw.choice([BORROWER, PROVIDER])
        begun = booking.state == "handed_over" and draw.random() < 0.9
        start, end, units = booking.start, booking.end, booking.units
        match "end" if begun else draw.choice(["end", "shift", "units", "any"]):
            case "end":
                end = max(booking.end, self.model.now - 1) + draw.randint(-6, 30)
            case "shift":
                by_hours = draw.randint(-20, 40)
                start, end = start + by_hours, end + by_hours
            case "units":
                units = max(1, units + draw.choice([-1, -1, -1, 1]))
            case _:
                start, end = start + draw.randint(-5, 5), end + draw.randint(-5, 20)
                units = draw.randint(1, units)
        end = max(start + 1, end)
        expected = self.model.propose_change(name, by, start, end, units)
        said = {"starts_at": at(start), "ends_at": at(end), "units": units}
        self.act(name, "propose-change", self.side(name, by), expected, **said)

    def answer_a_proposal(self, draw: Random) -> None:
        """Mostly the other side's yes."""
        name = draw.choice(self._proposed())
        proposer = self.model.bookings[name].change.by
        other = BORROWER if proposer == PROVIDER else PROVIDER
        by = draw.choice([other, other, other, other, proposer])
        if draw.random() < 0.8:
            self.act(name, "accept-change", self.side(name, by), self.model.accept_change(name, by))
        else:
            self.act(name, "decline-change", self.side(name, by), self.model.decline_change(name, by))


PROMISED_OR_ENDED = {"requested", "countered", "return_reported", "returned", "unresolved", "completed"}

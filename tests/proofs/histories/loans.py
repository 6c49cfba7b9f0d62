"""Handing over, taking back, cases; and anything with anything."""

from random import Random

from tests.proofs.histories.asking import Asking
from tests.proofs.histories.history import Move
from tests.proofs.model.words import ASKED, BORROWER, CASES, NOT_BEGUN, PROMISED, PROVIDER, QUEUED

STATES_OF = {
    "accept": {"requested"},
    "accept-counter": {"countered"},
    "counter": ASKED,
    "decline": ASKED,
    "withdraw": ASKED | QUEUED,
    "take": {"offered"},
    "pass": {"offered"},
    "cancel": NOT_BEGUN,
    "make-ready": {"confirmed"},
    "hand-over": NOT_BEGUN,
    "report-return": {"handed_over"},
    "take-back": {"handed_over", "return_reported"},
    "complete": {"returned"},
    "not-collected": NOT_BEGUN,
    "did-not-happen": NOT_BEGUN,
    "raise-case": PROMISED | {"completed"},
    "mark-lost": {"handed_over", "return_reported", "unresolved"},
    "settle": CASES,
}
"""Where an action has a chance. Actions are tried elsewhere, too, but less often."""

_OF_THE_BORROWER = {"accept-counter", "withdraw", "report-return", "complete", "take", "pass"}
_OUT = ("handed_over", "return_reported")


class Loans(Asking):
    """What happens between a promise and its end."""

    def chances(self) -> list[Move]:
        moves = super().chances()
        if self.ids:
            moves += [self.do_anything] * 2
        if self.likely(NOT_BEGUN):
            moves += [self.begin] * 4
        if self.likely(_OUT):
            moves += [self.bring_back] * 3
        return moves

    def begin(self, draw: Random) -> None:
        actions = ["hand-over", "hand-over", "hand-over", "cancel", "make-ready", "not-collected"]
        self.do(draw, draw.choice(self.likely(NOT_BEGUN)), draw.choice(actions))

    def bring_back(self, draw: Random) -> None:
        actions = ["take-back", "take-back", "take-back", "report-return", "mark-lost"]
        self.do(draw, draw.choice(self.likely(_OUT)), draw.choice(actions))

    def do_anything(self, draw: Random) -> None:
        """Anything with anything; mostly what has a chance."""
        actions = sorted(STATES_OF)
        for state in {one.state for one in self.model.bookings.values()}:
            actions += 3 * [action for action, states in sorted(STATES_OF.items()) if state in states]
        action = draw.choice(sorted(actions))
        self.do(draw, draw.choice(self.likely(STATES_OF[action]) or list(self.ids)), action)

    def do(self, draw: Random, name: str, action: str) -> None:
        """Take this step, whether it is possible or not."""
        if action == "counter":
            self.offer_other_terms(draw, name)
            return
        booking = self.model.bookings[name]
        who = self.side(name, BORROWER if action in _OF_THE_BORROWER else PROVIDER)
        if action in {"hand-over", "take-back"}:
            most = booking.units if action == "hand-over" else max(1, booking.out)
            units = draw.randint(1, most)
            expected = (self.model.hand_over if action == "hand-over" else self.model.take_back)(name, units)
            self.act(name, action, who, expected, units=units)
            return
        rules = {
            "not-collected": "nothing_came_of_it",
            "did-not-happen": "nothing_came_of_it",
            "pass": "pass_",
        }
        expected = getattr(self.model, rules.get(action, action.replace("-", "_")))(name)
        self.act(name, action, "moderator" if action == "settle" else who, expected)

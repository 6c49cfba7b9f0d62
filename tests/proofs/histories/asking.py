"""Asking over HTTP, with keys, and answering."""

from random import Random
from typing import Any
from uuid import UUID

from sqlmodel import select

from app.kernel.ids import new_id
from app.listings.tables import Listing
from tests.proofs.histories.history import History, Move
from tests.proofs.histories.world import BORROWERS, at
from tests.proofs.model.words import ASKED, BORROWER, OK, PROVIDER


class Asking(History):
    """Requests and counter-offers."""

    asked: list[tuple[dict[str, str], dict[str, Any], bytes]]

    def chances(self) -> list[Move]:
        moves = [*super().chances(), *[self.ask] * 4]
        if self.ids:
            moves += [*[self.ask_around_somebody] * 4, self.ask_again_with_the_same_key]
        if self.likely(ASKED):
            moves += [*[self.answer] * 4, *[self.counter] * 3]
        return moves

    def ask(self, draw: Random) -> None:
        start = self.model.now + draw.randint(0, 60)
        self._ask(draw.choice(BORROWERS), start, draw.randint(1, 30), draw.randint(1, 2))

    def ask_around_somebody(self, draw: Random) -> None:
        start, hours = self.around_somebody(draw)
        self._ask(draw.choice(BORROWERS), start, hours, draw.randint(1, 2))

    def around_somebody(self, draw: Random) -> tuple[int, int]:
        """The time of somebody, one that overlaps it, or one that begins as it ends."""
        other = self.model.bookings[draw.choice(list(self.ids))]
        start = max(self.model.now, draw.choice([other.start, other.end]) + draw.randint(-3, 3))
        return start, draw.choice([1, 4, max(1, other.end - start)])

    def _ask(self, who: str, start: int, hours: int, units: int) -> None:
        free = self.model.left_for(who, start, start + hours, units)
        headers = self.world.people[who].headers
        self.quote(who, start, start + hours, units)
        body = {
            "listing_id": str(self.listing_id),
            "starts_at": at(start).isoformat(),
            "ends_at": at(start + hours).isoformat(),
            "units": units,
        }
        headers |= {"Idempotency-Key": str(new_id())}

        answer = self.world.client.post("/api/v1/bookings", json=body, headers=headers)

        name = self.asked_for()
        expected = self.model.request(name, who, start, start + hours, units)
        if expected == OK:
            assert answer.status_code == 201, answer.text
            self.ids[name] = UUID(answer.json()["id"])
            self.asked.append((headers, body, answer.content))
        else:
            assert (answer.json()["code"], answer.json()["free_units"]) == (expected, free)
            assert answer.json()["calendar_version"] == self.calendar_version()

    def quote(self, who: str, start: int, end: int, units: int) -> None:
        """The quote says what the request is about to say."""
        address = f"/api/v1/listings/{self.listing_id}/quote"
        body = {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat(), "units": units}
        said = self.world.client.post(address, json=body, headers=self.world.people[who].headers).json()
        assert said["bookable"] == (not self.model.turns_away(who, start, end, units))
        assert said["free_units"] == self.model.left_for(who, start, end, units)

    def ask_again_with_the_same_key(self, draw: Random) -> None:
        if not self.asked:
            return
        headers, body, content = draw.choice(self.asked)
        answer = self.world.client.post("/api/v1/bookings", json=body, headers=headers)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true")
        assert answer.content == content

    def calendar_version(self) -> int:
        with self.world.instance.database.reading() as session:
            return session.exec(select(Listing.calendar_version).where(Listing.id == self.listing_id)).one()

    def answer(self, draw: Random) -> None:
        name = draw.choice(self.likely(ASKED))
        yes = "accept" if self.model.bookings[name].state == "requested" else "accept-counter"
        self.say(name, draw.choice([yes, yes, yes, "decline", "withdraw"]))

    def say(self, name: str, action: str) -> None:
        """What the side whose step it is can say in a word."""
        side = PROVIDER if action in {"accept", "decline"} else BORROWER
        self.act(name, action, self.side(name, side), getattr(self.model, action.replace("-", "_"))(name))

    def counter(self, draw: Random) -> None:
        self.offer_other_terms(draw, draw.choice(self.likely(ASKED)))

    def offer_other_terms(self, draw: Random, name: str) -> None:
        """Mostly by the side whose turn it is, to any other time and number."""
        booking = self.model.bookings[name]
        turn = BORROWER if booking.state == "countered" else PROVIDER
        by = turn if draw.random() < 0.9 else draw.choice([BORROWER, PROVIDER])
        start = booking.start + draw.choice([0, 0, draw.randint(-12, 12)])
        end = max(start + 1, booking.end + draw.choice([0, 0, draw.randint(-12, 24)]))
        units = draw.choice([booking.units, draw.randint(1, 3)])
        expected = self.model.counter(name, by, start, end, units)
        said = {"starts_at": at(start), "ends_at": at(end), "units": units}
        self.act(name, "counter", self.side(name, by), expected, **said)

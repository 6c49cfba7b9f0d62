"""S2: any history of one listing, against a model that shares no code with the application, on both databases.

After each step the answer, the states, what is held, the stored segments, the calendar that people read, the witness
and the log must all be what the model says. Time is frozen, and turned by whole hours.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, select

from app.bookings import service as bookings
from app.bookings.schemas import Said
from app.bookings.tables import Booking, BookingEvent
from app.kernel.event_log import LoggedEvent
from app.kernel.ids import new_id
from app.kernel.problems import Problem
from app.kernel.unit_of_work import UnitOfWork
from app.listings import service as listings
from app.listings.schemas import ClosureCreate, ListingEdit
from app.listings.tables import Listing, Occupancy, UseSegment
from app.wiring import Instance
from tests.conftest import MONDAY
from tests.factories.bookings import Street
from tests.factories.listings import offer
from tests.proofs import model as law
from tests.proofs.model import OK, Model

HOUR = timedelta(hours=1)
FORMS = [
    pytest.param(20, 25, id="short"),
    pytest.param(500, 50, id="long", marks=pytest.mark.long),
]


class FrozenClock:
    """Time stands still until somebody turns it."""

    def __init__(self) -> None:
        self.moment = MONDAY

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


def at(hour: int) -> datetime:
    return MONDAY + hour * HOUR


def hour_of(moment: datetime) -> int:
    return round((moment - MONDAY) / HOUR)


class World:
    """An instance with a provider, a borrower and a moderator; every history begins with an empty calendar."""

    def __init__(self, instance: Instance, street: Street, clock: FrozenClock) -> None:
        self.instance, self.street, self.clock = instance, street, clock
        people = {"anna": street.anna, "ben": street.ben, "moderator": street.moderator}
        self.actors = {name: one.actor_in(instance) for name, one in people.items()}
        self._lasting = set(self._filled())

    def begin(self, **settings: Any) -> UUID:
        """A new listing at the beginning of time, and nothing left of the history before."""
        self.clock.moment = MONDAY
        with self.instance.database.writing() as session:
            for table in self._filled(session.connection()):
                if table not in self._lasting:
                    session.connection().execute(text(f"DELETE FROM {table}"))
        return offer(self.instance, self.street.ben, **settings).id

    def _filled(self, connection: Connection | None = None) -> list[str]:
        """The tables with rows, those that refer to others first."""
        if connection is None:
            with self.instance.database.reading() as session:
                return self._filled(session.connection())
        tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
        return [name for name in tables if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()]


@pytest.fixture
def world(instance: Instance, street: Street, clock: FrozenClock) -> World:
    return World(instance, street, clock)


STATES_OF = {
    "accept": {"requested"},
    "decline": {"requested"},
    "withdraw": {"requested"},
    "cancel": {"confirmed", "ready"},
    "make-ready": {"confirmed"},
    "hand-over": {"confirmed", "ready"},
    "report-return": {"handed_over"},
    "take-back": {"handed_over", "return_reported"},
    "complete": {"returned"},
    "not-collected": {"confirmed", "ready"},
    "did-not-happen": {"confirmed", "ready"},
    "raise-case": law.PROMISED | {"completed"},
    "mark-lost": {"handed_over", "return_reported", "unresolved"},
    "settle": law.CASES,
}
"""Where an action has a chance. Actions are tried elsewhere, too, but less often."""

ACTORS = {
    "withdraw": "anna",
    "report-return": "anna",
    "complete": "anna",
    "settle": "moderator",
}
"""Who takes it; Ben, the provider, takes all others."""


class Histories(RuleBasedStateMachine):
    """What people, the provider and the clock may do to one listing, in any order."""

    world: World

    @initialize(
        units=st.integers(1, 5),
        gaps=st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 2), (2, 1)]),
        instant=st.sampled_from([False, False, True]),
        request_holds=st.booleans(),
        answer_hours=st.sampled_from([24, 144]),
    )
    def offer(
        self, units: int, gaps: tuple[int, int], instant: bool, request_holds: bool, answer_hours: int
    ) -> None:
        self.listing_id = self.world.begin(
            units=units,
            booking_mode="instant" if instant else "on_request",
            request_holds=request_holds,
            answer_hours=answer_hours,
            limits={"buffer_before_minutes": gaps[0] * 60, "buffer_after_minutes": gaps[1] * 60},
        )
        self.model = Model(units, max(gaps), instant, request_holds, answer_hours)
        self.ids: dict[str, UUID] = {}
        self.closure_ids: dict[str, UUID] = {}
        self.asked: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.witness = 1
        self.steps = 0

    @rule(seed=st.integers(0, 2**32 - 1))
    def step(self, seed: int) -> None:
        """One step of those that make sense now.

        Dice decide, one throw a step: left to itself Hypothesis repeats few rules and few values, and most histories
        would be of a clock alone. It still finds the shortest history that fails.
        """
        self.steps += 1
        draw = Random(f"{seed} {self.steps}")
        moves = [*[self.ask] * 4, self.close, self.change_the_number_of_units, self.turn_the_clock]
        if self.ids:
            moves += (
                [self.ask_around_somebody] * 4 + [self.do_anything] * 2 + [self.ask_again_with_the_same_key]
            )
        if self._likely("requested"):
            moves += [self.answer] * 4
        if self._likely("confirmed", "ready"):
            moves += [self.begin] * 4
        if self._likely("handed_over", "return_reported"):
            moves += [self.bring_back] * 3
        if self._likely(*law.HOLDING, "requested"):
            moves += [self.turn_the_clock_to_when_something_begins_or_ends] * 2
        if self.model.closures.keys() - {"lost"}:
            moves.append(self.open_again)
        move = draw.choice(moves)
        move(draw)

    # Asking

    def ask(self, draw: Random) -> None:
        self._ask(self.model.now + draw.randint(0, 60), draw.randint(1, 30), draw.randint(1, 2))

    def ask_around_somebody(self, draw: Random) -> None:
        """For the same time, for one that overlaps it, or for one that begins as it ends."""
        other = self.model.bookings[draw.choice(list(self.ids))]
        moment = draw.choice([other.start, other.end]) + draw.randint(-3, 3)
        start = max(self.model.now, moment)
        self._ask(start, draw.choice([1, 4, max(1, other.end - start)]), draw.randint(1, 2))

    def _ask(self, start: int, hours: int, units: int) -> None:
        free = self.model.free(start, start + hours)
        self.quote(start, start + hours, units)
        body = {
            "listing_id": str(self.listing_id),
            "starts_at": at(start).isoformat(),
            "ends_at": at(start + hours).isoformat(),
            "units": units,
        }
        headers = self.world.street.anna.headers | {"Idempotency-Key": str(new_id())}

        answer = self.world.street.client.post("/api/v1/bookings", json=body, headers=headers)

        name = f"booking {len(self.ids)}"
        expected = self.model.request(name, start, start + hours, units)
        if expected == OK:
            assert answer.status_code == 201, answer.text
            self.ids[name] = UUID(answer.json()["id"])
            self.asked.append((headers, body, answer.content))
        else:
            assert (answer.json()["code"], answer.json()["free_units"]) == (expected, free)
            assert answer.json()["calendar_version"] == self.calendar_version()

    def quote(self, start: int, end: int, units: int) -> None:
        """The quote says what the request is about to say."""
        address = f"/api/v1/listings/{self.listing_id}/quote"
        body = {"starts_at": at(start).isoformat(), "ends_at": at(end).isoformat(), "units": units}
        said = self.world.street.client.post(
            address, json=body, headers=self.world.street.anna.headers
        ).json()
        assert said["bookable"] == (not self.model.refuses(start, end, units))
        assert said["free_units"] == self.model.free(start, end)

    def ask_again_with_the_same_key(self, draw: Random) -> None:
        if not self.asked:
            return
        headers, body, content = draw.choice(self.asked)
        answer = self.world.street.client.post("/api/v1/bookings", json=body, headers=headers)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true")
        assert answer.content == content

    # Answering, handing over, ending

    def answer(self, draw: Random) -> None:
        self._act(draw, ["accept", "accept", "accept", "decline", "withdraw"], self._likely("requested"))

    def begin(self, draw: Random) -> None:
        actions = ["hand-over", "hand-over", "hand-over", "cancel", "make-ready", "not-collected"]
        self._act(draw, actions, self._likely("confirmed", "ready"))

    def bring_back(self, draw: Random) -> None:
        actions = ["take-back", "take-back", "take-back", "report-return", "mark-lost"]
        self._act(draw, actions, self._likely("handed_over", "return_reported"))

    def do_anything(self, draw: Random) -> None:
        """Anything with anything; mostly what has a chance."""
        actions = sorted(STATES_OF)
        for state in {one.state for one in self.model.bookings.values()}:
            actions += 3 * [action for action, states in sorted(STATES_OF.items()) if state in states]
        action = draw.choice(sorted(actions))
        self._act(draw, [action], self._likely(*STATES_OF[action]) or list(self.ids))

    def _likely(self, *states: str) -> list[str]:
        return [name for name, one in self.model.bookings.items() if one.state in states]

    def _act(self, draw: Random, actions: list[str], names: list[str]) -> None:
        action, name = draw.choice(actions), draw.choice(names)
        booking, said, expect = self.model.bookings[name], Said(), self._expecting(action)
        if action in {"hand-over", "take-back"}:
            most = booking.units if action == "hand-over" else max(1, booking.out)
            units = draw.randint(1, most)
            said = Said(units=units)
            expected = expect(name, units)
        else:
            said = Said(reason="because")
            expected = expect(name)
        note(f"{action} {name} at {self.model.now}: {expected}")
        refused = self._refusal_of(
            lambda work: bookings.act(work, self.ids[name], action, said), ACTORS.get(action, "ben")
        )
        assert (refused.code if refused else OK) == expected

    def _expecting(self, action: str) -> Callable[..., str]:
        nothing = {"not-collected", "did-not-happen"}
        return getattr(self.model, "nothing_came_of_it" if action in nothing else action.replace("-", "_"))

    def _refusal_of(self, do: Callable[[UnitOfWork], object], who: str) -> Problem | None:
        try:
            with self.world.instance.transactions.writing(self.world.actors[who]) as work:
                do(work)
        except Problem as problem:
            return problem
        return None

    # The provider's calendar

    def close(self, draw: Random) -> None:
        start, hours = self.model.now + draw.randint(-10, 40), draw.randint(1, 20)
        if self.ids and draw.random() < 0.7:
            start = self.model.bookings[draw.choice(list(self.ids))].start + draw.randint(-2, 2)
        units, days = draw.choice([None, 1, 2, 3]), draw.randint(1, 3)
        acknowledged = draw.random() < 0.5
        spans = [(start + law.DAY * day, start + law.DAY * day + hours) for day in range(days)]
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
        refused = self._refusal_of(
            lambda work: self.closure_ids.update({name: self._close(work, command)}), "ben"
        )
        assert (refused.code if refused else OK) == expected
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
        units = self.model.units = draw.randint(1, 5)
        with self.world.instance.transactions.writing(self.world.actors["ben"]) as work:
            listings.edit(work, self.listing_id, ListingEdit(units=units), seen=None)

    # The clock

    def turn_the_clock(self, draw: Random) -> None:
        self._turn(draw.choice([*range(1, 13), 24, 48, 7 * 24]))

    def turn_the_clock_to_when_something_begins_or_ends(self, draw: Random) -> None:
        one = self.model.bookings[draw.choice(self._likely(*law.HOLDING, "requested"))]
        then = draw.choice([one.start, one.end, self.model.answer_by(one)]) + draw.randint(-1, 1)
        if then > self.model.now:
            self._turn(then - self.model.now)

    def _turn(self, hours: int) -> None:
        self.model.turn(hours)
        self.world.clock.moment = at(self.model.now)
        for _ in range(10):
            if not bookings.sweep(self.world.instance.transactions):
                return
        raise AssertionError("There is always something due.")

    # What must hold at any time

    @invariant()
    def bookings_stand_where_the_model_says(self) -> None:
        with self.world.instance.database.reading() as session:
            found = {one.id: one for one in session.exec(select(Booking))}
        assert {self.ids[name]: (one.state, one.holds) for name, one in self.model.bookings.items()} == {
            one.id: (one.state, one.holds_units) for one in found.values()
        }
        for name, one in self.model.bookings.items():
            assert found[self.ids[name]].units_out == one.out

    @invariant()
    def units_are_held_as_the_model_says_and_segments_tell_the_same(self) -> None:
        with self.world.instance.database.reading() as session:
            held = {one.holder_id: one for one in session.exec(select(Occupancy))}
            rows = session.exec(select(UseSegment)).all()
        assert {
            self.ids[name]: (row.start, row.end, row.end + self.model.gap, row.units)
            for name, row in self.model.rows.items()
        } == {
            one.holder_id: (hour_of(one.starts_at), hour_of(one.ends_at), hour_of(one.busy_until), one.units)
            for one in held.values()
        }
        told = sorted((hour_of(row.starts_at), hour_of(row.ends_at), row.used) for row in rows)
        assert told == [step for step in self._steps(self.model.used) if step[2]]

    @invariant()
    def the_calendar_that_people_read_is_the_models(self) -> None:
        first, last = self.model.now - 48, self.model.now + 24 * 14
        with self.world.instance.transactions.reading(self.world.actors["anna"]) as reading:
            steps = listings.calendar(reading, self.listing_id, at(first), at(last)).steps
        told = [(hour_of(step.starts_at), hour_of(step.ends_at), step.free_units) for step in steps]

        def free(hour: int) -> int:
            return max(0, self.model.there(hour) - self.model.used(hour))

        assert told == self._steps(free, first, last)

    @invariant()
    def every_step_is_told_once_and_names_a_version_of_its_own(self) -> None:
        with self.world.instance.database.reading() as session:
            steps = session.exec(select(BookingEvent)).all()
            told = session.exec(select(LoggedEvent).where(LoggedEvent.name == "booking.moved")).all()
        mine = {str(booking_id) for booking_id in self.ids.values()}
        moved = [one.payload for one in told if one.payload["booking_id"] in mine]
        assert sorted((str(step.booking_id), step.version, step.state_after) for step in steps) == sorted(
            (one["booking_id"], one["version"], one["state_after"]) for one in moved
        )
        witnesses = [step.calendar_version for step in steps if step.calendar_version is not None]
        assert len(set(witnesses)) == len(witnesses)
        now = self.calendar_version()
        assert max(witnesses, default=1) <= now
        assert self.witness <= now
        self.witness = now

    def calendar_version(self) -> int:
        with self.world.instance.database.reading() as session:
            return session.exec(select(Listing.calendar_version).where(Listing.id == self.listing_id)).one()

    def _steps(self, value: Callable[[int], int], *within: int) -> list[tuple[int, int, int]]:
        """The fewest steps of constant value; between these two hours, or between the first change and the last."""
        hours = {hour for row in self.model.rows.values() for hour in (row.start, row.end + self.model.gap)}
        hours |= {hour for one in self.model.closures.values() for span in one.spans for hour in span}
        if within:
            hours = {hour for hour in hours if within[0] < hour < within[1]} | set(within)
        steps: list[tuple[int, int, int]] = []
        for start, end in pairwise(sorted(hours)):
            units = value(start)
            if steps and steps[-1][1:] == (start, units):
                steps[-1] = (steps[-1][0], end, units)
            else:
                steps.append((start, end, units))
        return steps


@pytest.fixture
def histories(world: World) -> type[Histories]:
    return type("Histories", (Histories,), {"world": world})


@pytest.mark.parametrize(("runs", "steps"), FORMS)
def test_any_history_ends_as_the_model_says(histories: type[Histories], runs: int, steps: int) -> None:
    run_state_machine_as_test(
        histories,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=runs <= 100,  # the same walk for everybody; the long form looks elsewhere each time
            print_blob=True,
            phases=[Phase.generate, Phase.shrink]
            if runs > 100
            else [Phase.generate],  # to shrink takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )

"""S2: any history of one listing, against a model that shares no code with the application, on both databases.

After each step the answer, the states, what is held, the stored segments, the calendar that people read, the queue, the
series, the witness and the log must all be what the model says. Time is frozen, and turned by whole hours.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select as sql
from sqlmodel import select

from app.bookings.tables import Booking, BookingEvent
from app.kernel.event_log import LoggedEvent
from app.listings import service as listings
from app.listings.tables import Occupancy, UseSegment
from app.wiring import Instance
from tests.factories.bookings import Street
from tests.proofs.histories.faults import FAULTS, Plant
from tests.proofs.histories.loans import STATES_OF
from tests.proofs.histories.provider import Provider
from tests.proofs.histories.world import FrozenClock, World, at, hour_of
from tests.proofs.model import Model

FORMS = [
    pytest.param(20, 25, id="short"),
    pytest.param(500, 50, id="long", marks=pytest.mark.long),
]
STEPS = STATES_OF.keys() | {
    *("propose-change", "accept-change", "decline-change", "join-queue", "offer-turn", "close"),
    *("request-series", "accept-series", "decline-series", "retry-series", "cancel-series", "forecast"),
}
"""What must have been possible now and then in any run that is to prove something."""


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def world(instance: Instance, street: Street, clock: FrozenClock) -> World:
    return World(instance, street, clock)


class Histories(Provider, RuleBasedStateMachine):
    """What people, the provider and the clock may do to one listing, in any order."""

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
        self.model = Model(
            units=units,
            gap=max(gaps),
            instant=instant,
            request_holds=request_holds,
            answer_hours=answer_hours,
        )
        self.ids, self.closure_ids, self.series_ids, self.asked = {}, {}, {}, []
        self.witness = 1
        self.steps = 0

    @rule(seed=st.integers(0, 2**32 - 1))
    def step(self, seed: int) -> None:
        """One step of those that make sense now; whoever waits is asked at once, or later.

        Dice decide, one throw a step: left to itself Hypothesis repeats few rules and few values, and most histories
        would be of a clock alone. It still finds the shortest history that fails.
        """
        self.steps += 1
        draw = Random(f"{seed} {self.steps}")
        draw.choice(self.chances())(draw)
        if draw.random() < 0.5:
            self.look_at_queue()
        if draw.random() < 0.2:
            self.places_are_those_of_the_model()
            self.dates_are_answered_as_the_model_says()

    # What must hold at any time

    @invariant()
    def bookings_stand_where_the_model_says(self) -> None:
        columns = (
            *(
                Booking.id,
                Booking.state,
                Booking.holds_units,
                Booking.units,
                Booking.units_out,
                Booking.counters,
            ),
            *(Booking.passes, Booking.starts_at, Booking.ends_at, Booking.expires_at, Booking.change),
        )
        with self.world.instance.database.reading() as session:
            found = {row.id: row for row in session.connection().execute(sql(*columns))}
        assert found.keys() == {self.ids[name] for name in self.model.bookings}
        for name, one in self.model.bookings.items():
            row = found[self.ids[name]]
            assert (row.state, row.holds_units, row.units, row.units_out, row.counters, row.passes) == (
                one.state, one.holds, one.units, one.out, one.counters, one.passes,
            )  # fmt: skip
            assert (row.starts_at, row.ends_at) == (at(one.start), at(one.end))
            lapses_at = self.model.lapses_at(one)
            assert row.expires_at == (None if lapses_at is None else at(lapses_at))
            assert self._told(row.change) == (
                one.change
                and (one.change.by, one.change.since, one.change.start, one.change.end, one.change.units)
            )

    @staticmethod
    def _told(change: dict[str, Any] | None) -> tuple[Any, ...] | None:
        if change is None:
            return None
        since, start, end = (
            hour_of(datetime.fromisoformat(change[name])) for name in ("since", "starts_at", "ends_at")
        )
        return change["by"], since, start, end, change["units"]

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
        columns = (
            *(BookingEvent.booking_id, BookingEvent.version),
            *(BookingEvent.state_after, BookingEvent.calendar_version),
        )
        moves = sql(LoggedEvent.payload).where(LoggedEvent.name == "booking.moved")
        with self.world.instance.database.reading() as session:
            steps = session.connection().execute(sql(*columns)).all()
            told = session.connection().execute(moves).scalars().all()
        mine = {str(booking_id) for booking_id in self.ids.values()}
        moved = [one for one in told if one["booking_id"] in mine]
        assert sorted((str(step.booking_id), step.version, step.state_after) for step in steps) == sorted(
            (one["booking_id"], one["version"], one["state_after"]) for one in moved
        )
        witnesses = [step.calendar_version for step in steps if step.calendar_version is not None]
        assert len(set(witnesses)) == len(witnesses)
        now = self.calendar_version()
        assert max(witnesses, default=1) <= now
        assert self.witness <= now
        self.witness = now

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
    return type("Histories", (Histories,), {"world": world, "done": Counter()})


def run(histories: type[Histories], runs: int, steps: int, **how: Any) -> None:
    usual = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(histories, settings=settings(usual, **how))


@pytest.mark.parametrize(("runs", "steps"), FORMS)
def test_any_history_ends_as_the_model_says(histories: type[Histories], runs: int, steps: int) -> None:
    if runs <= 100:  # the same walk for everybody, and no shrinking, which takes minutes
        run(histories, runs, steps, derandomize=True, phases=[Phase.generate])
        return
    run(histories, runs, steps, phases=[Phase.generate, Phase.shrink])
    assert not {step for step in STEPS if not histories.done[step]}


@pytest.mark.long
@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_the_model_notices_when_this_goes_wrong(
    histories: type[Histories], monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run(histories, 150, 40, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)

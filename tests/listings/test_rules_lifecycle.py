"""The whole life of a listing, every row and every gap of its table."""

from itertools import product

import pytest

from app.listings.rules.kinds import DEFAULTS, BookingMode, Kind, Reach
from app.listings.rules.lifecycle import MOVES, Action, Mover, State, move, open_actions


@pytest.mark.parametrize(("state", "action"), sorted(set(product(State, Action)) - MOVES.keys()))
def test_what_is_not_in_the_table_leads_nowhere(state: State, action: Action) -> None:
    assert move(state, action) is None


@pytest.mark.parametrize("state", sorted(set(State) - {State.CLOSED}))
def test_every_state_but_the_last_can_be_left_by_its_provider(state: State) -> None:
    assert Action.CLOSE in open_actions(state)


def test_closed_is_the_end() -> None:
    assert open_actions(State.CLOSED) == ()


def test_every_state_can_be_reached_from_a_draft() -> None:
    before: set[State] = set()
    reached = {State.DRAFT}
    while reached != before:
        before = set(reached)
        reached |= {row.to for (state, _), row in MOVES.items() if state in before}

    assert reached == set(State)


def test_where_new_listings_are_reviewed_publishing_submits_and_only_staff_approve() -> None:
    submitted = move(State.DRAFT, Action.PUBLISH, reviewed_first=True)
    approved = move(State.IN_REVIEW, Action.APPROVE, reviewed_first=True)

    assert submitted is not None
    assert submitted.to is State.IN_REVIEW
    assert approved is not None
    assert (approved.to, approved.by) == (State.PUBLISHED, Mover.STAFF)
    assert move(State.PAUSED, Action.PUBLISH, reviewed_first=True) == move(State.PAUSED, Action.PUBLISH)


def test_defaults_are_those_of_the_domain() -> None:
    equipment, space, know_how, time = (DEFAULTS[kind] for kind in Kind)

    assert equipment.booking_mode is BookingMode.ON_REQUEST
    assert equipment.request_holds
    assert equipment.answer_hours == 144
    assert equipment.federation is Reach.LISTED
    assert (equipment.limits.min_minutes, equipment.limits.step_minutes) == (15, 15)
    assert (equipment.limits.lead_minutes, equipment.limits.horizon_days) == (0, 180)
    assert [one.limits.max_minutes for one in (equipment, know_how, space, time)] == [20160, 20160, 720, 720]
    assert [one.closed_days_between for one in (equipment, space, know_how, time)] == [
        True,
        False,
        False,
        False,
    ]
    assert not any(one.overnight for one in DEFAULTS.values())

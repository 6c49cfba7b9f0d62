"""The law of bookings, walked to its last corner: every (tail, state, action, role)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.problems import StepNotPossible
from app.bookings.rules.drawing import TAILS, as_json, as_mermaid, tail_of
from app.bookings.rules.facts import Facts, clocks_of, deadline, holds, next_strike
from app.bookings.rules.moves import after, allowed_actions, is_late, outcome_of
from app.bookings.rules.reminders import Reminder, next_telling, tellings
from app.bookings.rules.states import Standing, contact_is_open, standing, takes_units, units_in
from app.bookings.rules.table import ROWS, reachable, rows_of
from app.bookings.rules.words import (
    NOTHING_CAME_OF_IT,
    PROMISED,
    TERMINAL,
    Action,
    Clock,
    Guard,
    Outcome,
    Role,
    State,
    Tail,
)
from app.kernel.problems import NotAllowed

ASKED: Final = datetime(2026, 6, 1, 9, tzinfo=UTC)
START: Final = datetime(2026, 6, 10, 9, tzinfo=UTC)
END: Final = datetime(2026, 6, 12, 9, tzinfo=UTC)
FACTS: Final = Facts(since=ASKED, starts_at=START, ends_at=END, answer_hours=144)
HUMANS: Final = frozenset({Role.BORROWER, Role.PROVIDER, Role.MODERATOR})
EVERY_FACT: Final = [
    replace(FACTS, spoke=spoke, change_by=spoke, instant=flag, units_out=units, returning=returning, change_since=ASKED if flag else None,
            acknowledged=flag, passes=int(flag), release_after=timedelta(minutes=30), access_at_once=flag,
            outcome=Outcome.DID_NOT_HAPPEN if flag else None)
    for spoke in (None, Role.BORROWER, Role.PROVIDER)
    for flag in (False, True)
    for units, returning in ((0, None), (2, 1))
]  # fmt: skip
MOMENTS: Final = (ASKED, END + timedelta(days=400))
LIVING_STATES: Final = [
    (tail, state) for tail in Tail for state in sorted(reachable(rows_of(tail)) - TERMINAL)
]


def possible_somehow(tail, state, action, role):
    """Collect the targets that some facts at some moment allow; an empty set if none do."""
    targets = set()
    for facts, now in product(EVERY_FACT, MOMENTS):
        try:
            targets.add(after(tail, state, action, {role}, facts=facts, now=now).target)
        except StepNotPossible:
            continue
        except NotAllowed:
            break  # whatever the facts
    return targets


def test_every_state_action_and_role_is_answered_as_the_table_says():
    walked = 0
    for tail, state, action, role in product(Tail, [None, *State], Action, Role):
        rows = [
            row
            for row in rows_of(tail)
            if row.action is action
            and role in row.who
            and (state in row.sources or (state is None and row.begins))
        ]
        assert possible_somehow(tail, state, action, role) == {row.target or state for row in rows}, (
            tail,
            state,
            action,
            role,
        )
        walked += 1
    assert walked == len(Tail) * (len(State) + 1) * len(Action) * len(Role)


@pytest.mark.parametrize(("tail", "state"), LIVING_STATES)
def test_every_living_state_has_a_human_exit_and_a_clock(tail, state):
    exits = [
        row
        for row in rows_of(tail)
        if state in row.sources and row.who & HUMANS and row.target not in (None, state)
    ]

    assert exits
    assert any(deadline(row.clock, FACTS) for row in clocks_of(tail, state))
    assert next_strike(tail, state, FACTS) is not None


@pytest.mark.parametrize(("tail", "state"), LIVING_STATES)
def test_clocks_alone_end_every_booking(tail, state):
    steps = 0
    facts = replace(FACTS, units_handed_over=1, units_out=1)
    while state not in TERMINAL:
        strike = next_strike(tail, state, facts)
        assert strike is not None
        moment, row = strike
        move = after(tail, state, row.action, {Role.CLOCK}, facts=facts, now=moment)
        assert move.target is not state
        state, facts, steps = move.target, replace(facts, since=moment), steps + 1
        assert steps < 10


def test_every_living_state_lets_humans_reach_an_end():
    for tail in Tail:
        rows = [row for row in rows_of(tail) if row.who & HUMANS and not row.begins]
        ends = set(TERMINAL)
        while more := {state for row in rows if row.target in ends for state in row.sources} - ends:
            ends |= more
        assert {state for of, state in LIVING_STATES if of is tail} <= ends


@pytest.mark.parametrize("tail", Tail)
def test_nothing_leaves_a_terminal_state_but_a_case(tail):
    leaving = {row.action for row in rows_of(tail) if row.sources & TERMINAL and row.target is not None}

    assert leaving == {Action.RAISE_CASE}


def test_all_rows_are_reachable_in_some_tail_and_every_state_and_guard_is_used():
    used = [row for tail in Tail for row in rows_of(tail)]

    assert {row.action for row in used} == set(Action)
    assert {state for tail in Tail for state in reachable(rows_of(tail))} == set(State)
    assert {row.guard for row in used if row.guard} == set(Guard)
    assert {row.clock for row in used if row.clock} == set(Clock)
    assert all((row.clock is not None) == (row.who == {Role.CLOCK}) for row in ROWS)


def test_only_the_ends_of_promises_have_outcomes():
    for row in ROWS:
        assert bool(row.outcomes) == (row.target in (State.COMPLETED, State.CANCELLED)), row


@pytest.mark.parametrize("state", State)
def test_what_is_recorded_takes_no_units(state):
    assert not takes_units(Tail.RECORDED, state, request_holds=True, before=True)


@pytest.mark.parametrize(
    ("attended", "outcome"),
    [
        (3, Outcome.FULFILLED),
        (None, Outcome.FULFILLED),
        (1, Outcome.PARTLY_FULFILLED),
        (0, Outcome.NO_SHOW_BORROWER),
    ],
)
def test_who_came_decides_the_outcome_of_a_session(attended, outcome):
    facts = replace(FACTS, units=3, attended=attended)
    move = after(Tail.GROUP, State.CONFIRMED, Action.RECORD_ATTENDANCE, {Role.PROVIDER}, facts=facts, now=END)

    assert outcome_of(move, facts, END) is outcome


def test_a_refused_step_tells_what_is_possible_now():
    with pytest.raises(StepNotPossible) as refused:
        after(Tail.EQUIPMENT, State.CONFIRMED, Action.ACCEPT, {Role.PROVIDER}, facts=FACTS, now=ASKED)

    assert refused.value.status == 409
    assert refused.value.members["state"] is State.CONFIRMED
    assert refused.value.members["allowed_actions"] == [
        Action.PROPOSE_CHANGE,
        Action.CANCEL,
        Action.RAISE_CASE,
        Action.MAKE_READY,
        Action.HAND_OVER,
    ]


def test_a_step_that_is_too_early_names_the_ground():
    with pytest.raises(StepNotPossible) as refused:
        after(Tail.EQUIPMENT, State.CONFIRMED, Action.NOT_COLLECTED, {Role.PROVIDER}, facts=FACTS, now=ASKED)

    assert [reason.code for reason in refused.value.reasons] == ["started"]


def test_a_second_tap_is_told_that_it_is_done_and_never_that_it_is_forbidden():
    for tail, action, role, facts in product(Tail, Action, (Role.BORROWER, Role.PROVIDER), EVERY_FACT):
        for row in (row for row in rows_of(tail) if row.action is action and role in row.who and row.target):
            try:
                after(tail, row.target, action, {role}, facts=replace(facts, counters=1), now=ASKED)
            except StepNotPossible as refused:
                codes = {reason.code for reason in refused.reasons}
                repeats = any(
                    row.target in one.sources and role in one.who
                    for one in rows_of(tail)
                    if one.action is action
                )
                assert repeats or codes == {"done_already"}


def test_what_only_others_do_is_not_allowed_whatever_the_state():
    for state in State:
        with pytest.raises(NotAllowed):
            after(Tail.EQUIPMENT, state, Action.ACCEPT, {Role.BORROWER}, facts=FACTS, now=ASKED)
        with pytest.raises(NotAllowed):
            after(Tail.EQUIPMENT, state, Action.EXPIRE, {Role.PROVIDER}, facts=FACTS, now=ASKED)


def test_whoever_stands_on_both_sides_may_do_what_either_may():
    both = {Role.BORROWER, Role.PROVIDER}

    assert set(allowed_actions(Tail.EQUIPMENT, State.REQUESTED, both, facts=FACTS, now=ASKED)) == {
        Action.COUNTER,
        Action.ACCEPT,
        Action.DECLINE,
        Action.WITHDRAW,
    }


@pytest.mark.parametrize(("instant", "state"), [(True, State.CONFIRMED), (False, State.REQUESTED)])
def test_an_instant_listing_is_promised_at_once(instant, state):
    facts = replace(FACTS, instant=instant)

    assert after(Tail.SPACE, None, Action.REQUEST, {Role.BORROWER}, facts=facts, now=ASKED).target is state


@pytest.mark.parametrize(
    ("source", "returning", "target"),
    [
        (State.HANDED_OVER, None, State.RETURNED),
        (State.HANDED_OVER, 3, State.RETURNED),
        (State.HANDED_OVER, 1, State.HANDED_OVER),
        (State.RETURN_REPORTED, 1, State.HANDED_OVER),
        (State.RETURN_REPORTED, None, State.RETURNED),
    ],
)
def test_a_partial_return_leaves_the_rest_handed_over(source, returning, target):
    facts = replace(FACTS, units=3, units_handed_over=3, units_out=3, returning=returning)

    move = after(Tail.EQUIPMENT, source, Action.TAKE_BACK, {Role.PROVIDER}, facts=facts, now=END)

    assert move.target is target


def test_a_case_is_settled_when_the_second_side_agrees():
    first = after(Tail.SPACE, State.UNRESOLVED, Action.SETTLE, {Role.BORROWER}, facts=FACTS, now=END)
    spoken = replace(FACTS, spoke=Role.BORROWER)
    again = after(Tail.SPACE, State.UNRESOLVED, Action.SETTLE, {Role.BORROWER}, facts=spoken, now=END)
    second = after(Tail.SPACE, State.UNRESOLVED, Action.SETTLE, {Role.PROVIDER}, facts=spoken, now=END)

    assert (first.target, again.target, second.target) == (
        State.UNRESOLVED,
        State.UNRESOLVED,
        State.COMPLETED,
    )
    assert outcome_of(second, spoken, END) is Outcome.SETTLED


def test_a_completed_booking_can_become_a_case_for_fourteen_days_and_once_only():
    done = replace(FACTS, since=END, outcome=Outcome.FULFILLED)

    def raising(facts, days):
        return Action.RAISE_CASE in allowed_actions(
            Tail.EQUIPMENT, State.COMPLETED, {Role.PROVIDER}, facts=facts, now=END + timedelta(days=days)
        )

    assert raising(done, 14)
    assert not raising(done, 15)
    assert not raising(replace(done, outcome=Outcome.SETTLED), 1)
    assert not raising(replace(done, had_case=True), 1)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_other_adds_their_account_for_fourteen_days_where_nothing_came_of_it(outcome):
    facts = replace(FACTS, since=END, outcome=outcome, spoke=Role.PROVIDER)

    def may_add(role, days, **changes):
        return Action.ADD_ACCOUNT in allowed_actions(
            Tail.SPACE,
            State.COMPLETED,
            {role},
            facts=replace(facts, **changes),
            now=END + timedelta(days=days),
        )

    assert may_add(Role.BORROWER, 14) == (outcome in NOTHING_CAME_OF_IT)
    assert not may_add(Role.BORROWER, 15)
    assert not may_add(Role.PROVIDER, 1)
    assert not may_add(Role.BORROWER, 1, had_case=True)
    assert may_add(Role.PROVIDER, 1, spoke=None) == (outcome in NOTHING_CAME_OF_IT)


@pytest.mark.parametrize(
    ("cancel_hours", "now", "late"),
    [
        (None, START - timedelta(seconds=1), False),
        (None, START, True),
        (24, START - timedelta(hours=24, seconds=1), False),
        (24, START - timedelta(hours=24), True),
    ],
)
def test_a_cancellation_is_early_until_the_deadline_of_the_listing(cancel_hours, now, late):
    facts = replace(FACTS, cancel_hours=cancel_hours)
    move = after(Tail.EQUIPMENT, State.CONFIRMED, Action.CANCEL, {Role.BORROWER}, facts=facts, now=now)

    assert is_late(facts, now) is late
    assert outcome_of(move, facts, now) is (Outcome.CANCELLED_LATE if late else Outcome.CANCELLED_EARLY)


@pytest.mark.parametrize(
    ("state", "action", "role", "changes", "said", "outcome"),
    [
        (State.RETURNED, Action.COMPLETE, Role.CLOCK, {"units": 2, "units_handed_over": 2}, None, Outcome.FULFILLED),
        (State.RETURNED, Action.COMPLETE, Role.BORROWER, {"units": 2, "units_handed_over": 1}, None, Outcome.PARTLY_FULFILLED),
        (State.LOST, Action.SETTLE, Role.MODERATOR, {}, None, Outcome.LOST),
        (State.CONFIRMED, Action.DID_NOT_HAPPEN, Role.BORROWER, {}, None, Outcome.DID_NOT_HAPPEN),
        (State.CONFIRMED, Action.DID_NOT_HAPPEN, Role.BORROWER, {}, Outcome.NO_SHOW_PROVIDER, Outcome.NO_SHOW_PROVIDER),
        (State.CONFIRMED, Action.NOT_COLLECTED, Role.PROVIDER, {}, None, Outcome.NOT_COLLECTED),
        (State.CONFIRMED, Action.CLOSE_UNREPORTED, Role.CLOCK, {}, None, Outcome.UNREPORTED),
        (State.CONFIRMED, Action.RAISE_CASE, Role.BORROWER, {}, None, None),
        (State.UNRESOLVED, Action.SETTLE, Role.MODERATOR, {}, Outcome.PARTLY_FULFILLED, Outcome.PARTLY_FULFILLED),
        (State.LOST, Action.SETTLE, Role.MODERATOR, {}, Outcome.FULFILLED, Outcome.FULFILLED),
        (State.UNRESOLVED, Action.SETTLE, Role.PROVIDER, {"spoke": Role.BORROWER}, Outcome.LOST, Outcome.SETTLED),
    ],
)  # fmt: skip
def test_every_end_has_its_outcome(state, action, role, changes, said, outcome):
    facts = replace(FACTS, **changes)
    move = after(Tail.EQUIPMENT, state, action, {role}, facts=facts, now=END)

    assert outcome_of(move, facts, END, said) is outcome


@pytest.mark.parametrize(
    ("state", "facts", "moment"),
    [
        (State.REQUESTED, FACTS, ASKED + timedelta(days=6)),
        (State.REQUESTED, replace(FACTS, answer_hours=1000), START),
        (State.CONFIRMED, FACTS, END + timedelta(days=14)),
        (State.READY, FACTS, END + timedelta(days=14)),
        (State.HANDED_OVER, FACTS, END + timedelta(days=14)),
        (State.RETURN_REPORTED, replace(FACTS, since=END), END + timedelta(days=7)),
        (State.RETURNED, replace(FACTS, since=END), END + timedelta(hours=48)),
        (State.UNRESOLVED, replace(FACTS, since=END), END + timedelta(days=90)),
        (State.LOST, replace(FACTS, since=END), END + timedelta(days=90)),
    ],
)
def test_each_clock_strikes_when_the_domain_says(state, facts, moment):
    strike = next_strike(Tail.EQUIPMENT, state, facts)

    assert strike is not None
    assert strike[0] == moment


@pytest.mark.parametrize(
    ("clock", "facts", "moment"),
    [
        (Clock.VACANCY, FACTS, None),
        (Clock.OWN_START, FACTS, START),
        (Clock.TURN, FACTS, ASKED + timedelta(hours=48)),
        (Clock.CHANGE, FACTS, None),
        (Clock.CHANGE, replace(FACTS, change_since=ASKED), ASKED + timedelta(hours=48)),
        (Clock.NO_SHOW, FACTS, None),
        (Clock.NO_SHOW, replace(FACTS, release_after=timedelta(minutes=15)), START + timedelta(minutes=15)),
        (Clock.CHECK_OUT, FACTS, END + timedelta(hours=2)),
        (Clock.AGREEMENT, FACTS, ASKED + timedelta(days=7)),
        (Clock.AT_ONCE, FACTS, None),
        (Clock.AT_ONCE, replace(FACTS, access_at_once=True), ASKED),
    ],
)
def test_each_of_these_clocks_is_set(clock, facts, moment):
    assert deadline(clock, facts) == moment


@given(
    answer_hours=st.integers(1, 1000),
    lead=st.integers(0, 1000),
)
def test_no_request_outlives_its_answer_time_or_its_own_start(answer_hours, lead):
    facts = replace(FACTS, starts_at=ASKED + timedelta(hours=lead), answer_hours=answer_hours)

    assert deadline(Clock.ANSWER, facts) == ASKED + timedelta(hours=min(answer_hours, lead))


def test_terminal_states_have_no_clock():
    assert all(next_strike(tail, state, FACTS) is None for tail in Tail for state in TERMINAL)


@pytest.mark.parametrize("state", State)
def test_units_are_taken_from_the_promise_to_the_return(state):
    free = TERMINAL | {
        State.WAITLISTED,
        State.RETURNED,
        State.CHECKED_OUT,
        State.REPORTED,
        State.LOST,
    }
    asked = {State.REQUESTED, State.COUNTERED}

    assert takes_units(Tail.EQUIPMENT, state, request_holds=True, before=False) == (
        state not in free | {State.UNRESOLVED}
    )
    assert takes_units(Tail.EQUIPMENT, state, request_holds=False, before=True) == (state not in free | asked)
    assert units_in(State.UNRESOLVED) == "as_before"


@pytest.mark.parametrize("state", State)
def test_contact_is_open_from_the_promise_until_two_weeks_after_its_end(state):
    facts = replace(FACTS, since=END)
    ended_promise = state in (State.COMPLETED, State.CANCELLED)

    assert contact_is_open(state, facts, END) == (state in PROMISED or ended_promise)
    assert contact_is_open(state, facts, END + timedelta(days=14)) == (state in PROMISED)


@pytest.mark.parametrize(
    ("state", "now", "in_conflict", "expected"),
    [
        (State.HANDED_OVER, END - timedelta(hours=25), False, None),
        (State.HANDED_OVER, END - timedelta(hours=24), False, Standing.DUE_SOON),
        (State.HANDED_OVER, END, False, Standing.OVERDUE),
        (State.RETURN_REPORTED, END, False, None),
        (State.CONFIRMED, ASKED, True, Standing.AT_RISK),
        (State.CONFIRMED, ASKED, False, None),
        (State.REQUESTED, ASKED, True, None),
    ],
)
def test_how_things_stand_is_derived(state, now, in_conflict, expected):
    assert standing(state, FACTS, now, in_conflict=in_conflict) is expected


def test_the_provider_is_reminded_before_a_request_lapses_once():
    lapses = ASKED + timedelta(days=6)

    told = tellings(Tail.EQUIPMENT, State.REQUESTED, FACTS, after=ASKED, until=lapses)

    assert [(telling.reminder, telling.whom) for telling in told] == [
        (Reminder.ANSWER_DUE, frozenset({Role.PROVIDER}))
    ]
    assert next_telling(Tail.EQUIPMENT, State.REQUESTED, FACTS, after=ASKED) == lapses - timedelta(days=1)
    assert next_telling(Tail.EQUIPMENT, State.REQUESTED, FACTS, after=lapses) is None


def test_a_moment_before_the_state_began_is_never_told():
    late = replace(FACTS, since=END + timedelta(hours=1))

    assert tellings(Tail.EQUIPMENT, State.HANDED_OVER, late, after=ASKED, until=END + timedelta(days=9)) == ()


def test_no_guard_lets_everybody_through():
    assert holds(None, FACTS, Role.BORROWER, ASKED)


def test_the_law_is_served_as_data_for_every_kind():
    law = as_json()

    assert [(life["kind"], life["form"]) for life in law["lifecycles"]] == list(TAILS)
    assert set(law["terminal"]) == TERMINAL
    equipment = law["lifecycles"][0]
    assert len(equipment["moves"]) == len(rows_of(Tail.EQUIPMENT))
    hand_over = next(move for move in equipment["moves"] if move["action"] == "hand-over")
    assert hand_over == {
        "action": "hand-over",
        "from": ["confirmed", "ready"],
        "to": "handed_over",
        "who": ["provider"],
        "guard": "not_over",
        "clock": None,
        "effect": "record_hand_over",
        "outcomes": [],
    }


def test_the_diagram_shows_every_state():
    drawing = as_mermaid(Tail.SPACE)

    assert drawing.startswith("stateDiagram-v2\n")
    assert "    requested --> confirmed: accept (provider)\n" in drawing
    assert "    confirmed --> checked_in: check-in (either)\n" in drawing
    assert "    [*] --> requested: request (borrower)\n" in drawing
    assert all(f" {state}" in drawing for state in reachable(rows_of(Tail.SPACE)))


@pytest.mark.parametrize(
    ("kind", "form", "tail"),
    [
        ("equipment", None, Tail.EQUIPMENT),
        ("time", None, Tail.ONE_TO_ONE),
        ("know_how", None, Tail.ONE_TO_ONE),
        ("know_how", "group", Tail.GROUP),
    ],
)
def test_kind_and_form_choose_the_tail(kind, form, tail):
    assert tail_of(kind, form) is tail

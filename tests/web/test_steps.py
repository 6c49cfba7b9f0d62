"""The pages show every step of the lifecycle, one of them first."""

from datetime import UTC, datetime, timedelta

from app.bookings import service as bookings
from app.web import loan_words, steps, words

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
TABLE = bookings.lifecycles()
PEOPLE = ("borrower", "provider", "moderator")


def _possible():
    """For every kind, state and side: what the table lets them do, guards aside."""
    for lifecycle in TABLE["lifecycles"]:
        for state in lifecycle["states"]:
            for role in PEOPLE:
                moves = [move for move in lifecycle["moves"] if state["state"] in move["from"]]
                allowed = [move["action"] for move in moves if role in move["who"]]
                if allowed:
                    yield lifecycle, state, role, allowed


POSSIBLE = list(_possible())


def test_the_table_is_all_of_it():
    assert len(TABLE["lifecycles"]) == 6  # know-how has two forms beside the hour
    assert len(POSSIBLE) > 60


def test_whoever_can_do_something_is_shown_one_step_of_it():
    without = [
        (state["state"], role)
        for _, state, role, allowed in POSSIBLE
        if steps.next_step(allowed) not in allowed
    ]

    assert without == []


def test_no_step_is_lost_beside_the_one_that_is_shown():
    for _, state, role, allowed in POSSIBLE:
        shown = steps.next_step(allowed)

        assert {shown, *steps.further(allowed, shown)} == set(allowed), (state["state"], role)


def test_every_step_has_a_label_a_form_and_a_place_in_the_story():
    for _, _, role, allowed in POSSIBLE:
        for action in allowed:
            form = steps.asks(action, role, units=3, has_begun=False, has_deposit=True)

            assert words.action(action, role).text
            assert form is not None
            assert action in loan_words.STEPS
            assert all(part != "note" or loan_words.note(action).text for part in form)


def test_what_breaks_something_is_first_only_where_nothing_else_can_be_done():
    for _, state, role, allowed in POSSIBLE:
        if set(allowed) - set(steps.GRAVE):
            assert steps.next_step(allowed) not in steps.GRAVE, (state["state"], role)


def test_every_state_has_words_a_sign_and_every_clock_a_sentence():
    states = {state["state"] for lifecycle in TABLE["lifecycles"] for state in lifecycle["states"]}
    clocks = {move["clock"] for lifecycle in TABLE["lifecycles"] for move in lifecycle["moves"]} - {None}

    assert states <= words.STATES.keys()
    assert states <= loan_words.SHAPES.keys()
    assert clocks - {"vacancy", "at_once"} == loan_words.CLOCKS.keys()


def test_a_hand_over_is_due_a_day_before_and_an_answer_always():
    times = {"starts_at": NOW + timedelta(days=3), "ends_at": NOW + timedelta(days=4), "now": NOW}

    assert steps.is_due("accept", "provider", "requested", **times)
    assert steps.is_due("take-back", "provider", "return_reported", **times)
    assert steps.is_due("hand-over", "borrower", "handed_over", **times)
    assert not steps.is_due("hand-over", "provider", "confirmed", **times)
    assert steps.is_due(
        "hand-over", "provider", "confirmed", **times | {"starts_at": NOW + timedelta(hours=20)}
    )
    assert not steps.is_due("take-back", "provider", "handed_over", **times)
    assert not steps.is_due("withdraw", "borrower", "requested", **times)


def test_a_borrower_is_asked_for_nothing_that_is_the_providers_to_say():
    asked = steps.asks("propose-change", "borrower", units=1, has_begun=True, has_deposit=False)

    assert list(asked) == ["ends_at", "place_note", "note"]
    assert steps.asks("hand-over", "borrower", units=5, has_begun=False, has_deposit=True) == ("note",)

"""Patience, sessions, recognition: pure."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import rules
from app.accounts.rules import Proof, RecognitionState, RecognitionStep

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
S, T = RecognitionState, RecognitionStep
MOVES = {
    (S.NONE, T.SUBMIT): S.SUBMITTED,
    (S.REJECTED, T.SUBMIT): S.SUBMITTED,
    (S.EXPIRED, T.SUBMIT): S.SUBMITTED,
    (S.REVOKED, T.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, T.APPROVE): S.APPROVED,
    (S.SUBMITTED, T.REJECT): S.REJECTED,
    (S.APPROVED, T.EXPIRE): S.EXPIRED,
    (S.APPROVED, T.REVOKE): S.REVOKED,
}


@pytest.mark.parametrize(("state", "step"), list(product(S, T)))
def test_recognition_moves_like_this_and_not_otherwise(state, step):
    assert rules.RECOGNITION.get((state, step)) == MOVES.get((state, step))


@pytest.mark.parametrize(
    ("proof", "notice", "ends"),
    [
        (Proof.TAX_NOTICE, date(2024, 5, 2), date(2029, 5, 2)),
        (Proof.TAX_NOTICE, date(2024, 2, 29), date(2029, 2, 28)),
        (Proof.DECLARATION, None, date(2029, 11, 23)),
    ],
)
def test_how_long_a_proof_counts(proof, notice, ends):
    assert rules.recognition_ends(proof, notice_date=notice, now=NOW).date() == ends


@pytest.mark.parametrize("state", S)
def test_only_an_approval_that_has_not_run_out_counts(state):
    assert rules.is_recognised(state, valid_until=NOW + timedelta(1), now=NOW) is (state is S.APPROVED)
    assert not rules.is_recognised(state, valid_until=NOW, now=NOW)


@pytest.mark.parametrize(
    ("idle", "age", "lives"),
    [
        (timedelta(days=29), timedelta(days=29), True),
        (timedelta(days=30), timedelta(days=30), False),
        (timedelta(0), timedelta(days=90), False),
        (timedelta(days=1), timedelta(days=89), True),
    ],
)
def test_how_long_a_session_lives(idle, age, lives):
    ends_at = NOW - age + rules.ABSOLUTE

    assert rules.session_lives(used_at=NOW - idle, ends_at=ends_at, now=NOW) is lives


def tries_of_a_patient_guesser(patience, during):
    """How many tries are heard when each is made as soon as it is heard."""
    now, tried, heard = NOW, None, 0
    while now < NOW + during:
        pause = rules.wait(tried, patience, now)
        if pause:
            now += pause
            continue
        tried, heard = rules.counted(tried, patience, now), heard + 1
    return heard


@pytest.mark.parametrize("patience", [rules.GUESSES_FROM_HERE, rules.GUESSES_OF_ACCOUNT])
def test_nobody_guesses_more_than_a_hundred_times_a_day(patience):
    assert tries_of_a_patient_guesser(patience, timedelta(hours=24)) <= 100


@given(st.lists(st.integers(min_value=0, max_value=7_200), max_size=40))
def test_waiting_as_told_is_always_enough(pauses):
    now, tried = NOW, None
    for pause in pauses:
        now += timedelta(seconds=pause)
        now += rules.wait(tried, rules.GUESSES_FROM_HERE, now)
        assert rules.wait(tried, rules.GUESSES_FROM_HERE, now) == timedelta()
        tried = rules.counted(tried, rules.GUESSES_FROM_HERE, now)


def test_after_a_day_of_peace_the_count_begins_anew():
    tired = rules.Tried(count=50, since=NOW - timedelta(days=3), last_at=NOW - timedelta(hours=24))

    assert rules.wait(tired, rules.GUESSES_FROM_HERE, NOW) == timedelta()
    assert rules.counted(tired, rules.GUESSES_FROM_HERE, NOW).count == 1

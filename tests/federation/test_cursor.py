import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.federation.cursor import (
    EMPTY_DIGEST,
    Cursor,
    FeedPosition,
    continue_from,
    digest_of,
    mark,
    next_revision,
    parse,
    toggled,
)
from app.federation.problems import BadCursor, ResyncRequired

FEED = FeedPosition(epoch="e3", floor=40, head=100)
entries = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 9), max_size=8)


def test_a_walk_without_a_cursor_begins_before_the_first_entry():
    assert continue_from(None, FEED) == continue_from("", FEED) == Cursor("e3", 40, 0)


@pytest.mark.parametrize("text", ["e3.0.40", "e3.0.100", "e3.40.0", "e3.40.39"])
def test_a_cursor_leads_on_while_nothing_it_missed_was_purged(text):
    assert str(continue_from(text, FEED)) == text


@pytest.mark.parametrize(
    "text",
    ["e2.40.50", "e3.40.101", "e3.0.39", "e3.39.39"],
    ids=["other epoch", "from the future", "below the floor", "below the floor, an older walk"],
)
def test_a_cursor_that_missed_something_starts_over(text):
    with pytest.raises(ResyncRequired):
        continue_from(text, FEED)


def test_a_walk_begun_after_a_purge_is_not_sent_back_again():
    cursor = continue_from("", FEED)

    assert continue_from(str(Cursor(cursor.epoch, cursor.floor0, 3)), FEED).seq == 3


def test_a_second_purge_during_a_walk_sends_it_back():
    with pytest.raises(ResyncRequired):
        continue_from("e3.40.41", FeedPosition("e3", floor=60, head=100))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "e3.0",
        "e3.0.1.2.3",
        "e3.0.1.",
        "e3.-1.0",
        "e3.0.1e3",
        "e3.00.1",
        "e 3.0.1",
        "e3.0.١",
        "é.0.1",
        "e3.0.1\n",
        "a" * 257,
    ],
)
def test_garbage_is_a_bad_cursor(text):
    with pytest.raises(BadCursor):
        continue_from(text, FEED)


@given(st.text(max_size=300))
def test_whatever_is_sent_is_read_or_refused(text):
    with contextlib.suppress(BadCursor):
        assert str(parse(text)) == text


def test_a_revision_rises_by_the_clock_and_never_falls():
    assert next_revision(None, 1000) == 1000
    assert next_revision(900, 1000) == 1000
    assert next_revision(5000, 1000) == 5001


def test_nothing_has_a_digest_of_zeros():
    assert digest_of([]) == EMPTY_DIGEST == "0" * 64


@given(entries, entries)
def test_changing_a_digest_step_by_step_equals_computing_it_anew(before, now):
    digest = digest_of(before.items())

    for entry in before.items() - now.items():
        digest = toggled(digest, mark(*entry))
    for entry in now.items() - before.items():
        digest = toggled(digest, mark(*entry))

    assert digest == digest_of(now.items())


def test_the_digest_is_the_published_one():
    # sha256("a\n1") XOR sha256("b\n2"), computed with sha256sum.
    assert (
        digest_of([("a", 1), ("b", 2)]) == "8097aa0467d2a2f1bf7d902afa91732dbff8efd72a423b80cfc39afb1ba85f64"
    )

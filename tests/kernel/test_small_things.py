"""Ids, cursors, languages, the clock."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import languages, paging
from app.kernel.clock import TurnableClock
from app.kernel.ids import new_id
from app.kernel.paging import BadCursor
from app.kernel.text import clean_line, clean_text, message


def test_ids_are_uuid7_and_ascend():
    ids = [new_id() for _ in range(2_000)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 2_000
    assert all(an_id.version == 7 and an_id.variant == "specified in RFC 4122" for an_id in ids)


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(allow_nan=False)), max_size=3
    )
)
def test_a_cursor_comes_back_as_it_went(key):
    cursor = paging.encode_cursor(key, filters="f")

    assert paging.decode_cursor(cursor, filters="f", length=len(key)) == key


@given(st.text(max_size=60))
def test_no_text_makes_a_cursor_crash(text):
    with contextlib.suppress(BadCursor):
        paging.decode_cursor(text, filters="f", length=2)


def test_a_cursor_of_other_filters_is_refused():
    with pytest.raises(BadCursor):
        paging.decode_cursor(paging.encode_cursor(["a"], filters="f"), filters="g", length=1)


@given(st.text(max_size=200))
def test_no_accept_language_header_crashes(header):
    assert languages.negotiate(header, default="de") in ("de", "en")


def test_a_message_without_translation_is_english():
    sentence = message("Nobody has translated {this}.", this="that")

    assert languages.translate(sentence, "de") == "Nobody has translated that."


@given(st.text(max_size=100))
def test_cleaned_text_is_clean_and_stays_so(text):
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_text(clean_text(text)) == clean_text(text)
    assert "\x00" not in clean_text(text)
    assert "\n" not in clean_line(text)


def test_a_turned_clock_runs_on_from_where_it_was_set():
    clock = TurnableClock(datetime(2026, 11, 23, tzinfo=UTC))

    clock.turn(timedelta(days=1))

    assert timedelta(0) <= clock.now() - datetime(2026, 11, 24, tzinfo=UTC) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("written", "line", "text"),
    [
        ("a\u202egpj.exe\u202c", "agpj.exe", "agpj.exe"),
        ("\u2066a\u2069 \ufeffb", "a b", "a b"),
        ("a\u0085b\u2028c\u2029d\re\r\nf", "a b c d e f", "a\nb\nc\nd\ne\nf"),
        ("a\x1b[31m\x9bb\uffff", "a [31m b", "a[31mb"),
        ("\u200b \u200d\u0301", "", "\u200b \u200d\u0301"),
        ("e\u0301 👩\u200d🔧 שלום", "é 👩\u200d🔧 שלום", "é 👩\u200d🔧 שלום"),
    ],
)
def test_nothing_that_is_not_seen_turns_around_or_hides_what_is(written, line, text):
    assert clean_line(written) == line
    assert clean_text(written) == text

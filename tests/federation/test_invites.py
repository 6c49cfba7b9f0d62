import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.federation.invites import (
    Invite,
    InviteExpired,
    InviteUnreadable,
    decode,
    encode,
    new_token,
    token_hash,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INVITE = Invite(
    base="https://leipzig.example/dfp/v1",
    instance="56475aa75463474c0285df5dbf2bcab73da65135",
    token=new_token(),
    expires_at=NOW + timedelta(days=7),
)


def packed(payload):
    return "dfp1:" + base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")


def test_an_invite_is_read_as_it_was_written():
    assert decode(encode(INVITE), now=NOW) == INVITE


def test_an_invite_survives_a_mail_program():
    line = encode(INVITE)

    assert decode(f"  {line[:60]}\r\n  {line[60:]} \n", now=NOW) == INVITE


def test_an_expired_invite_says_so():
    with pytest.raises(InviteExpired):
        decode(encode(INVITE), now=NOW + timedelta(days=7, seconds=1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dfp1:",
        "dfp2:" + encode(INVITE)[5:],
        encode(INVITE)[:-5],
        "dfp1:ä",
        "dfp1:!!!!",
        packed([]),
        packed({"base": "https://leipzig.example"}),
        packed({"base": "https://leipzig.example", "instance": "Leipzig", "token": "t", "exp": 1}),
        packed({"base": "https://leipzig.example", "instance": "a" * 40, "token": "", "exp": 1}),
        packed({"base": "https://leipzig.example", "instance": "a" * 40, "token": "t", "exp": "1"}),
        packed({"base": "https://leipzig.example", "instance": "a" * 40, "token": "t", "exp": 10**15}),
        "dfp1:" + "A" * 5000,
    ],
)
def test_what_is_not_an_invite_is_refused(text):
    with pytest.raises(InviteUnreadable):
        decode(text, now=NOW)


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(text):
    with pytest.raises(InviteUnreadable):
        decode(text, now=NOW)


def test_a_token_is_long_and_stored_only_as_its_hash():
    first, second = new_token(), new_token()

    assert first != second
    assert len(base64.urlsafe_b64decode(first + "=")) == 32
    assert token_hash(first) != token_hash(second)
    assert first not in token_hash(first)

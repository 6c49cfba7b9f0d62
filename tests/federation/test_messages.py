"""Reading what partners write: strictly where it could mislead, leniently where it may grow."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.federation.problems import BadJson
from app.federation.protocol import strict_json
from app.federation.protocol.listing import ListingData
from app.federation.protocol.loan import Command, RequestCreate
from app.federation.protocol.v1 import Entry, PageEnvelope

DRILL = {
    "purpose": "offer",
    "kind": "equipment",
    "title": "Bohrmaschine",
    "state": "published",
    "provider": {"kind": "person", "name": "Privat"},
    "created_at": "2026-11-20T10:00:00Z",
    "updated_at": "2026-11-22T10:00:00Z",
    "url": "https://leipzig.example/listings/1",
}

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b'{"a":1,"a":2}',
        b'[{"b":{"a":1,"a":1}}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b'"\\u0000"',
        b'{"\\u0000":1}',
        b'"\\ud800"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        b"[" * 17 + b"]" * 17,
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b"{} {}",
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_json_that_could_be_read_in_two_ways_is_refused(raw):
    with pytest.raises(BadJson):
        strict_json.read(raw)


@given(plain)
def test_plain_json_is_read_as_it_is(value):
    assert strict_json.read(json.dumps(value).encode()) == value


def test_sixteen_levels_are_read():
    assert strict_json.read(b"[" * 16 + b"]" * 16)


def test_half_a_character_refuses_its_entry_and_not_the_page():
    page = strict_json.read(b'[{"title":"\\ud800"},{"title":"Leiter"}]', whole_text=False)

    with pytest.raises(ValidationError):
        ListingData.model_validate({**DRILL, **page[0]})
    assert ListingData.model_validate({**DRILL, **page[1]}).title == "Leiter"


def test_a_listing_with_unknown_members_is_read_without_them():
    listing = ListingData.model_validate(
        {**DRILL, "x_colour": "red", "place": {"locality": "Leipzig", "floor": 3}}
    )

    assert listing.place.locality == "Leipzig"
    assert "x_colour" not in listing.to_json()


def test_a_listing_is_written_with_every_member_and_read_back_equal():
    listing = ListingData.model_validate(DRILL)

    written = listing.to_json()

    assert written.keys() == ListingData.model_fields.keys()
    assert ListingData.model_validate(strict_json.read(json.dumps(written).encode())) == listing
    assert written["updated_at"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "spaceship"},
        {"state": "imagined"},
        {"title": ""},
        {"title": "x" * 201},
        {"units": "5"},
        {"units": 0},
        {"units": 1.0},
        {"units": True},
        {"request_holds": "yes"},
        {"updated_at": 1795397116},
        {"updated_at": "2026-11-22T10:00:00"},
        {"updated_at": "2026-11-22"},
        {"url": "javascript:alert(1)"},
        {"url": 'https://leipzig.example/"onclick='},
        {"place": {"lat": 91.0}},
        {"place": {"lat": "51.3"}},
        {"tags": ["x"] * 31},
        {"provider": None},
        {"tariffs": [{"tariff": "regular", "billing_unit": "night", "amount_minor": -1, "currency": "EUR"}]},
    ],
    ids=str,
)
def test_a_listing_that_says_something_impossible_is_refused(change):
    with pytest.raises(ValidationError):
        ListingData.model_validate({**DRILL, **change})


def test_times_come_in_with_any_offset_and_are_utc_inside():
    entry = Entry.model_validate(
        {"seq": 1, "id": "a", "rev": 1, "state": "active", "at": "2026-11-22T11:00:00+01:00"}
    )

    assert entry.at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert entry.at.tzinfo is UTC


@pytest.mark.parametrize("item_id", ["", "a/b", "a b", "ä", "x" * 65, "a\n"])
def test_an_id_is_short_and_plain(item_id):
    with pytest.raises(ValidationError):
        Entry.model_validate(
            {"seq": 1, "id": item_id, "rev": 1, "state": "active", "at": "2026-11-22T11:00:00Z"}
        )


def test_a_page_reads_whatever_its_items_are():
    page = PageEnvelope.model_validate(
        {
            "dfp": "1.7",
            "instance": "a" * 40,
            "kind": "listing",
            "epoch": "e3",
            "after": "",
            "items": [{"poison": True}],
            "cursor": "e3.0.1",
            "more": False,
            "head": 1,
            "news": "unknown member",
        }
    )

    assert page.items == [{"poison": True}]


def test_a_command_is_an_action_of_the_lifecycle_with_an_id():
    read = Command.model_validate(
        {"cmd_id": "0193a1b2-0000-7000-8000-000000000001", "cmd": "report-return", "extra": 1}
    )

    assert read.cmd == "report-return"
    for wrong in ({"cmd": "Withdraw"}, {"cmd": ""}, {"cmd_id": "1"}):
        with pytest.raises(ValidationError):
            Command.model_validate({**read.to_json(), **wrong})


def test_a_request_names_listing_span_units_and_a_pseudonym():
    asked = {
        "listing": {"id": "0193", "rev": 4},
        "starts_at": "2026-12-01T10:00:00+01:00",
        "ends_at": "2026-12-02T10:00:00+01:00",
        "units": 2,
        "borrower": {"ref": "f3a9", "assurance": "email", "vouched": True},
    }

    read = RequestCreate.model_validate(asked)

    assert (read.units, read.starts_at.isoformat()) == (2, "2026-12-01T09:00:00+00:00")
    assert RequestCreate.model_validate(read.to_json()) == read

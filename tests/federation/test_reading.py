"""A page of a feed is judged before anything of it is applied."""

import json
from typing import Any

import pytest

from app.federation.protocol.v1 import Kind
from app.federation.reading import PartnerErred, Stand, Verdict, brakes, judge, read_page

INSTANCE = "56475aa75463474c0285df5dbf2bcab73da65135"


def stand(**changes: Any) -> Stand:
    return Stand(
        **{
            "instance": INSTANCE,
            "kind": Kind.LISTING,
            "cursor": "e1.0.4",
            "last_seq": 4,
            "epoch_seen": "e1",
            "head_seen": 4,
            "regressions": 0,
            **changes,
        }
    )


def entry(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "id": f"item-{seq}",
        "rev": seq,
        "state": "active",
        "at": "2026-11-22T10:00:00Z",
        "data": {},
    }


def page(**changes: Any) -> dict[str, Any]:
    return {
        "dfp": "1.0",
        "instance": INSTANCE,
        "kind": "listing",
        "epoch": "e1",
        "after": "e1.0.4",
        "items": [entry(5), entry(7)],
        "cursor": "e1.0.7",
        "more": False,
        "head": 7,
        **changes,
    }


def read(at: Stand | None = None, **changes: Any) -> Any:
    return read_page(json.dumps(page(**changes)).encode(), at or stand())


def test_a_right_page_is_read_with_its_entries() -> None:
    found = read()

    assert [item.id for item in found.entries] == ["item-5", "item-7"]
    assert found.last_seq == 7


def test_entries_in_a_state_we_do_not_know_are_passed_over() -> None:
    assert [item.id for item in read(items=[{**entry(5), "state": "asleep"}, entry(7)]).entries] == ["item-7"]


LIES: dict[str, dict[str, Any]] = {
    "another instance": {"instance": "0" * 40},
    "another kind": {"kind": "request"},
    "another place to continue": {"after": ""},
    "descending numbers": {"items": [entry(7), entry(5)]},
    "a number twice": {"items": [entry(5), entry(5)]},
    "a number already read": {"items": [entry(4)]},
    "an id that is a path": {"items": [{**entry(5), "id": "../1"}]},
    "a revision as text": {"items": [{**entry(5), "rev": "1"}]},
    "a time without offset": {"items": [{**entry(5), "at": "2026-11-22T10:00:00"}]},
    "an entry that is a list": {"items": [[]]},
    "no cursor": {"cursor": ""},
    "a cursor without end": {"cursor": "x" * 257},
    "more without moving on": {"more": True, "cursor": "e1.0.4", "items": []},
    "too many entries": {"items": [entry(number) for number in range(5, 1006)]},
    "a digest that is none": {"digest": "0"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_page_that_breaks_the_protocol_is_refused_whole(lie: dict[str, Any]) -> None:
    with pytest.raises(PartnerErred):
        read(**lie)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'{"dfp":"1.0","items":[',
        b"<html>",
        b"[" * 500_000,
        b'{"kind":"listing","kind":"listing"}',
        b'{"head":NaN}',
        b"\xff\xfe",
    ],
    ids=[
        "nothing",
        "cut off",
        "a web page",
        "endless nesting",
        "a member twice",
        "not a number",
        "not UTF-8",
    ],
)
def test_what_is_no_page_is_refused(raw: bytes) -> None:
    with pytest.raises(PartnerErred):
        read_page(raw, stand())


@pytest.mark.parametrize(
    ("at", "changes", "verdict"),
    [
        (stand(), {}, Verdict.APPLY),
        (stand(head_seen=7), {}, Verdict.APPLY),
        (stand(head_seen=8), {}, Verdict.DROP),
        (stand(head_seen=8, regressions=1), {}, Verdict.DROP),
        (stand(head_seen=8, regressions=2), {}, Verdict.WALK),
        (stand(head_seen=8), {"epoch": "e2"}, Verdict.WALK),
        (stand(cursor="", last_seq=0, head_seen=8), {"after": "", "epoch": "e2"}, Verdict.APPLY),
        (stand(head_seen=8), {"more": True}, Verdict.APPLY),
    ],
)
def test_a_head_that_falls_is_a_cache_at_first_and_a_restore_the_third_time(
    at: Stand, changes: dict[str, Any], verdict: Verdict
) -> None:
    assert judge(read(at, **changes), at) is verdict


@pytest.mark.parametrize(
    ("doomed", "held", "stops"), [(50, 60, False), (51, 1000, False), (51, 100, True), (0, 0, False)]
)
def test_a_walk_that_would_delete_much_is_stopped(doomed: int, held: int, *, stops: bool) -> None:
    assert brakes(doomed, held) is stops

"""The checker itself: a good history has no fault, and each invariant has a bad history that only it finds."""

from copy import deepcopy
from uuid import UUID

import pytest

from tests.proofs.checker import violations

LISTING, ANNA, BOOKING, OTHER = (UUID(int=number).hex for number in (1, 2, 3, 4))
NINE, TEN, ELEVEN = (f"2026-11-26T{hour}:00:00+00:00" for hour in ("09", "10", "11"))


def create(booking, key, *, sent, units=1, status=201, **body):
    return {
        "kind": "create", "listing": LISTING, "key": key, "who": ANNA, "starts_at": NINE, "ends_at": TEN, "units": units,
        "sent": sent, "answered": sent + 0.5, "status": status, "body": body or {"id": booking, "version": 1},
        "content": f"the answer to {key}",
    }  # fmt: skip


def refusal(key, *, sent, version, free, units=1):
    body = {"calendar_version": version, "free_units": free, "reasons": [{"code": "not_enough_units"}]}
    return create(None, key, sent=sent, units=units, status=409, **body)


def act(kind, booking, *, sent, version=2):
    return {
        "kind": kind, "listing": LISTING, "booking": booking, "key": f"{kind} {booking}", "starts_at": NINE, "ends_at": TEN,
        "units": 1, "sent": sent, "answered": sent + 0.5, "status": 200, "body": {"id": booking, "version": version},
        "content": "done",
    }  # fmt: skip


def row(booking, key, *, state="requested", units=1, holds=1):
    return {
        "id": booking, "listing_id": LISTING, "starts_at": NINE, "ends_at": TEN, "units": units, "borrower_id": ANNA,
        "purpose": key, "state": state, "holds_units": holds, "request_holds": 1,
    }  # fmt: skip


def step(booking, version, action, state, calendar_version):
    return {
        "booking_id": booking, "version": version, "action": action, "state_after": state,
        "calendar_version": calendar_version, "at": f"2026-11-25T10:00:0{version}+00:00",
    }  # fmt: skip


def moved(booking, version):
    return {"name": "booking.moved", "payload": {"booking_id": booking, "version": version}}


def held(booking, units=1):
    return {
        "holder_id": booking, "listing_id": LISTING, "starts_at": NINE, "ends_at": TEN, "busy_until": TEN, "units": units,
    }  # fmt: skip


@pytest.fixture
def told():
    """Two units: one is asked for and promised, one is asked for and withdrawn, and in between a third is refused."""
    history = [
        create(BOOKING, "a", sent=1),
        create(OTHER, "b", sent=2),
        refusal("c", sent=3, version=3, free=0),
        act("accept", BOOKING, sent=4),
        act("withdraw", OTHER, sent=5),
        {
            "kind": "read",
            "booking": BOOKING,
            "listing": LISTING,
            "seen": 2,
            "status": 200,
            "body": {"version": 2},
        },
    ]
    dump = {
        "listing": [{"id": LISTING, "calendar_version": 4}],
        "booking": [row(BOOKING, "a", state="confirmed"), row(OTHER, "b", state="withdrawn", holds=0)],
        "booking_event": [
            step(BOOKING, 1, "request", "requested", 2),
            step(OTHER, 1, "request", "requested", 3),
            step(BOOKING, 2, "accept", "confirmed", None),
            step(OTHER, 2, "withdraw", "withdrawn", 4),
        ],
        "occupancy": [held(BOOKING)],
        "segment": [{"listing_id": LISTING, "starts_at": NINE, "ends_at": TEN, "used": 1}],
        "event_log": [moved(one, version) for one in (BOOKING, OTHER) for version in (1, 2)],
        "idempotency_key": [{"key": key, "status": 201} for key in "ab"],
        "integrity": [],
        "beginning": [{LISTING: 2}],
    }
    return history, dump


def found(told):
    history, dump = told
    return {one.partition(":")[0] for one in violations(history, dump)}


def test_a_good_history_has_no_fault(told):
    assert violations(*told) == []


def too_many_promised(history, dump):
    dump["beginning"][0][LISTING] = 1
    history[2]["body"]["free_units"] = 0


def accepted_when_there_was_too_little(history, dump):
    """The units were lowered to one while two were asked for, and then one more promise was made of them."""
    lowered = {
        "kind": "edit", "listing": LISTING, "key": "edit", "units": 1, "seen": 1, "sent": 3.6, "answered": 3.8,
        "status": 200, "body": {"version": 2}, "content": "",
    }  # fmt: skip
    history.append(lowered)
    dump["event_log"].append(
        {"name": "listing.changed", "payload": {"listing_id": LISTING, "version": 2, "calendar_version": 4}}
    )
    dump["booking_event"][3]["calendar_version"] = 5
    dump["listing"][0]["calendar_version"] = 5


def acknowledged_and_lost(history, dump):
    del dump["booking"][1], dump["booking_event"][3], dump["booking_event"][1]
    dump["event_log"] = dump["event_log"][:2]
    history[4:5] = history[2:3] = []
    dump["booking_event"][1]["calendar_version"] = None
    dump["listing"][0]["calendar_version"] = 2


def done_by_nobody(history, dump):
    del history[4]


def asked_by_nobody(history, dump):
    history[1]["key"] = "somebody else's"
    history[1]["status"] = None


def twice_for_one_key(history, dump):
    dump["booking"][1]["purpose"] = "a"


def two_answers_to_one_key(history, dump):
    history.append({**history[0], "again": True, "content": "another"})


def refused_although_free(history, dump):
    history[2]["sent"], history[2]["answered"] = 1.6, 2.1
    history[2]["body"]["calendar_version"] = 2
    history[2]["body"]["free_units"] = 0


def crowd_that_left_something(history, dump):
    history.append({"kind": "crowd", "listing": LISTING, "starts_at": NINE, "units": 3, "status": None})


def step_nobody_heard_of(history, dump):
    del dump["event_log"][0]


def event_of_what_never_happened(history, dump):
    dump["event_log"].append(moved(BOOKING, 3))


def asked_after_and_decided_before(history, dump):
    history[0]["sent"], history[0]["answered"] = 2.6, 2.8


def version_without_a_story(history, dump):
    dump["listing"][0]["calendar_version"] = 5


def read_as_it_was_before(history, dump):
    history[5]["body"]["version"] = 1


def segment_that_lies(history, dump):
    dump["segment"][0]["used"] = 2


def held_for_nobody(history, dump):
    dump["occupancy"].append(held(OTHER))
    dump["segment"][0]["used"] = 2


def broken_file(history, dump):
    dump["integrity"].append({"finding": "row 7 missing from index"})


def half_done(history, dump):
    dump["idempotency_key"][0]["status"] = None


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        (too_many_promised, "I1"),
        (accepted_when_there_was_too_little, "I1"),
        (acknowledged_and_lost, "I2"),
        (done_by_nobody, "I2"),
        (asked_by_nobody, "I3"),
        (twice_for_one_key, "I3"),
        (two_answers_to_one_key, "I4"),
        (refused_although_free, "I5"),
        (crowd_that_left_something, "I5"),
        (step_nobody_heard_of, "I6"),
        (event_of_what_never_happened, "I6"),
        (asked_after_and_decided_before, "I7"),
        (version_without_a_story, "I7"),
        (read_as_it_was_before, "I8"),
        (segment_that_lies, "I9"),
        (held_for_nobody, "I9"),
        (broken_file, "I9"),
        (half_done, "I9"),
    ],
    ids=lambda value: value.__name__.replace("_", "-") if callable(value) else value,
)
def test_what_is_wrong_is_found_and_named(told, spoil, invariant):
    history, dump = deepcopy(told)
    spoil(history, dump)

    assert found((history, dump)) == {invariant}

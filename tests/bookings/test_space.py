"""A room: come in, leave, or nobody comes."""

from datetime import timedelta

import pytest

from tests.factories.bookings import START, actions_of, story_of

UNTIL = START + timedelta(hours=4)
AFTERNOON = (START, UNTIL)


@pytest.fixture
def room(street):
    return street.offer(kind="space", title="Hall")


@pytest.fixture
def promised(street, room):
    return street.promised(room, at=AFTERNOON)


@pytest.mark.parametrize("who", ["anna", "ben"])
def test_a_room_from_the_promise_to_the_end(street, promised, clock, who):
    one = getattr(street, who)
    assert actions_of(promised) >= {"check-in", "cancel"}
    clock.set(START)

    entered = street.done("check-in", promised, one)
    clock.set(UNTIL)
    left = street.done("check-out", promised, one)
    over = street.done("complete", promised, one)

    assert [step["state"] for step in (entered, left, over)] == ["checked_in", "checked_out", "completed"]
    assert over["outcome"] == "fulfilled"
    assert story_of(over) == ["request", "accept", "check-in", "check-out", "complete"]


def test_who_leaves_early_frees_the_rest(street, room, promised, clock):
    clock.set(START)
    street.done("check-in", promised, street.anna)
    clock.set(START + timedelta(hours=1))
    evening = (START + timedelta(hours=2), UNTIL)
    assert street.ask(room, by=street.stranger, at=evening).status_code == 409

    street.done("check-out", promised, street.anna)

    assert street.ask(room, by=street.stranger, at=evening).status_code == 201


def test_the_buffer_stays_behind_who_leaves(street, clock):
    room = street.offer(kind="space", limits={"buffer_after_minutes": 60})
    promised = street.promised(room, at=AFTERNOON)
    clock.set(START)
    street.done("check-in", promised, street.anna)
    clock.set(START + timedelta(hours=1))
    street.done("check-out", promised, street.anna)

    within, after = (START + timedelta(minutes=105), UNTIL), (START + timedelta(minutes=135), UNTIL)
    refused = street.ask(room, by=street.stranger, at=within)

    assert [one["code"] for one in refused.json()["reasons"]] == ["not_enough_units"]
    assert street.ask(room, by=street.stranger, at=after).status_code == 201


def test_who_forgets_to_leave_has_left_two_hours_after_the_end(street, promised, at):
    at(START)
    street.done("check-in", promised, street.anna)

    at(UNTIL + timedelta(hours=2) - timedelta(minutes=1))
    assert street.read(promised, street.anna)["state"] == "checked_in"
    at(UNTIL + timedelta(hours=2))
    left = street.read(promised, street.anna)
    at(UNTIL + timedelta(hours=51))
    over = street.read(promised, street.anna)

    assert (left["state"], left["events"][-1]["role"]) == ("checked_out", "clock")
    assert (over["state"], over["outcome"]) == ("completed", "fulfilled")


def test_nobody_came_and_the_provider_says_so_after_the_start(street, room, promised, clock):
    early = street.act("release", promised, street.ben)
    by_borrower = street.act("release", promised, street.anna)
    clock.set(START + timedelta(minutes=20))

    over = street.done("release", promised, street.ben)

    assert (early.status_code, early.json()["reasons"][0]["code"]) == (409, "started")
    assert by_borrower.status_code == 403
    assert (over["state"], over["outcome"]) == ("completed", "no_show_borrower")
    assert street.ask(room, by=street.stranger, at=(START + timedelta(hours=1), UNTIL)).status_code == 201


def test_a_listing_frees_itself_when_nobody_comes(street, at):
    hall = street.offer(kind="space", space={"release_after_minutes": 30})
    promised, kept = street.promised(hall, at=AFTERNOON), street.promised(at=AFTERNOON)

    at(START + timedelta(minutes=29))
    waiting = street.read(promised, street.anna)
    at(START + timedelta(minutes=30))

    assert waiting["state"] == "confirmed"
    over = street.read(promised, street.anna)
    assert (over["outcome"], over["events"][-1]["role"]) == ("no_show_borrower", "clock")
    assert street.ask(hall, by=street.stranger, at=(START + timedelta(hours=1), UNTIL)).status_code == 201
    assert street.read(kept, street.anna)["state"] == "confirmed"


def test_who_has_come_is_not_put_out(street, at):
    hall = street.offer(kind="space", space={"release_after_minutes": 15})
    promised = street.promised(hall, at=AFTERNOON)
    at(START + timedelta(minutes=5))
    street.done("check-in", promised, street.anna)

    at(START + timedelta(minutes=16))

    assert street.read(promised, street.anna)["state"] == "checked_in"


def test_access_notes_are_for_the_borrower_around_the_span_alone(street, clock):
    hall = street.offer(kind="space", space={"access_notes": "Door code 4711"})
    promised = street.promised(hall, at=AFTERNOON)

    def seen(moment, by):
        clock.set(moment)
        return street.read(promised, by)["access"]

    day_before, after = START - timedelta(hours=24), UNTIL + timedelta(hours=2)
    assert seen(day_before - timedelta(minutes=1), street.anna) is None
    assert seen(day_before - timedelta(minutes=1), street.ben) == "Door code 4711"
    assert seen(day_before, street.anna) == "Door code 4711"
    assert seen(after - timedelta(minutes=1), street.anna) == "Door code 4711"
    assert seen(after + timedelta(minutes=1), street.anna) is None
    assert "4711" not in street.client.get(f"/api/v1/listings/{hall}", headers=street.anna.headers).text


def test_nobody_sees_the_door_code_without_a_promise(street, clock):
    hall = street.offer(kind="space", space={"access_notes": "Door code 4711"})
    asked = street.requested(hall, at=AFTERNOON)
    clock.set(START - timedelta(hours=1))

    assert street.read(asked, street.anna)["access"] is None


def test_a_new_door_code_opens_the_door_for_old_promises(street, clock):
    hall = street.offer(kind="space", space={"access_notes": "Door code 4711"})
    promised = street.promised(hall, at=AFTERNOON)
    patch = {"space": {"access_notes": "Door code 1234"}}
    street.client.patch(
        f"/api/v1/listings/{hall}", json=patch, headers=street.ben.headers | {"If-Match": "*"}
    )
    clock.set(START)

    assert street.read(promised, street.anna)["access"] == "Door code 1234"

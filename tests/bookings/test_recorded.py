"""Know-how that is recorded: there for everybody, opened by the provider or at once."""

from datetime import timedelta

import pytest

from tests.factories.bookings import START, actions_of, story_of
from tests.factories.listings import weekly

LINK = "https://example.org/film, password: bread"


def film(street, **know_how):
    fields = {key: know_how.pop(key) for key in ("booking_mode", "hours", "answer_hours") if key in know_how}
    return street.offer(
        kind="know_how", title="Baking", know_how={"form": "recorded", "access": LINK, **know_how}, **fields
    )


def test_the_provider_gives_access(street):
    asked = street.promised(film(street))
    assert street.read(asked, street.anna)["access"] is None
    assert street.read(asked, street.ben)["access"] == LINK
    assert "give-access" in actions_of(street.read(asked, street.ben))

    street.done("give-access", asked, street.ben)

    over = street.read(asked, street.anna)
    assert (over["state"], over["outcome"], over["access"]) == ("completed", "fulfilled", LINK)
    assert street.act("give-access", asked, street.anna).status_code == 403


def test_access_at_once_comes_with_the_request(street):
    open_to_all = film(street, access_at_once=True, booking_mode="instant")

    over = street.requested(open_to_all)

    assert (over["state"], over["outcome"], over["access"]) == ("completed", "fulfilled", LINK)
    assert story_of(over) == ["request", "give-access"]
    assert [event["role"] for event in over["events"]] == ["borrower", "clock"]


def test_access_at_once_follows_a_yes_by_the_clock(street, clock, at):
    asked = street.promised(film(street, access_at_once=True))
    assert asked["state"] == "confirmed"

    at(clock.now())

    assert street.read(asked, street.anna)["access"] == LINK


def test_what_is_recorded_takes_no_units_and_needs_no_hours(street):
    closed = film(street, hours={"opening": weekly(("10:00", "10:30"), days=("sunday",))})
    year = (START, START + timedelta(days=300))

    first, second = street.promised(closed, at=year), street.promised(closed, at=year, by=street.stranger)

    assert (first["state"], second["state"]) == ("confirmed", "confirmed")
    steps = street.client.get(
        f"/api/v1/listings/{closed}/calendar",
        params={"from": START.isoformat(), "to": (START + timedelta(days=1)).isoformat()},
    ).json()["steps"]
    assert {step["free_units"] for step in steps} == {1}


def test_a_request_from_now_on_is_answered_in_its_time(street, clock, at):
    now = clock.now()
    asked = street.requested(
        film(street, answer_hours=48), at=(now - timedelta(hours=1), now + timedelta(days=1))
    )

    at(now + timedelta(hours=47))
    waiting = street.read(asked, street.anna)["state"]
    at(now + timedelta(hours=49))

    assert (waiting, street.read(asked, street.anna)["state"]) == ("requested", "expired")


def test_what_lies_wholly_in_the_past_is_not_asked_for(street, clock):
    now = clock.now()

    refused = street.ask(film(street), at=(now - timedelta(days=2), now - timedelta(days=1))).json()

    assert [reason["code"] for reason in refused["reasons"]] == ["in_the_past"]


def test_without_a_link_in_the_listing_the_provider_s_words_are_the_access(street):
    asked = street.promised(film(street, access=None))

    street.done("give-access", asked, street.ben, note="The DVD lies in your letter box.")

    assert street.read(asked, street.anna)["access"] == "The DVD lies in your letter box."


def test_a_provider_who_forgets_is_reminded_after_a_day(street, clock, at, told):
    street.promised(film(street))

    at(clock.now() + timedelta(hours=25))

    assert told() == [("access_due", ["provider"])]


@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_who_gets_no_access_sees_no_link(street, end):
    if end == "decline":
        asked = street.done("decline", street.requested(film(street)), street.ben)
    else:
        asked = street.done("cancel", street.promised(film(street)), street.anna)

    assert street.read(asked, street.anna)["access"] is None

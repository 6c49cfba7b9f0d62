"""Asking for something, and answering."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.factories.bookings import END, START, actions_of, story_of


def test_a_request_waits_for_its_answer_and_holds_its_units(street):
    drill = street.offer()

    answer = street.ask(drill, purpose="Shelves", message="Hello Ben!")

    booking = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/bookings/{booking['id']}"
    assert (booking["state"], booking["outcome"], booking["version"]) == ("requested", None, 1)
    assert (booking["starts_at"], booking["ends_at"]) == ("2026-11-30T09:00:00Z", "2026-12-02T09:00:00Z")
    assert booking["listing"]["title"] == "Cordless drill"
    assert (booking["borrower"]["name"], booking["provider"]["name"]) == ("Anna", "Ben")
    assert booking["expires_at"] is not None
    assert (booking["pricing"], booking["price"], booking["exchange"]) == ("free", None, None)
    assert actions_of(booking) == {"withdraw"}
    assert street.ask(drill, by=street.stranger).status_code == 409


def test_an_instant_offer_is_promised_at_once(street):
    booking = street.requested(street.offer(booking_mode="instant"))

    assert booking["state"] == "confirmed"
    assert [(event["state_before"], event["state_after"]) for event in booking["events"]] == [
        (None, "confirmed")
    ]


def test_the_price_is_the_one_at_the_request(street):
    day = {"tariff": "regular", "billing_unit": "calendar_day", "amount_minor": 500, "currency": "EUR"}

    booking = street.requested(street.offer(units=2, tariffs=[day]), units=2)

    assert booking["price"] == {"amount_minor": 3000, "currency": "EUR"}
    assert (booking["pricing"], booking["tariff"]) == ("tariff", "regular")


def test_without_tariffs_the_price_is_by_arrangement(street):
    booking = street.requested(street.offer(tariffs=None))

    assert (booking["pricing"], booking["price"]) == ("by_arrangement", None)


def test_what_is_gone_is_told_with_what_is_free(street):
    drill = street.offer(units=3)
    street.requested(drill, units=2)

    refused = street.ask(drill, units=2)

    assert refused.status_code == 409
    assert refused.json()["free_units"] == 1
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["not_enough_units"]


def test_a_request_that_holds_nothing_leaves_the_calendar_open_until_somebody_is_promised(street):
    drill = street.offer(request_holds=False)
    first, second = street.requested(drill), street.requested(drill, by=street.stranger)

    street.done("accept", second, street.ben)
    refused = street.act("accept", first, street.ben)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/slot-taken"
    assert street.read(first, street.anna)["state"] == "requested"


@pytest.mark.parametrize(
    "fields",
    [
        {"units": 0},
        {"units": "1"},
        {"at": (END, START)},
        {"at": (START, START)},
        {"surprise": True},
        {"purpose": "x" * 501},
    ],
)
def test_what_cannot_be_meant_is_refused(street, fields):
    assert street.ask(street.offer(), **fields).status_code == 422


def test_a_time_needs_an_offset(street):
    body = {
        "listing_id": str(street.offer()),
        "starts_at": "2026-11-30T09:00:00",
        "ends_at": "2026-12-02T09:00:00Z",
    }

    refused = street.client.post("/api/v1/bookings", json=body, headers=street.anna.headers)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/starts_at"


def test_nobody_borrows_their_own_things(street):
    refused = street.ask(street.offer(), by=street.ben)

    assert refused.status_code == 409
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["own_listing"]


def test_nobody_asks_in_the_name_of_strangers(street):
    assert street.ask(street.offer(), organisation_id=str(street.stranger.id)).status_code == 403


def test_what_is_not_there_cannot_be_asked_for(street):
    assert street.ask(UUID(int=7)).status_code == 404


def test_asking_needs_somebody(street):
    street.offer()

    assert street.client.post("/api/v1/bookings", json={}).status_code in (401, 422)
    assert street.client.get("/api/v1/bookings").status_code == 401


def test_a_yes_opens_contact_and_address_to_both_and_to_nobody_else(street):
    asked = street.requested()
    assert street.read(asked, street.anna)["contact"] is None
    assert street.read(asked, street.ben)["contact"] is None

    street.done("accept", asked, street.ben)

    anna, ben = street.read(asked, street.anna), street.read(asked, street.ben)
    assert (anna["contact"]["email"], ben["contact"]["email"]) == ("ben@example.org", "anna@example.org")
    assert anna["contact"]["address"]
    assert ben["contact"]["address"] is None
    assert (len(anna["hand_over_code"]), ben["hand_over_code"]) == (6, None)
    stranger = street.client.get(f"/api/v1/bookings/{asked['id']}", headers=street.stranger.headers)
    assert stranger.status_code == 404


@pytest.mark.parametrize(
    ("action", "who", "state"), [("decline", "ben", "declined"), ("withdraw", "anna", "withdrawn")]
)
def test_a_request_that_ends_frees_its_units(street, action, who, state):
    drill = street.offer()
    asked = street.requested(drill)

    ended = street.done(action, asked, getattr(street, who), reason="other", note="Sorry!")

    assert (ended["state"], ended["outcome"], ended["contact"]) == (state, None, None)
    assert (ended["events"][-1]["reason"], ended["events"][-1]["note"]) == ("other", "Sorry!")
    assert street.ask(drill, by=street.stranger).status_code == 201


def test_only_the_right_side_answers(street):
    asked = street.requested()

    assert street.act("accept", asked, street.anna).status_code == 403
    assert street.act("withdraw", asked, street.ben).status_code == 403
    assert street.act("accept", asked, street.stranger).status_code == 404
    assert street.act("accept", asked, street.moderator).status_code == 404


def test_a_second_yes_is_told_what_is_possible(street):
    promised = street.promised()

    refused = street.act("accept", promised, street.ben)

    assert refused.status_code == 409
    assert refused.json()["type"] == "/problems/step-not-possible"
    assert refused.json()["allowed_actions"] == [
        "propose-change", "cancel", "raise-case", "make-ready", "hand-over",
    ]  # fmt: skip


def test_an_action_honours_the_version_seen(street):
    asked = street.requested()
    path = f"/api/v1/bookings/{asked['id']}"
    seen = street.client.get(path, headers=street.ben.headers).headers["ETag"]
    street.client.post(f"{path}/messages", json={"text": "Hi"}, headers=street.anna.headers)

    done = street.act("accept", asked, street.ben, headers={"If-Match": seen})
    stale = street.act("cancel", asked, street.ben, headers={"If-Match": seen}, reason="broken")

    assert (done.status_code, stale.status_code) == (200, 412)


def test_a_repeated_request_with_its_key_is_one_booking(street):
    drill = street.offer(units=5)

    answers = [street.ask(drill, headers={"Idempotency-Key": "k1"}) for _ in range(3)]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]


def test_bookings_are_listed_by_side_newest_first_page_by_page(street):
    drill = street.offer(units=5)
    mine = [street.requested(drill)["id"] for _ in range(3)]
    street.done("withdraw", {"id": mine[0]}, street.anna)

    def listed(who, **query):
        found = street.client.get("/api/v1/bookings", params=query, headers=who.headers)
        assert found.status_code == 200, found.text
        return found.json()

    first = listed(street.anna, limit=2)
    second = listed(street.anna, limit=2, after=first["next"])
    assert [item["id"] for item in first["items"] + second["items"]] == mine[::-1]
    assert second["next"] is None
    assert len(listed(street.ben, role="provider")["items"]) == 3
    assert listed(street.ben, role="borrower")["items"] == []
    assert [item["id"] for item in listed(street.anna, state="withdrawn")["items"]] == mine[:1]
    assert listed(street.stranger)["items"] == []
    assert (
        street.client.get(
            "/api/v1/bookings",
            params={"after": first["next"], "role": "borrower"},
            headers=street.anna.headers,
        ).status_code
        == 400
    )


def test_the_story_names_every_step(street):
    booking = street.promised()

    assert story_of(booking) == ["request", "accept"]
    assert [(event["version"], event["role"]) for event in booking["events"]] == [
        (1, "borrower"),
        (2, "provider"),
    ]


def test_allowed_actions_lead_where_they_say(street):
    asked = street.requested()
    (link,) = asked["allowed_actions"]

    answer = street.client.request(link["method"], link["href"], headers=street.anna.headers)

    assert answer.json()["state"] == "withdrawn"


def test_contact_closes_two_weeks_after_the_end(street, clock):
    promised = street.promised()
    street.done("cancel", promised, street.anna)
    assert street.read(promised, street.anna)["contact"] is not None

    clock.turn(timedelta(days=14))

    assert street.read(promised, street.anna)["contact"] is None

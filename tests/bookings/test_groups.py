"""Groups: several listings in one ask (T16)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from app.kernel.event_log import LoggedEvent
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START
from tests.factories.listings import mirrored, offer

LATER = START + timedelta(days=7), END + timedelta(days=7)


@pytest.fixture
def together(street):
    """Ask for these listings at once; the answer may be a refusal."""

    def ask(*items, by=None, at=(START, END), headers=None, **fields):
        body = {
            "items": [item if isinstance(item, dict) else {"listing_id": str(item)} for item in items],
            "starts_at": at[0].isoformat(),
            "ends_at": at[1].isoformat(),
            **fields,
        }
        who = by or street.anna
        return street.client.post("/api/v1/booking-groups", json=body, headers=who.headers | (headers or {}))

    return ask


@pytest.fixture
def cleo(street):
    """Another who lends."""
    return signed_in_person(street.instance, "Cleo")


@pytest.fixture
def stage(street, cleo):
    """Ben's two halves of an evening, and Cleo's third."""
    lamp = offer(street.instance, cleo, title="Lamp").id
    return street.offer(title="Hall"), street.offer(title="Beamer"), lamp


def call(street, action, group, by, **body):
    return street.client.post(f"/api/v1/booking-groups/{group['id']}/{action}", json=body, headers=by.headers)


def read(street, group, by):
    return street.client.get(f"/api/v1/booking-groups/{group['id']}", headers=by.headers)


def answers(group):
    return [item["answer"] for item in group["items"]]


def titles(group):
    return [item["listing"]["title"] for item in group["items"]]


def mine(street, who, **query):
    query = {"limit": 100} | query
    return street.client.get("/api/v1/bookings", params=query, headers=who.headers).json()["items"]


def test_t16_several_listings_of_several_providers_are_one_ask(street, together, stage, cleo):
    answer = together(*stage, purpose="Theatre", message="Hello!")

    group = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/booking-groups/{group['id']}"
    assert (titles(group), answers(group)) == (["Hall", "Beamer", "Lamp"], ["requested"] * 3)
    assert [item["provider"]["name"] for item in group["items"]] == ["Ben", "Ben", "Cleo"]
    assert [link["action"] for link in group["allowed_actions"]] == ["withdraw"]
    assert read(street, group, street.anna).json() == group
    bookings = mine(street, street.anna)
    assert {booking["group_id"] for booking in bookings} == {group["id"]}
    assert {booking["purpose"] for booking in bookings} == {"Theatre"}
    for number, texts in ((0, ["Hello!"]), (1, []), (2, ["Hello!"])):
        path = f"/api/v1/bookings/{group['items'][number]['booking_id']}/messages"
        talk = street.client.get(path, headers=street.anna.headers).json()
        assert [said["text"] for said in talk["items"]] == texts


def test_t16_a_provider_sees_and_answers_their_own_parts_only(street, together, stage, cleo):
    group = together(*stage).json()

    bens = read(street, group, street.ben).json()
    assert titles(bens) == ["Hall", "Beamer"]
    assert [link["action"] for link in bens["allowed_actions"]] == ["accept", "decline"]
    assert titles(read(street, group, cleo).json()) == ["Lamp"]
    assert call(street, "withdraw", group, street.ben).status_code == 403
    assert call(street, "accept", group, street.anna).status_code == 403

    accepted = call(street, "accept", group, street.ben)

    assert answers(accepted.json()) == ["confirmed", "confirmed"]
    assert answers(read(street, group, street.anna).json()) == ["confirmed", "confirmed", "requested"]
    assert call(street, "accept", group, street.ben).status_code == 409
    assert answers(call(street, "decline", group, cleo, reason="other").json()) == ["refused"]


def test_t16_all_or_nothing_one_refusal_refuses_all_and_stores_nothing(street, instance, together, stage):
    hall, beamer, lamp = stage
    street.requested(beamer, by=street.stranger)
    assert street.anna
    before = rows(instance)

    refused = together(hall, beamer, lamp)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "not_bookable")
    assert [one["code"] for one in problem["reasons"]] == ["not_enough_units"]
    assert [(one["item"], one["listing_id"]) for one in problem["items"]] == [
        (number, str(listing)) for number, listing in enumerate(stage)
    ]
    assert [[why["code"] for why in one["reasons"]] for one in problem["items"]] == [
        [],
        ["not_enough_units"],
        [],
    ]
    assert rows(instance) == before
    assert street.ask(hall, by=street.stranger).status_code == 201


def rows(instance):
    """How many rows the tables of bookings have."""
    with instance.database.engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("booking", "booking_group", "group_item", "occupancy", "segment", "event_log")
        }


def test_t16_best_effort_takes_what_can_be_had_and_says_what_not(street, together, stage):
    hall, beamer, lamp = stage
    street.requested(beamer, by=street.stranger)

    answer = together(hall, beamer, lamp, mode="best_effort")

    group = answer.json()
    assert answer.status_code == 201, answer.text
    assert answers(group) == ["requested", "clash", "requested"]
    missed = group["items"][1]
    assert (missed["booking_id"], missed["listing"]["title"]) == (None, "Beamer")
    assert [why["code"] for why in missed["reasons"]] == ["not_enough_units"]
    assert titles(read(street, group, street.ben).json()) == ["Hall"]


def test_t16_best_effort_without_anything_is_refused(street, instance, together):
    drill = street.offer()
    street.requested(drill, by=street.stranger)
    assert street.anna
    before = rows(instance)

    refused = together(drill, mode="best_effort")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_bookable")
    assert rows(instance) == before


def test_t16_parts_may_have_times_and_units_of_their_own(street, together):
    hall, chairs = street.offer(), street.offer(units=40)
    own = {
        "listing_id": str(chairs),
        "units": 30,
        "starts_at": LATER[0].isoformat(),
        "ends_at": LATER[1].isoformat(),
    }

    group = together(hall, own).json()

    assert [(item["starts_at"], item["units"]) for item in group["items"]] == [
        ("2026-11-30T09:00:00Z", 1),
        ("2026-12-07T09:00:00Z", 30),
    ]


@pytest.mark.parametrize(("units", "status"), [(2, 201), (1, 409)])
def test_t16_one_listing_twice_needs_units_for_both(street, together, units, status):
    chairs = street.offer(units=units)

    answer = together(chairs, chairs)

    assert answer.status_code == status, answer.text
    if status == 409:
        assert [bool(one["reasons"]) for one in answer.json()["items"]] == [False, True]


@pytest.mark.parametrize(
    "body",
    [
        {"items": []},
        {"items": [{"listing_id": str(UUID(int=1))}]},
        {"items": [{"listing_id": str(UUID(int=1))}], "starts_at": START.isoformat()},
        {
            "items": [{"listing_id": str(UUID(int=1))}] * 21,
            "starts_at": START.isoformat(),
            "ends_at": END.isoformat(),
        },
    ],
)
def test_t16_a_group_that_cannot_be_meant_is_refused(street, body):
    refused = street.client.post("/api/v1/booking-groups", json=body, headers=street.anna.headers)

    assert refused.status_code == 422


def test_t16_a_reversed_part_is_named(street, together):
    drill = street.offer()
    reversed_part = {"listing_id": str(drill), "ends_at": START.isoformat()}

    refused = together(drill, reversed_part)

    assert refused.json()["errors"][0]["pointer"] == "/items/1/ends_at"


def test_t16_what_is_not_visible_is_not_found(street, together):
    assert together(street.offer(), UUID(int=7)).status_code == 404


@pytest.mark.parametrize("mode", ["all_or_nothing", "best_effort"])
def test_t16_a_partners_listing_cannot_be_part_of_a_group_and_that_is_said(street, together, mode):
    bike = mirrored(street.instance, street.stranger.id, federation="bookable")

    answer = together(street.offer(), bike, mode=mode)

    if mode == "best_effort":
        assert answers(answer.json()) == ["requested", "refused"]
        codes = [why["code"] for why in answer.json()["items"][1]["reasons"]]
    else:
        assert answer.status_code == 409
        codes = [why["code"] for why in answer.json()["items"][1]["reasons"]]
    assert codes == ["not_yet"]


def test_t16_a_later_no_leaves_the_rest_which_can_be_taken_back_with_one_call(
    street, together, stage, cleo, instance
):
    group = together(*stage).json()
    street.done("accept", {"id": group["items"][0]["booking_id"]}, street.ben)
    street.done("decline", {"id": group["items"][2]["booking_id"]}, cleo)

    assert answers(read(street, group, street.anna).json()) == ["confirmed", "requested", "refused"]
    assert told(instance, "booking.group_broken") == [{"action": "decline", "left": 2}]

    withdrawn = call(street, "withdraw", group, street.anna)

    assert withdrawn.status_code == 200, withdrawn.text
    assert [item["state"] for item in withdrawn.json()["items"]] == ["cancelled", "withdrawn", "declined"]
    assert call(street, "withdraw", group, street.anna).status_code == 409
    assert street.ask(stage[0], by=street.stranger).status_code == 201


def told(instance, name):
    """What was told under this name, without ids."""
    with Session(instance.database.engine) as session:
        found = session.exec(select(LoggedEvent).where(col(LoggedEvent.name) == name)).all()
    return [
        {key: value for key, value in one.payload.items() if not key.endswith("_id") and key != "whom"}
        for one in found
    ]


def test_t16_a_lapsed_part_is_told_too_and_best_effort_misses_nothing(
    street, together, stage, clock, run_jobs
):
    together(*stage[:2], mode="best_effort")
    group = together(stage[2]).json()
    street.done("withdraw", {"id": group["items"][0]["booking_id"]}, street.anna)
    wanted = together(*stage[2:], street.offer(answer_hours=24)).json()

    clock.turn(timedelta(hours=25))
    run_jobs()

    assert answers(read(street, wanted, street.anna).json()) == ["requested", "cancelled"]
    assert told(street.instance, "booking.group_broken") == [{"action": "expire", "left": 1}]


def test_t16_only_what_can_be_taken_back_is_and_the_rest_is_told(street, together):
    group = together(street.offer(booking_mode="instant"), street.offer()).json()
    street.done("hand-over", {"id": group["items"][0]["booking_id"]}, street.ben)

    withdrawn = call(street, "withdraw", group, street.anna).json()

    assert [item["state"] for item in withdrawn["items"]] == ["handed_over", "withdrawn"]
    assert [why["code"] for why in withdrawn["items"][0]["reasons"]] == ["step_not_possible"]


def test_the_parts_of_a_group_and_the_dates_of_a_series_can_be_listed(street, together, stage):
    group = together(*stage).json()
    weekly = street.requested(at=LATER, recurrence="FREQ=WEEKLY;COUNT=3")

    def listed(by, **filters):
        answer = street.client.get("/api/v1/bookings", params=filters, headers=by.headers)
        return {one["listing"]["title"] for one in answer.json()["items"]}, len(answer.json()["items"])

    assert listed(street.anna, group_id=group["id"]) == ({"Hall", "Beamer", "Lamp"}, 3)
    assert listed(street.ben, group_id=group["id"]) == ({"Hall", "Beamer"}, 2)
    assert listed(street.ben, series_id=weekly["series_id"]) == ({"Cordless drill"}, 3)
    assert listed(street.stranger, series_id=weekly["series_id"]) == (set(), 0)


def test_a_group_is_nobody_elses_business(street, together, stage):
    group = together(*stage).json()

    assert read(street, group, street.stranger).status_code == 404
    assert read(street, group, street.moderator).status_code == 404
    for action in ("withdraw", "accept", "decline"):
        assert call(street, action, group, street.stranger).status_code == 404
    assert street.client.get(f"/api/v1/booking-groups/{group['id']}").status_code == 401


def test_a_repeated_group_with_its_key_is_one_group(street, together, stage, instance):
    key = {"Idempotency-Key": "k1"}

    first, second = (together(*stage, headers=key) for _ in range(2))

    assert (second.headers["Idempotency-Replayed"], second.content) == ("true", first.content)
    assert second.headers["Location"] == first.headers["Location"]
    assert rows(instance)["booking"] == 3


def test_t16_groups_in_opposite_order_neither_wait_in_a_circle_nor_promise_too_much(street, together):
    hall, beamer = street.offer(booking_mode="instant"), street.offer(booking_mode="instant")
    people = (street.anna, street.stranger)

    for week in range(4):
        at = tuple(moment + timedelta(weeks=week) for moment in (START, END))
        asks = [
            lambda who=people[number % 2], order=(hall, beamer)[:: 1 if number % 2 else -1], at=at: together(
                *order, by=who, at=at
            )
            for number in range(8)
        ]
        with ThreadPoolExecutor(len(asks)) as pool:
            got = list(pool.map(lambda ask: ask(), asks))

        assert Counter(answer.status_code for answer in got) == {201: 1, 409: 7}

    assert len(mine(street, street.anna)) + len(mine(street, street.stranger)) == 8


def test_t16_a_hall_and_its_half_cannot_be_had_together(street, together):
    hall = street.offer(title="Hall")
    half = street.offer(title="Half", part_of=str(hall))

    refused = together(hall, half)
    best = together(hall, half, mode="best_effort")

    assert [bool(one["reasons"]) for one in refused.json()["items"]] == [False, True]
    assert [one["code"] for one in refused.json()["reasons"]] == ["related_taken"]
    assert answers(best.json()) == ["requested", "clash"]


def test_t16_many_who_take_back_and_answer_at_once_do_not_wait_in_a_circle(street, together):
    halls = [street.offer(title="Hall"), street.offer(title="Stage")]
    halves = [street.offer(title="Half", part_of=str(hall), units=1) for hall in halls]
    weeks = [tuple(moment + timedelta(weeks=week) for moment in (START, END)) for week in range(4)]
    groups = [
        together(*order, at=at).json()
        for at, order in zip(weeks, [halls, halls[::-1], halves, halves[::-1]], strict=True)
    ]
    moves = [
        lambda group=group, action=action, who=who: call(street, action, group, who)
        for group in groups
        for action, who in (("withdraw", street.anna), ("accept", street.ben))
    ]

    with ThreadPoolExecutor(len(moves)) as pool:
        got = [answer.status_code for answer in pool.map(lambda move: move(), moves)]

    assert set(got) <= {200, 409}, got
    assert [set(answers(read(street, group, street.anna).json())) for group in groups] == [{"cancelled"}] * 4


def test_who_leaves_takes_their_words_and_name_from_a_group(street, together, stage, instance):
    group = together(*stage, purpose="Anna's play").json()

    gone = street.client.delete("/api/v1/me", headers=street.anna.headers)

    assert gone.status_code in (200, 204), gone.text
    seen = read(street, group, street.ben).json()
    assert (seen["borrower"]["id"], seen["purpose"], answers(seen)) == (None, None, ["cancelled"] * 2)
    with instance.database.engine.connect() as connection:
        left = connection.exec_driver_sql(
            "SELECT borrower_id, requested_by, purpose FROM booking_group"
        ).one()
    assert tuple(left) == (None, None, None)


def test_groups_can_be_taken_along(street, together, stage):
    group = together(*stage).json()

    taken = street.client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"]

    assert [one["id"] for one in taken["groups"]] == [group["id"]]
    assert len(taken["groups"][0]["items"]) == 3

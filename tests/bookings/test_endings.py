"""How bookings end before anything changed hands: called off early or late (T19), or never answered (T20)."""

from datetime import timedelta

import pytest

from app.bookings import service
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, actions_of, story_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("hours", "when", "outcome"),
    [
        (24, START - DAY - MINUTE, "cancelled_early"),
        (24, START - DAY, "cancelled_late"),
        (None, START - MINUTE, "cancelled_early"),
        (None, START, "cancelled_late"),
    ],
)
@pytest.mark.parametrize("who", ["anna", "ben"])
def test_t19_who_calls_off_is_told_early_or_late_by_the_deadline_of_the_listing(
    street, clock, hours, when, outcome, who
):
    drill = street.offer(cancellation={"hours_before": hours})
    loan = street.promised(drill)
    clock.set(when)

    over = street.done("cancel", loan, getattr(street, who), reason="ill")

    side = {"anna": "borrower", "ben": "provider"}[who]
    assert (over["state"], over["outcome"]) == ("cancelled", outcome)
    assert [(event["role"], event["reason"]) for event in over["events"][-1:]] == [(side, "ill")]
    assert street.ask(drill, by=street.stranger, at=(START + 2 * HOUR, END)).status_code == 201


def test_t19_a_deadline_that_changes_later_changes_no_promise(street, clock):
    drill = street.offer(cancellation={"hours_before": 24})
    loan = street.promised(drill)
    change = {"cancellation": {"hours_before": 24 * 30}}
    street.client.patch(
        f"/api/v1/listings/{drill}", json=change, headers=street.ben.headers | {"If-Match": "*"}
    )

    assert street.done("cancel", loan, street.anna)["outcome"] == "cancelled_early"


def test_t19_a_provider_always_can_but_says_why(street, clock):
    loan = street.promised(street.offer(cancellation={"hours_before": 48}))
    clock.set(START + HOUR)

    assert street.act("cancel", loan, street.ben).status_code == 422
    assert street.done("cancel", loan, street.ben, note="It broke yesterday.")["outcome"] == "cancelled_late"


def test_t19_after_the_hand_over_there_is_only_an_early_return(street, clock):
    drill = street.offer()
    loan = street.handed_over(drill)

    for who in (street.anna, street.ben):
        assert street.act("cancel", loan, who, reason="ill").status_code == 409
    assert "cancel" not in actions_of(street.read(loan, street.anna))
    clock.set(START + HOUR)
    street.done("take-back", loan, street.ben)

    assert street.ask(drill, by=street.stranger, at=(START + 2 * HOUR, END)).status_code == 201


def test_t20_six_days_without_an_answer_or_the_own_start_and_it_has_lapsed(street, clock, at, told):
    far = (START + 30 * DAY, END + 30 * DAY)
    waits, soon = street.requested(street.offer(), at=far), street.requested(street.offer())
    asked = clock.now()
    assert waits["expires_at"][:16] == moment(asked + 6 * DAY)[:16]
    assert soon["expires_at"][:16] == moment(asked + 6 * DAY)[:16]
    hurried = street.requested(street.offer(), at=(START - 4 * DAY, START - 3 * DAY))
    assert hurried["expires_at"] == moment(START - 4 * DAY)

    at(asked + 5 * DAY + HOUR)

    assert told() == [("answer_due", ["provider"])] * 2, "what is over is not reminded of"
    assert street.read(hurried, street.anna)["state"] == "expired"
    at(asked + 6 * DAY + HOUR)
    assert {street.read(one, street.anna)["state"] for one in (waits, soon, hurried)} == {"expired"}
    assert len(told()) == 2


def test_t20_what_has_lapsed_is_accepted_by_nobody_however_late_the_clock(street, clock):
    asked = street.requested(street.offer(answer_hours=24))
    clock.turn(2 * DAY)

    refused = street.act("accept", asked, street.ben)

    assert [reason["code"] for reason in refused.json()["reasons"]] == ["not_lapsed"]
    assert "accept" not in actions_of(street.read(asked, street.ben))


def test_t20_who_came_too_late_is_shown_the_queue_and_gets_a_turn_there(street, told, run_jobs):
    cora = signed_in_person(street.instance, "Cora")
    drill = street.offer(request_holds=False)
    mine, rival = street.requested(drill, by=cora), street.requested(drill)
    promised = street.done("accept", rival, street.ben)

    assert told() == [("no_longer_fits", ["borrower", "provider"])]
    ways = {way["way"]: way for way in street.read(mine, cora)["ways_out"]}
    assert street.read(mine, street.ben)["ways_out"] == []
    queue = ways["join_queue"]
    body = {"starts_at": queue["starts_at"], "ends_at": queue["ends_at"], "units": queue["units"]}
    joined = street.client.request(queue["method"], queue["href"], json=body, headers=cora.headers)
    assert joined.status_code == 201
    street.done("cancel", promised, street.anna)
    run_jobs()

    assert street.read(joined.json(), cora)["state"] == "offered"
    assert street.read(mine, cora)["ways_out"] != [], "the turn holds what the request asks for"


def test_t20_after_days_without_a_clock_everything_strikes_once_and_in_order(
    street, instance, clock, told, run_jobs
):
    cora = signed_in_person(street.instance, "Cora")
    far = {"at": (START + 20 * DAY, END + 20 * DAY)}
    request = street.requested(street.offer(answer_hours=24), **far)
    counter = street.requested(street.offer(answer_hours=24), **far)
    street.done("counter", counter, street.ben, condition="Only with gloves")
    change = street.promised(street.offer(), **far)
    street.done("propose-change", change, street.anna, ends_at=moment(far["at"][1] + DAY))
    returned = street.handed_over(street.offer())
    street.done("take-back", returned, street.ben)
    drill = street.offer()
    loan = street.promised(drill, **far)
    body = {"starts_at": moment(far["at"][0]), "ends_at": moment(far["at"][1])}
    turn = street.client.post(f"/api/v1/listings/{drill}/queue", json=body, headers=cora.headers).json()
    street.done("cancel", loan, street.anna)
    run_jobs()
    assert street.read(turn, cora)["state"] == "offered"

    clock.turn(4 * DAY)
    while service.sweep(instance.transactions):
        pass
    first = [story_of(street.read(one, who)) for one, who in (
        (request, street.anna), (counter, street.anna), (change, street.anna), (returned, street.anna), (turn, cora)
    )]  # fmt: skip
    while service.sweep(instance.transactions):
        pass
    run_jobs()

    assert first == [
        ["request", "expire"],
        ["request", "counter", "expire"],
        ["request", "accept", "propose-change", "decline-change"],
        ["request", "accept", "hand-over", "take-back", "complete"],
        ["join-queue", "offer-turn", "expire"],
    ]
    assert story_of(street.read(turn, cora)) == first[-1]
    assert [reminder for reminder, _ in told()] == [], "nothing is said about what is over"

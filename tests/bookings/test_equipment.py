"""A thing changes hands and comes back, or does not."""

from datetime import timedelta

import pytest

from tests.factories.bookings import END, START, actions_of, story_of


@pytest.fixture
def free(street):
    """How many units somebody could have just now, for the agreed time."""

    def look(listing_id):
        refused = street.ask(listing_id, by=street.stranger, units=50)
        return refused.json()["free_units"]

    return look


def test_a_loan_from_the_promise_to_the_end(street, clock):
    loan = street.promised()
    clock.set(START)
    street.done("make-ready", loan, street.ben)

    out = street.done("hand-over", loan, street.ben, condition="Like new", units=1)
    told = street.done("report-return", loan, street.anna)
    back = street.done("take-back", loan, street.ben, condition="Still like new")
    over = street.done("complete", loan, street.anna)

    assert [step["state"] for step in (out, told, back, over)] == [
        "handed_over",
        "return_reported",
        "returned",
        "completed",
    ]
    assert (over["outcome"], over["units_out"], over["version"]) == ("fulfilled", 0, 7)
    assert story_of(over) == [
        "request",
        "accept",
        "make-ready",
        "hand-over",
        "report-return",
        "take-back",
        "complete",
    ]
    assert [(record["kind"], record["units"]) for record in over["records"]] == [
        ("hand_over", 1),
        ("return", 1),
    ]
    assert actions_of(over) == {"raise-case"}


def test_the_borrower_acknowledges_by_tapping(street):
    loan = street.handed_over()
    assert street.read(loan, street.anna)["records"][0]["acknowledged_at"] is None

    tapped = street.done("hand-over", loan, street.anna)
    again = street.act("hand-over", loan, street.anna)

    assert tapped["state"] == "handed_over"
    assert tapped["records"][0]["acknowledged_at"] is not None
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "unacknowledged")


def test_the_six_digits_acknowledge_the_hand_over(street):
    loan = street.promised()
    code = street.read(loan, street.anna)["hand_over_code"]

    wrong = street.act("hand-over", loan, street.ben, code=f"{(int(code) + 1) % 1_000_000:06}")
    right = street.done("hand-over", loan, street.ben, code=code)

    assert (wrong.status_code, wrong.json()["code"]) == (409, "code_wrong")
    assert right["records"][0]["acknowledged_at"] is not None


def test_a_returned_thing_is_free_again_at_once(street, clock, free):
    drill = street.offer()
    loan = street.handed_over(drill)
    clock.set(START + timedelta(hours=1))

    street.done("take-back", loan, street.ben)

    rest = street.ask(drill, by=street.stranger, at=(START + timedelta(hours=2), END))
    assert rest.status_code == 201


def test_a_partial_return_frees_what_came_back(street, free):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=8)
    assert free(chairs) == 2

    partly = street.done("take-back", loan, street.ben, units=5)
    assert (partly["state"], partly["units_out"], free(chairs)) == ("handed_over", 3, 7)
    assert street.act("take-back", loan, street.ben, units=4).status_code == 422
    whole = street.done("take-back", loan, street.ben, units=3)

    assert (whole["state"], whole["units_out"], free(chairs)) == ("returned", 0, 10)


def test_fewer_units_than_promised_are_a_loan_partly_fulfilled(street, free):
    chairs = street.offer(units=10)
    loan = street.promised(chairs, units=8)

    street.done("hand-over", loan, street.ben, units=6)
    assert free(chairs) == 4
    street.done("take-back", loan, street.ben)

    assert street.done("complete", loan, street.anna)["outcome"] == "partly_fulfilled"


def test_more_than_promised_is_not_handed_over(street):
    loan = street.promised(street.offer(units=10), units=8)

    assert street.act("hand-over", loan, street.ben, units=9).status_code == 422


def test_nothing_is_handed_over_that_another_promise_needs(street, clock):
    drill = street.offer()
    before = (START - timedelta(days=2), START - timedelta(days=1))
    street.promised(drill, by=street.stranger, at=before)
    loan = street.promised(drill)

    too_early = street.act("hand-over", loan, street.ben)
    clock.set(START - timedelta(hours=1))
    in_time = street.act("hand-over", loan, street.ben)

    assert (too_early.status_code, too_early.json()["code"]) == (409, "slot_taken")
    assert in_time.status_code == 200


def test_an_early_hand_over_takes_its_units_from_now_on(street):
    drill = street.offer()
    street.handed_over(drill)

    refused = street.ask(drill, by=street.stranger, at=(START - timedelta(days=3), START - timedelta(days=2)))

    assert refused.status_code == 409


def test_what_nobody_collects_is_free_again(street, clock):
    drill = street.offer()
    loan = street.promised(drill)
    assert street.act("not-collected", loan, street.ben).json()["reasons"][0]["code"] == "started"
    clock.set(START + timedelta(hours=1))

    over = street.done("not-collected", loan, street.ben)

    assert (over["state"], over["outcome"]) == ("completed", "not_collected")
    assert street.ask(drill, at=(START + timedelta(hours=2), END)).status_code == 201


@pytest.mark.parametrize("outcome", ["did_not_happen", "no_show_provider", "no_show_borrower"])
def test_either_says_that_nothing_came_of_it(street, clock, outcome):
    loan = street.promised()
    clock.set(START)

    over = street.done("did-not-happen", loan, street.anna, outcome=outcome)

    assert (over["state"], over["outcome"]) == ("completed", outcome)


def test_only_what_did_not_happen_is_named_so(street, clock):
    loan = street.promised()
    clock.set(START)

    assert street.act("did-not-happen", loan, street.anna, outcome="fulfilled").status_code == 422


@pytest.mark.parametrize(
    ("cancel_hours", "hours_before", "outcome"),
    [(None, 1, "cancelled_early"), (24, 25, "cancelled_early"), (24, 23, "cancelled_late")],
)
def test_a_cancellation_is_early_or_late(street, clock, cancel_hours, hours_before, outcome):
    drill = street.offer(cancellation={"hours_before": cancel_hours})
    loan = street.promised(drill)
    clock.set(START - timedelta(hours=hours_before))

    over = street.done("cancel", loan, street.anna)

    assert (over["state"], over["outcome"]) == ("cancelled", outcome)
    assert street.ask(drill).status_code == 201


def test_a_provider_cancels_with_a_reason(street):
    loan = street.promised()

    silent = street.act("cancel", loan, street.ben)
    spoken = street.done("cancel", loan, street.ben, reason="broken", note="The motor is gone.")

    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert (spoken["events"][-1]["role"], spoken["events"][-1]["note"]) == ("provider", "The motor is gone.")


def test_after_the_hand_over_nobody_cancels(street):
    loan = street.handed_over()

    assert street.act("cancel", loan, street.anna).status_code == 409


def test_what_is_lost_is_no_longer_there_for_others(street, free):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=3)

    lost = street.done("mark-lost", loan, street.anna, note="Left on the tram")

    assert (lost["state"], free(chairs)) == ("lost", 7)
    street.done("settle", loan, street.anna)
    over = street.done("settle", loan, street.ben)
    assert (over["state"], over["outcome"], free(chairs)) == ("completed", "lost", 7)


def test_a_case_is_settled_when_both_agree(street):
    loan = street.handed_over()
    street.done("raise-case", loan, street.ben, note="Scratched")

    one = street.done("settle", loan, street.ben)
    same = street.done("settle", loan, street.ben)
    both = street.done("settle", loan, street.anna)

    assert [step["state"] for step in (one, same, both)] == ["unresolved", "unresolved", "completed"]
    assert both["outcome"] == "settled"


def test_a_moderator_sees_a_case_and_settles_it(street):
    loan = street.handed_over()
    path = f"/api/v1/bookings/{loan['id']}"
    assert street.client.get(path, headers=street.moderator.headers).status_code == 404
    street.done("raise-case", loan, street.ben)

    seen = street.read(loan, street.moderator)
    over = street.done("settle", loan, street.moderator)

    assert (actions_of(seen), seen["contact"]) == ({"settle"}, None)
    assert (over["state"], over["outcome"]) == ("completed", "settled")


def test_a_case_keeps_what_is_out_taken(street, free):
    drill = street.offer()
    loan = street.handed_over(drill)

    street.done("raise-case", loan, street.ben)

    assert free(drill) == 0


def test_a_completed_loan_becomes_a_case_within_two_weeks(street, clock):
    loan = street.handed_over()
    street.done("take-back", loan, street.ben)
    street.done("complete", loan, street.anna)

    clock.turn(timedelta(days=13))
    raised = street.done("raise-case", loan, street.ben)

    assert (raised["state"], raised["outcome"]) == ("unresolved", None)

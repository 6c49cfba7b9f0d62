"""Amendments: one side proposes other terms for a promise, the other says yes or no, or silence says no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.accounts.tables import Person
from app.bookings.rules.changes import BEGUN, outlived
from app.bookings.rules.states import is_terminal
from app.bookings.rules.words import State
from tests.conftest import MONDAY
from tests.factories.bookings import END, START, actions_of, story_of

DAY = timedelta(days=1)
LATER = (START + 7 * DAY, END + 7 * DAY)
LONGER = {"ends_at": (END + DAY).isoformat()}
PER_DAY = {"tariff": "regular", "billing_unit": "calendar_day", "amount_minor": 500, "currency": "EUR"}


def when(start, end):
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat()}


def moment(at):
    return at.isoformat().replace("+00:00", "Z")


def calendar(street, listing_id, start, end):
    answer = street.client.get(
        f"/api/v1/listings/{listing_id}/calendar",
        params={"from": start.isoformat(), "to": end.isoformat()},
    )
    return [step["free_units"] for step in answer.json()["steps"]]


@pytest.mark.parametrize(("asks", "answers"), [("anna", "ben"), ("ben", "anna")])
def test_a_proposed_change_counts_when_the_other_says_yes(street, asks, answers):
    drill = street.offer()
    loan = street.promised(drill)

    proposed = street.done("propose-change", loan, getattr(street, asks), **LONGER)
    seen = street.read(loan, getattr(street, answers))

    assert (proposed["state"], proposed["ends_at"]) == ("confirmed", moment(END))
    side = {"anna": "borrower", "ben": "provider"}[asks]
    assert seen["change"] == {
        "by": side, "starts_at": moment(START), "ends_at": moment(END + DAY), "units": 1, "place_note": None,
        "price": None, "since": seen["change"]["since"], "lapses_at": seen["change"]["lapses_at"],
    }  # fmt: skip
    assert {"accept-change", "decline-change"} <= actions_of(seen)
    assert not {"accept-change", "decline-change", "propose-change"} & actions_of(proposed)
    assert calendar(street, drill, END, END + DAY) == [1]

    agreed = street.done("accept-change", loan, getattr(street, answers))

    assert (agreed["state"], agreed["ends_at"], agreed["change"]) == ("confirmed", moment(END + DAY), None)
    assert calendar(street, drill, END, END + DAY) == [0]
    assert story_of(agreed)[2:] == ["propose-change", "accept-change"]
    assert [event["terms"]["ends_at"] for event in agreed["events"][2:]] == [moment(END + DAY)] * 2


def test_a_shift_frees_what_is_left_behind(street):
    drill = street.offer()
    loan = street.promised(drill)

    street.done("propose-change", loan, street.anna, **when(*LATER))
    street.done("accept-change", loan, street.ben)

    assert street.ask(drill, by=street.stranger).status_code == 201
    assert street.ask(drill, by=street.stranger, at=LATER).status_code == 409


def test_fewer_units_and_another_place(street):
    chairs = street.offer(units=5)
    loan = street.promised(chairs, units=5)

    street.done("propose-change", loan, street.ben, units=2, place_note="At the parish hall")
    agreed = street.done("accept-change", loan, street.anna)

    assert (agreed["units"], agreed["place_note"]) == (2, "At the parish hall")
    assert calendar(street, chairs, START, END) == [3]


def test_nobody_answers_their_own_proposal_and_one_is_enough(street):
    loan = street.promised()
    street.done("propose-change", loan, street.anna, **LONGER)

    own = street.act("accept-change", loan, street.anna)
    second = street.act("propose-change", loan, street.ben, ends_at=(END - DAY).isoformat())

    assert (own.status_code, [one["code"] for one in own.json()["reasons"]]) == (409, ["change_to_answer"])
    assert (second.status_code, [one["code"] for one in second.json()["reasons"]]) == (
        409,
        ["no_change_open"],
    )
    assert street.act("decline-change", loan, street.anna).status_code == 409
    assert street.act("accept-change", loan, street.stranger).status_code == 404


def test_a_declined_change_leaves_everything_as_it_was_and_another_can_follow(street):
    loan = street.promised()
    street.done("propose-change", loan, street.anna, **LONGER)

    declined = street.done("decline-change", loan, street.ben, note="My sister needs it then.")

    assert (declined["ends_at"], declined["change"], declined["state"]) == (moment(END), None, "confirmed")
    assert street.done("propose-change", loan, street.ben, **LONGER)["change"]["by"] == "provider"


def test_who_proposed_a_change_takes_it_back(street):
    loan = street.promised()
    proposed = street.done("propose-change", loan, street.anna, **LONGER)
    assert "withdraw-change" in actions_of(proposed)
    assert street.act("withdraw-change", loan, street.ben).status_code == 409

    taken_back = street.done("withdraw-change", loan, street.anna)

    assert (taken_back["change"], taken_back["ends_at"]) == (None, moment(END))
    assert street.act("accept-change", loan, street.ben).status_code == 409
    assert street.done("propose-change", loan, street.ben, **LONGER)["change"]["by"] == "provider"


def test_whoever_may_borrow_nothing_more_may_still_give_back(street):
    loan = street.promised(street.offer(units=5), units=5)
    with street.instance.database.writing() as session:
        session.get_one(Person, street.anna.id).suspended_at = MONDAY

    street.done("propose-change", loan, street.ben, units=2, ends_at=moment(END - DAY))

    assert street.done("accept-change", loan, street.anna)["units"] == 2
    assert (
        street.act("propose-change", loan, street.ben, ends_at=moment(END)).json()["code"] == "not_bookable"
    )


def test_t10_the_buffers_of_a_promise_stay_when_the_listing_asks_for_longer_ones(street, clock):
    drill = street.offer()
    noon = START + timedelta(hours=3)
    first, second = (street.promised(drill, at=span) for span in ((START, noon), (noon, END)))
    street.client.patch(
        f"/api/v1/listings/{drill}",
        json={"limits": {"buffer_before_minutes": 60, "buffer_after_minutes": 60}},
        headers=street.ben.headers | {"If-Match": "*"},
    )

    street.done("propose-change", first, street.anna, **when(START - timedelta(hours=1), noon))
    street.done("accept-change", first, street.ben)
    clock.set(START - timedelta(hours=2))

    assert street.done("hand-over", first, street.ben)["state"] == "handed_over", "it leaves in time"
    assert street.read(second, street.ben)["standing"] is None
    assert street.ask(drill, by=street.stranger, at=(END, END + DAY)).status_code == 409, (
        "who is new keeps them"
    )


def test_a_proposal_lapses_after_48_hours_even_when_the_clock_is_late(street, clock, at):
    loan = street.promised()
    proposed = street.done("propose-change", loan, street.anna, **LONGER)
    lapses = clock.now() + timedelta(hours=48)
    assert proposed["change"]["lapses_at"][:16] == moment(lapses)[:16]

    clock.set(lapses)
    assert street.act("accept-change", loan, street.ben).status_code == 409
    at(lapses)

    lapsed = street.read(loan, street.anna)
    assert (lapsed["change"], lapsed["state"]) == (None, "confirmed")
    assert [(event["action"], event["role"]) for event in lapsed["events"][-1:]] == [
        ("decline-change", "clock")
    ]


def test_t06_nobody_is_asked_about_what_the_calendar_does_not_allow(street):
    drill = street.offer()
    loan = street.promised(drill)
    street.promised(drill, by=street.stranger, at=(END, END + DAY))

    refused = street.act("propose-change", loan, street.ben, **LONGER)

    assert (refused.status_code, refused.json()["code"], refused.json()["free_units"]) == (
        409,
        "slot_taken",
        0,
    )
    assert street.read(loan, street.anna)["change"] is None


def test_t06_the_calendar_is_looked_at_again_when_a_change_is_accepted(street):
    drill = street.offer()
    loan = street.promised(drill)
    street.done("propose-change", loan, street.anna, **LONGER)
    street.promised(drill, by=street.stranger, at=(END, END + DAY))

    refused = street.act("accept-change", loan, street.ben)

    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert street.read(loan, street.anna)["ends_at"] == moment(END)


def test_a_provider_may_extend_beyond_their_limits_and_a_borrower_may_not_ask_for_it(street):
    loan = street.promised(street.offer(limits={"max_minutes": 2 * 24 * 60}))

    refused = street.act("propose-change", loan, street.anna, **LONGER)

    assert [reason["code"] for reason in refused.json()["reasons"]] == ["too_long"]
    street.done("propose-change", loan, street.ben, **LONGER)
    assert street.done("accept-change", loan, street.anna)["ends_at"] == moment(END + DAY)


def test_a_promise_can_be_changed_while_the_listing_takes_nothing_new(street):
    drill = street.offer()
    loan = street.promised(drill)
    street.client.post(f"/api/v1/listings/{drill}/pause", headers=street.ben.headers)

    street.done("propose-change", loan, street.anna, **LONGER)

    assert street.done("accept-change", loan, street.ben)["ends_at"] == moment(END + DAY)


def test_t04_giving_back_a_part_needs_no_room(street):
    chairs = street.offer(units=5)
    loan = street.promised(chairs, units=4)
    street.client.patch(
        f"/api/v1/listings/{chairs}", json={"units": 1}, headers=street.ben.headers | {"If-Match": "*"}
    )

    street.done("propose-change", loan, street.ben, units=2)

    assert street.done("accept-change", loan, street.anna)["units"] == 2


def test_t14_a_change_is_priced_by_the_frozen_tariff_and_tax_and_accepting_is_consent(street):
    chairs = street.offer(units=5, tariffs=[PER_DAY], vat_permille=190)
    loan = street.promised(chairs, units=2)
    dearer = {"tariffs": [PER_DAY | {"amount_minor": 900}], "vat_permille": 70}
    street.client.patch(
        f"/api/v1/listings/{chairs}", json=dearer, headers=street.ben.headers | {"If-Match": "*"}
    )
    assert loan["total"]["amount_minor"] == 3570

    proposed = street.done("propose-change", loan, street.anna, **LONGER)
    agreed = street.done("accept-change", loan, street.ben)

    assert (proposed["total"]["amount_minor"], proposed["change"]["price"]["amount_minor"]) == (3570, 4760)
    assert [agreed[part]["amount_minor"] for part in ("net", "vat", "total")] == [4000, 760, 4760]


def test_t14_a_price_that_the_provider_names_contains_the_tax(street):
    loan = street.promised(street.offer(tariffs=[PER_DAY], vat_permille=190))

    street.done("propose-change", loan, street.ben, amount_minor=1000)
    agreed = street.done("accept-change", loan, street.anna)

    assert [agreed[part]["amount_minor"] for part in ("net", "vat", "total")] == [840, 160, 1000]
    assert street.act("propose-change", loan, street.anna, amount_minor=1).status_code == 422


def test_t14_the_deposit_follows_the_units(street):
    deposit = {"amount_minor": 2000, "currency": "EUR"}
    loan = street.promised(street.offer(units=5, deposit=deposit), units=3)

    street.done("propose-change", loan, street.anna, units=1)

    assert street.done("accept-change", loan, street.ben)["deposit"]["amount_minor"] == 2000


@pytest.mark.parametrize(
    "body",
    [
        {"starts_at": (START - timedelta(hours=1)).isoformat()},
        {"units": 1},
        {"condition": "Only with gloves"},
        {"ends_at": (START + timedelta(minutes=1)).isoformat()},
        {},
    ],
)
def test_what_is_out_is_only_extended_and_never_into_the_past(street, clock, body):
    loan = street.promised(street.offer(units=5), units=2)
    clock.set(START + timedelta(hours=2))
    street.done("hand-over", loan, street.ben)

    assert street.act("propose-change", loan, street.anna, **body).status_code == 422


def test_what_is_out_is_extended(street, clock, at, told):
    drill = street.offer()
    loan = street.promised(drill)
    clock.set(START - timedelta(hours=1))
    street.done("hand-over", loan, street.ben)
    clock.set(START + DAY)

    street.done("propose-change", loan, street.anna, **LONGER)
    extended = street.done("accept-change", loan, street.ben)
    at(END + timedelta(hours=1))

    assert (extended["state"], extended["ends_at"]) == ("handed_over", moment(END + DAY))
    assert street.ask(drill, by=street.stranger, at=(END, END + DAY)).status_code == 409
    assert street.ask(drill, by=street.stranger, at=(END + DAY, END + 2 * DAY)).status_code == 201
    assert "overdue" not in {reminder for reminder, _ in told()}


def test_of_a_partial_hand_over_only_what_is_out_is_extended(street, clock):
    chairs = street.offer(units=5)
    loan = street.promised(chairs, units=5)
    clock.set(START)
    street.done("hand-over", loan, street.ben, units=2)
    street.requested(chairs, by=street.stranger, units=3, at=(END, END + DAY))

    street.done("propose-change", loan, street.anna, **LONGER)
    street.done("accept-change", loan, street.ben)

    assert calendar(street, chairs, END, END + DAY) == [0]


def test_what_is_overdue_can_still_be_extended(street, clock, at):
    drill = street.offer()
    loan = street.handed_over(drill)
    at(END + timedelta(hours=2))
    assert street.read(loan, street.anna)["standing"] == "overdue"

    street.done("propose-change", loan, street.anna, **LONGER)
    street.done("accept-change", loan, street.ben)

    assert street.read(loan, street.anna)["standing"] == "due_soon"
    assert street.ask(drill, by=street.stranger, at=(END + DAY, END + 2 * DAY)).status_code == 201


def test_a_promise_does_not_grow_in_units(street):
    loan = street.promised(street.offer(units=5), units=2)

    assert street.act("propose-change", loan, street.anna, units=3).status_code == 422


def test_a_proposal_that_was_overtaken_is_forgotten(street, clock):
    shifted, extended = street.promised(), street.promised()
    street.done("propose-change", shifted, street.anna, **when(*LATER))
    street.done("propose-change", extended, street.anna, **LONGER)

    for loan in (shifted, extended):
        street.done("hand-over", loan, street.ben)

    assert street.read(shifted, street.ben)["change"] is None
    assert street.read(extended, street.ben)["change"] is not None
    street.done("take-back", extended, street.ben)
    assert street.read(extended, street.ben)["change"] is None


@pytest.mark.parametrize("state", State)
def test_a_proposal_survives_only_where_it_can_still_be_accepted(state):
    same, other = (START, 1), (START, 2)
    changeable = BEGUN | {State.CONFIRMED, State.READY}

    assert outlived(state, promised=same, proposed=same) is (state not in changeable)
    assert outlived(state, promised=same, proposed=other) is (state not in changeable - BEGUN)
    assert not (is_terminal(state) and state in changeable)


def test_a_case_is_answered_by_its_own_voice_and_not_by_the_one_of_a_change(street):
    loan = street.handed_over()
    street.done("propose-change", loan, street.anna, **LONGER)
    street.done("raise-case", loan, street.anna)

    first = street.done("settle", loan, street.ben)
    second = street.done("settle", loan, street.anna)

    assert (first["state"], first["change"]) == ("unresolved", None)
    assert second["state"] == "completed"


def test_rooms_and_hours_are_extended_too(street, clock):
    until = START + timedelta(hours=3)
    room = street.promised(street.offer(kind="space"), at=(START, until))
    clock.set(START)
    street.done("check-in", room, street.anna)

    street.done("propose-change", room, street.anna, ends_at=(until + timedelta(hours=1)).isoformat())
    agreed = street.done("accept-change", room, street.ben)

    assert (agreed["state"], agreed["ends_at"]) == ("checked_in", moment(until + timedelta(hours=1)))


def test_an_early_return_frees_the_rest_of_a_room_at_once(street, clock):
    room = street.offer(kind="space")
    stay = street.promised(room, at=(START, START + timedelta(hours=4)))
    clock.set(START)
    street.done("check-in", stay, street.anna)
    clock.set(START + timedelta(hours=1))
    street.done("check-out", stay, street.anna)

    rest = (START + timedelta(hours=2), START + timedelta(hours=4))
    assert street.ask(room, by=street.stranger, at=rest).status_code == 201


def test_an_early_return_frees_the_rest_of_a_loan_at_once(street, clock):
    drill = street.offer()
    loan = street.handed_over(drill)
    clock.set(START + timedelta(hours=1))
    street.done("take-back", loan, street.ben)

    assert street.ask(drill, by=street.stranger, at=(START + timedelta(hours=2), END)).status_code == 201


def test_a_change_and_a_rival_for_the_same_day_never_both_win(street):
    for _ in range(5):
        drill = street.offer(booking_mode="instant")
        loan = street.requested(drill)
        street.done("propose-change", loan, street.anna, **LONGER)
        day = (END, END + DAY)

        with ThreadPoolExecutor(6) as pool:
            accepting = [pool.submit(street.act, "accept-change", loan, street.ben) for _ in range(2)]
            asking = [pool.submit(street.ask, drill, street.stranger, at=day) for _ in range(4)]
            answers = [future.result().status_code for future in accepting + asking]

        assert sorted(code for code in answers if code < 300) in ([200], [201])

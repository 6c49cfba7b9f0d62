"""Where people do not agree there is a way out: their own, a moderator's, or the clock's."""

from datetime import timedelta

import pytest

from app.kernel.actor import SYSTEM
from app.listings import service as listings
from tests.factories.bookings import SHORT, TAILS, WAYS_TO, actions_of, story_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def free(street):
    def look(listing_id, at=SHORT):
        return street.ask(listing_id, by=street.stranger, at=at, units=50).json()["free_units"]

    return look


@pytest.mark.parametrize("state", WAYS_TO)
def test_a_case_is_raised_from_every_promised_state_and_settled_by_both(street, state):
    booking = street.brought_to(state)

    case = street.done("raise-case", booking, street.anna, note="Not as agreed.")
    street.done("settle", booking, street.anna)
    over = street.done("settle", booking, street.ben)

    assert (case["state"], over["state"], over["outcome"]) == ("unresolved", "completed", "settled")
    assert over["units_out"] == 0
    assert "raise-case" not in actions_of(over)


def test_a_case_tells_what_happens_next_and_when(street, clock):
    loan = street.handed_over()
    case = street.done("raise-case", loan, street.ben)
    raised = clock.now()

    street.done("settle", loan, street.ben)
    told = street.read(loan, street.anna)["case"]

    assert case["case"]["agreed_by"] is None
    assert told["agreed_by"] == "provider"
    assert told["moderator_at"][:10] == f"{raised + timedelta(days=30):%Y-%m-%d}"
    assert told["settles_at"][:10] == f"{raised + timedelta(days=90):%Y-%m-%d}"


@pytest.mark.parametrize("outcome", ["partly_fulfilled", "did_not_happen", "no_show_provider", "settled"])
def test_a_moderator_names_the_outcome_and_says_why(street, outcome):
    loan = street.handed_over()
    street.done("raise-case", loan, street.anna)

    over = street.done("settle", loan, street.moderator, outcome=outcome, note="Both were heard.")

    assert (over["outcome"], over["events"][-1]["note"]) == (outcome, "Both were heard.")
    assert over["events"][-1]["role"] == "moderator"
    assert street.act("raise-case", loan, street.anna).status_code == 409


def test_the_sides_agree_that_it_is_settled_but_not_as_what(street):
    loan = street.handed_over()
    street.done("raise-case", loan, street.anna)
    street.done("settle", loan, street.anna, outcome="no_show_provider")

    assert street.done("settle", loan, street.ben, outcome="no_show_borrower")["outcome"] == "settled"


def test_what_both_call_settled_is_back(street, free):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=3, at=SHORT)
    street.done("raise-case", loan, street.ben)
    assert free(chairs) == 7

    street.done("settle", loan, street.ben)
    street.done("settle", loan, street.anna)

    assert free(chairs) == 10


def test_what_a_moderator_calls_lost_is_no_longer_there(street, free):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=3)
    street.done("raise-case", loan, street.ben)

    over = street.done("settle", loan, street.moderator, outcome="lost")

    assert (over["outcome"], over["units_out"], free(chairs)) == ("lost", 0, 7)


def test_what_was_lost_and_is_found_is_there_again(street, free):
    chairs = street.offer(units=10)
    lost, other = (street.handed_over(chairs, units=3, at=SHORT) for _ in range(2))
    for loan in (lost, other):
        street.done("mark-lost", loan, street.anna)
    assert free(chairs) == 4

    over = street.done("settle", lost, street.moderator, outcome="fulfilled", note="Behind the stage.")

    assert (over["outcome"], free(chairs)) == ("fulfilled", 7)


def test_whoever_finds_it_later_deletes_the_closure(street, free):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=3)
    street.done("mark-lost", loan, street.anna)
    street.done("settle", loan, street.anna)
    street.done("settle", loan, street.ben)
    address = f"/api/v1/listings/{chairs}/closures"
    [closure] = street.client.get(address, headers=street.ben.headers).json()["items"]

    gone = street.client.delete(f"{address}/{closure['id']}", headers=street.ben.headers)

    assert (gone.status_code, free(chairs)) == (204, 10)


def test_what_the_clock_settles_was_never_said_to_be_back(street, at, clock):
    chairs = street.offer(units=10)
    loan = street.handed_over(chairs, units=3)
    street.done("raise-case", loan, street.ben)

    at(clock.now() + 91 * DAY)

    over = street.read(loan, street.moderator)
    assert (over["outcome"], over["units_out"], over["events"][-1]["role"]) == ("settled", 0, "clock")
    with street.instance.transactions.reading(SYSTEM) as reading:
        assert [closure.units for closure in listings.closures(reading, chairs).items] == [3]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("equipment", "did_not_happen"),
        ("space", "no_show_provider"),
        ("one_to_one", "no_show_borrower"),
        ("group", "did_not_happen"),
        ("recorded", "no_show_provider"),
    ],
)
def test_the_other_adds_their_account(street, kind, outcome, clock):
    booking = street.promised(street.offer(**TAILS[kind]), at=SHORT)
    clock.set(SHORT[0])
    over = street.done("did-not-happen", booking, street.anna, outcome=outcome, note="Nobody opened.")
    assert "add-account" not in actions_of(over)
    assert "add-account" in actions_of(street.read(booking, street.ben))

    wordless = street.act("add-account", booking, street.ben)
    told = street.done("add-account", booking, street.ben, note="I waited at the back door.")

    assert (wordless.status_code, wordless.json()["errors"][0]["pointer"]) == (422, "/note")
    assert (told["state"], told["outcome"]) == ("completed", outcome)
    assert story_of(told)[-1] == "add-account"
    assert told["events"][-1]["note"] == "I waited at the back door."
    assert street.act("add-account", booking, street.anna, note="No!").status_code == 409


def test_an_account_can_be_added_for_two_weeks(street, clock):
    booking = street.promised(street.offer(kind="space"), at=SHORT)
    clock.set(SHORT[0])
    street.done("release", booking, street.ben)

    clock.turn(14 * DAY - HOUR)
    street.done("add-account", booking, street.anna, note="I was there at ten.")
    clock.turn(2 * HOUR)
    late = street.act("add-account", booking, street.anna, note="And at eleven.")

    assert (late.status_code, late.json()["reasons"][0]["code"]) == (409, "account_open")

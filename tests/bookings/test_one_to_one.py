"""An hour of time or know-how: begun, reported by one side, agreed by the other, or not."""

from datetime import timedelta

import pytest

from tests.factories.bookings import START, actions_of, story_of

UNTIL = START + timedelta(hours=2)
HOUR = (START, UNTIL)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def help_offered(street):
    """An hour of know-how, passed on one to one; an hour of time is walked through in test_tails."""
    return street.offer(title="Help with forms", kind="know_how", know_how={"form": "one_to_one"})


@pytest.fixture
def promised(street, help_offered):
    return street.promised(help_offered, at=HOUR)


def test_an_hour_from_the_promise_to_the_end(street, promised, clock):
    assert actions_of(promised) >= {"start", "report"}
    clock.set(START)

    begun = street.done("start", promised, street.anna)
    clock.set(UNTIL)
    told = street.done("report", promised, street.ben, minutes=95)
    over = street.done("agree", promised, street.anna)

    assert [step["state"] for step in (begun, told, over)] == ["in_progress", "reported", "completed"]
    assert (over["outcome"], over["report"]["minutes"], over["report"]["by"]) == ("fulfilled", 95, "provider")
    assert over["report"]["agrees_at"] is None
    assert story_of(over) == ["request", "accept", "start", "report", "agree"]
    assert actions_of(over) == {"raise-case"}


def test_only_the_other_side_answers_a_report(street, promised):
    street.done("report", promised, street.anna, minutes=60)

    refused = street.act("agree", promised, street.anna)

    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "by_the_other")
    assert actions_of(street.read(promised, street.anna)) == {"raise-case"}
    assert actions_of(street.read(promised, street.ben)) >= {"agree", "differ"}


def test_who_differs_opens_a_case(street, promised):
    street.done("report", promised, street.anna, minutes=60)

    differed = street.done("differ", promised, street.ben, note="It was two hours.")

    assert (differed["state"], differed["outcome"]) == ("unresolved", None)
    assert differed["events"][-1]["note"] == "It was two hours."


def test_silence_agrees_after_seven_days_and_says_so_in_advance(street, promised, at, told):
    at(UNTIL)
    reported = street.done("report", promised, street.anna)
    agrees_at = UNTIL + timedelta(days=7)

    at(agrees_at - MINUTE)
    waiting = street.read(promised, street.ben)
    reminded = told()
    at(agrees_at + MINUTE)

    assert reported["report"]["agrees_at"].startswith(f"{agrees_at:%Y-%m-%dT%H:%M}")
    assert waiting["state"] == "reported"
    assert ("agreement_due", ["provider"]) in reminded
    over = street.read(promised, street.ben)
    assert (over["state"], over["outcome"], over["events"][-1]["role"]) == ("completed", "fulfilled", "clock")


def test_both_are_asked_for_the_minutes_once_it_is_over(street, promised, at, told):
    at(UNTIL)

    assert told()[-1] == ("report_due", ["borrower", "provider"])
    assert street.read(promised, street.anna)["state"] == "confirmed"


def test_without_a_number_it_took_as_long_as_agreed(street, promised):
    assert street.done("report", promised, street.anna)["report"]["minutes"] == 120


@pytest.mark.parametrize(("minutes", "status"), [(120 + 24 * 60, 200), (120 + 24 * 60 + 1, 422), (0, 422)])
def test_a_typing_error_of_days_is_refused(street, promised, minutes, status):
    assert street.act("report", promised, street.anna, minutes=minutes).status_code == status


def test_an_hour_reported_early_frees_the_rest(street, help_offered, promised, clock):
    rest = (START + timedelta(hours=1), UNTIL)
    clock.set(START + timedelta(minutes=45))
    assert street.ask(help_offered, by=street.stranger, at=rest).status_code == 409

    street.done("report", promised, street.ben, minutes=45)

    assert street.ask(help_offered, by=street.stranger, at=rest).status_code == 201


def test_what_was_begun_may_still_not_have_happened(street, promised, clock):
    clock.set(START)
    street.done("start", promised, street.anna)

    over = street.done("did-not-happen", promised, street.ben, outcome="no_show_borrower")

    assert (over["state"], over["outcome"]) == ("completed", "no_show_borrower")


def test_an_hour_that_nobody_reports_is_closed_after_two_weeks(street, promised, at):
    at(UNTIL + timedelta(days=14))

    assert street.read(promised, street.anna)["outcome"] == "unreported"

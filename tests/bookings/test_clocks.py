"""What happens when nobody does anything."""

from datetime import timedelta
from uuid import UUID

from app.bookings import service
from app.bookings.tables import Booking
from tests.factories.bookings import END, START, story_of

HOUR = timedelta(hours=1)


def test_an_unanswered_request_lapses_after_the_provider_was_reminded(street, at, told):
    drill = street.offer(answer_hours=48)
    asked = street.requested(drill)
    expires_at = asked["expires_at"]

    at(START - timedelta(days=6) + 1 * HOUR)
    assert told() == [("answer_due", ["provider"])]
    assert street.read(asked, street.anna)["state"] == "requested"
    at(START - timedelta(days=5) + 1 * HOUR)

    lapsed = street.read(asked, street.anna)
    assert (lapsed["state"], lapsed["expires_at"], lapsed["events"][-1]["role"]) == ("expired", None, "clock")
    assert expires_at.startswith("2026-11-25T08:00")
    assert street.ask(drill, by=street.stranger).status_code == 201
    assert told() == [("answer_due", ["provider"])]


def test_a_request_lapses_at_its_own_start(street, at):
    asked = street.requested(street.offer(answer_hours=24 * 30))

    at(START)

    assert street.read(asked, street.anna)["state"] == "expired"


def test_the_sweep_runs_as_a_job(street, clock, run_jobs):
    asked = street.requested()
    run_jobs()

    clock.set(START)
    run_jobs()

    assert street.read(asked, street.anna)["state"] == "expired"


def test_looking_twice_does_nothing_twice(street, at, told):
    loan = street.promised()

    at(START - HOUR)
    at(START - HOUR)

    assert told() == [("starts_soon", ["borrower", "provider"])]
    assert story_of(street.read(loan, street.anna)) == ["request", "accept"]


def test_silence_takes_back_and_completes(street, clock, at):
    drill = street.offer()
    loan = street.handed_over(drill)
    clock.set(END)
    street.done("report-return", loan, street.anna)

    at(END + timedelta(days=7) + HOUR)
    returned = street.read(loan, street.anna)
    at(END + timedelta(days=9) + 2 * HOUR)
    over = street.read(loan, street.anna)

    assert (returned["state"], returned["units_out"]) == ("returned", 0)
    assert (over["state"], over["outcome"]) == ("completed", "fulfilled")
    assert [event["role"] for event in over["events"][-2:]] == ["clock", "clock"]


def test_a_late_thing_takes_its_units_until_it_is_back(street, at, told):
    drill = street.offer()
    loan = street.handed_over(drill)
    tomorrow = (END + timedelta(hours=20), END + timedelta(hours=22))

    at(END - HOUR)
    assert street.read(loan, street.anna)["standing"] == "due_soon"
    at(END + timedelta(minutes=1))

    assert street.read(loan, street.anna)["standing"] == "overdue"
    assert street.ask(drill, by=street.stranger, at=tomorrow).status_code == 409
    at(END + 5 * HOUR)
    later = (END + timedelta(hours=26), END + timedelta(hours=28))
    assert street.ask(drill, by=street.stranger, at=later).status_code == 409
    street.done("take-back", loan, street.ben)
    assert street.ask(drill, by=street.stranger, at=tomorrow).status_code == 201
    assert told()[-1] == ("overdue", ["borrower", "provider"])


def test_the_next_borrower_is_warned_once_when_something_late_reaches_them(street, at, told):
    drill = street.offer()
    street.handed_over(drill)
    following = street.ask(
        drill, by=street.stranger, at=(END + timedelta(hours=20), END + timedelta(hours=22))
    ).json()
    street.done("accept", following, street.ben)
    unharmed = street.offer()
    street.promised(unharmed, at=(END + timedelta(hours=20), END + timedelta(hours=22)))

    at(END + timedelta(minutes=1))
    at(END + 2 * HOUR)

    assert [whom for reminder, whom in told() if reminder == "at_risk"] == [["borrower"]]


def test_one_booking_that_cannot_be_looked_at_keeps_no_other_waiting(street, clock, instance):
    broken, whole = street.requested(street.offer()), street.requested(street.offer())
    with instance.database.writing() as session:
        session.get_one(
            Booking, UUID(broken["id"])
        ).version = 0  # its next step is one that was taken already

    clock.set(START)
    looked_at = service.sweep(instance.transactions)

    assert looked_at == 1
    assert street.read(whole, street.anna)["state"] == "expired"
    assert street.read(broken, street.anna)["state"] == "requested"


def test_what_never_comes_back_becomes_a_case_of_which_staff_hear(street, at, told):
    drill = street.offer()
    loan = street.handed_over(drill)

    at(END + timedelta(days=14))

    case = street.read(loan, street.moderator)
    assert (case["state"], case["units_out"]) == ("unresolved", 1)
    assert ("moderator_called", ["moderator"]) in told()
    soon = (END + timedelta(days=14, hours=2), END + timedelta(days=14, hours=3))
    assert street.ask(drill, by=street.stranger, at=soon).status_code == 409


def test_a_case_that_nobody_settles_is_settled_after_ninety_days(street, at, told, clock):
    loan = street.handed_over()
    street.done("raise-case", loan, street.ben)
    raised = clock.now()

    at(raised + timedelta(days=30))
    called = told()
    at(raised + timedelta(days=91))

    assert ("moderator_called", ["moderator"]) in called
    over = street.read(loan, street.moderator)  # who signs in only now: a session idles 30 days
    assert (over["state"], over["outcome"]) == ("completed", "settled")


def test_what_nobody_reports_is_closed_two_weeks_after_its_end(street, at, told):
    loan = street.promised()

    at(END + timedelta(hours=25))
    asked = told()
    at(END + timedelta(days=14))

    assert asked[-1] == ("what_happened", ["borrower", "provider"])
    over = street.read(loan, street.anna)
    assert (over["state"], over["outcome"]) == ("completed", "unreported")


def test_those_who_no_longer_fit_are_told_when_somebody_else_is_promised(street, told):
    chairs = street.offer(units=3, request_holds=False)
    wanted = [street.requested(chairs, units=units) for units in (2, 2, 1)]

    street.done("accept", wanted[0], street.ben)

    assert told() == [("no_longer_fits", ["borrower", "provider"])]

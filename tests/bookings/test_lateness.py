"""What is due, late, or at risk for the next: derived, warned of in time, and met with help (T5)."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.factories.bookings import END, START
from tests.factories.listings import weekly

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEXT = (END + 20 * HOUR, END + 22 * HOUR)


def wire(moment):
    return moment.isoformat().replace("+00:00", "Z")


def by_answer(booking):
    return {one["answer"]: one for one in booking["answers"]}


@pytest.fixture
def drill(street):
    return street.offer()


@pytest.fixture
def late(street, drill, at):
    """Anna has the drill and is late; somebody else is promised it for tomorrow."""
    loan = street.handed_over(drill)
    following = street.done("accept", street.ask(drill, by=street.stranger, at=NEXT).json(), street.ben)
    at(END + timedelta(minutes=1))
    return loan, following


def test_t05_the_next_borrower_sees_that_it_is_at_risk_and_what_else_there_is(street, late):
    loan, following = late

    seen = street.read(following, street.stranger)

    assert seen["standing"] == "at_risk"
    assert {way["way"] for way in seen["ways_out"]} >= {"next_free"}
    assert street.read(following, street.ben)["standing"] == "at_risk"
    assert street.read(following, street.ben)["ways_out"] == []
    assert street.read(loan, street.anna)["standing"] == "overdue"


def test_t05_the_risk_is_over_when_the_thing_is_back(street, late):
    loan, following = late

    street.done("take-back", loan, street.ben)

    seen = street.read(following, street.stranger)
    assert (seen["standing"], seen["ways_out"]) == (None, [])


def test_fewer_units_than_promised_put_promises_at_risk_too(street, clock):
    chairs = street.offer(units=5)
    promised = street.promised(chairs, units=5)
    headers = street.ben.headers | {"If-Match": "*"}
    street.client.patch(f"/api/v1/listings/{chairs}", json={"units": 4}, headers=headers)

    [listed] = street.client.get("/api/v1/bookings", headers=street.anna.headers).json()["items"]

    assert street.read(promised, street.anna)["standing"] == "at_risk"
    assert listed["standing"] == "at_risk"


def test_lists_know_the_risk_at_a_constant_cost(street, instance):
    def cost():
        seen = []
        count = lambda *_: seen.append(1)  # noqa: E731 - a counter
        event.listen(instance.database.engine, "before_cursor_execute", count)
        street.client.get("/api/v1/bookings?limit=50", headers=street.anna.headers)
        event.remove(instance.database.engine, "before_cursor_execute", count)
        return len(seen)

    street.promised()
    few = cost()
    for day in range(1, 5):
        street.promised(at=(START + day * DAY, END + day * DAY))

    assert cost() == few


def test_overdue_is_an_offer_of_help_with_answers_in_one_tap(street, drill, at, clock):
    loan = street.handed_over(drill)
    assert street.read(loan, street.anna)["answers"] == []

    at(END + HOUR)
    seen = by_answer(street.read(loan, street.anna))

    assert list(seen) == ["brought_back", "need_longer", "problem"]
    assert seen["need_longer"]["body"] == {"ends_at": wire(END + DAY)}
    assert street.read(loan, street.ben)["answers"] == []
    for answer, state in (("need_longer", "handed_over"), ("problem", "unresolved")):
        one = seen[answer]
        told = street.client.post(one["href"], json=one["body"], headers=street.anna.headers)
        assert (told.status_code, told.json()["state"]) == (200, state), told.text


def test_brought_back_is_one_tap(street, drill, at):
    loan = street.handed_over(drill)
    at(END - HOUR)

    one = by_answer(street.read(loan, street.anna))["brought_back"]
    told = street.client.post(one["href"], json=one["body"], headers=street.anna.headers)

    assert told.json()["state"] == "return_reported"


def test_more_time_is_offered_only_where_somebody_is_there_to_take_it_back(street, at):
    mondays = weekly(("08:00", "18:00"), days=("monday", "wednesday"))
    drill = street.offer(hours={"pick_up": mondays})
    loan = street.handed_over(drill)

    at(END - HOUR)

    monday = END + 5 * DAY
    assert by_answer(street.read(loan, street.anna))["need_longer"]["body"] == {"ends_at": wire(monday)}


def test_more_time_is_not_offered_where_somebody_else_is_promised_it(street, late):
    loan, _ = late

    assert list(by_answer(street.read(loan, street.anna))) == ["brought_back", "problem"]


def test_who_is_a_week_late_is_offered_a_time_to_come(street, drill, at):
    loan = street.handed_over(drill)

    at(END + 5 * DAY + HOUR)

    assert by_answer(street.read(loan, street.anna))["need_longer"]["body"] == {
        "ends_at": wire(END + 6 * DAY)
    }

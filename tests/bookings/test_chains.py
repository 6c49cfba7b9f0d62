"""Bookings of one person on one listing that follow closely count as one (T8), through the front door."""

from datetime import timedelta

from tests.factories.bookings import START

DAY = timedelta(days=1)
LIMITS = {"max_minutes": 5 * 1440, "chain_gap_minutes": 2 * 1440}


def days(first, last):
    return START + first * DAY, START + last * DAY


def codes(answer):
    return [reason["code"] for reason in answer.json()["reasons"]]


def test_t08_who_has_it_for_three_days_cannot_go_on_for_three_more(street):
    drill = street.offer(limits=LIMITS)
    street.promised(drill, at=days(0, 3))

    refused = street.ask(drill, at=days(4, 7))

    assert (refused.status_code, codes(refused)) == (409, ["chain_too_long"])
    assert street.ask(drill, at=days(5, 8)).status_code == 201  # two days apart is far enough


def test_t08_another_person_and_another_listing_make_no_chain(street):
    drill, other = street.offer(limits=LIMITS), street.offer(limits=LIMITS)
    street.promised(drill, at=days(0, 3))

    assert street.ask(drill, street.stranger, at=days(4, 7)).status_code == 201
    assert street.ask(other, at=days(4, 7)).status_code == 201


def test_t08_what_was_called_off_makes_no_chain(street):
    drill = street.offer(limits=LIMITS)
    street.done("withdraw", street.requested(drill, at=days(0, 3)), street.anna)

    assert street.ask(drill, at=days(4, 7)).status_code == 201


def test_t08_a_booking_makes_no_chain_with_itself_when_it_is_confirmed(street):
    drill = street.offer(limits=LIMITS)

    assert street.promised(drill, at=days(0, 5))["state"] == "confirmed"


def test_t08_a_chain_reaches_back_as_far_as_it_may_be_long(street, clock):
    long_loans = {"max_minutes": 100 * 1440, "chain_gap_minutes": 2 * 1440}
    bike = street.offer(limits=long_loans)
    first = street.handed_over(bike, at=days(0, 1))
    clock.set(START + DAY)
    street.done("complete", street.done("take-back", first, street.ben, units=1), street.anna)
    street.promised(bike, at=days(2, 40))

    assert codes(street.ask(bike, at=days(41, 102))) == ["chain_too_long"]

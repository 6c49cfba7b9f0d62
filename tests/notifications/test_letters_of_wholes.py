"""A series or a group is one letter, not one for each booking."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, START, Street
from tests.factories.listings import offer
from tests.factories.mail import text_of

ANNA, BEN, CLEO = "anna@example.org", "ben@example.org", "cleo@example.org"
EVENING = (datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 11, 30, 19, tzinfo=UTC))
RULE = "FREQ=WEEKLY;COUNT=3"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def subjects(mailbox, address):
    return [mail["Subject"] for mail in mailbox.to(address)]


def post(street, path, by, **body):
    answer = street.client.post(f"/api/v1{path}", json=body, headers=by.headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_series_is_asked_for_answered_and_called_off_in_one_letter_each(street, mailbox, run_jobs):
    asked = street.requested(at=EVENING, recurrence=RULE)
    run_jobs()
    assert subjects(mailbox, BEN) == ["Somebody asks for 3 dates: Cordless drill"]
    text = text_of(mailbox.last_to(BEN))
    assert "Anna asks for Cordless drill on 3 dates." in text
    assert f"http://testserver/series/{asked['series_id']}" in text

    post(street, f"/series/{asked['series_id']}/accept", street.ben)
    run_jobs()
    assert subjects(mailbox, ANNA) == ["Yes, on 3 dates: Cordless drill"]

    post(street, f"/series/{asked['series_id']}/cancel", street.anna, from_date="2026-12-07")
    run_jobs()
    assert subjects(mailbox, BEN)[1:] == ["Cancelled: 2 dates of Cordless drill"]
    assert len(subjects(mailbox, ANNA)) == 1


def test_one_date_of_a_series_is_answered_in_a_letter_of_its_own(street, mailbox, run_jobs):
    asked = street.requested(at=EVENING, recurrence=RULE)
    street.done("accept", asked, street.ben)
    run_jobs()

    assert subjects(mailbox, ANNA) == ["Yes: Cordless drill"]


def test_an_instant_series_is_told_as_booked(street, mailbox, run_jobs):
    street.requested(street.offer(booking_mode="instant"), at=EVENING, recurrence=RULE)
    run_jobs()

    assert subjects(mailbox, BEN) == ["Booked on 3 dates: Cordless drill"]


def test_dates_that_wait_until_one_moment_are_reminded_of_and_lapse_in_one_letter(
    street, mailbox, run_jobs, clock
):
    at = tuple(moment + timedelta(days=14) for moment in EVENING)
    asked = street.requested(at=at, recurrence=RULE)
    clock.turn(timedelta(days=5, hours=1))
    run_jobs()
    assert subjects(mailbox, BEN)[1:] == ["Still waiting: Cordless drill"]

    clock.turn(timedelta(days=1))
    run_jobs()

    assert subjects(mailbox, BEN)[2:] == ["Lapsed: 3 dates of Cordless drill"]
    assert subjects(mailbox, ANNA) == ["Lapsed: 3 dates of Cordless drill"]
    path = f"/api/v1/series/{asked['series_id']}"
    dates = street.client.get(path, headers=street.anna.headers).json()["dates"]
    assert [one["state"] for one in dates] == ["expired"] * 3


def test_a_group_is_one_letter_to_each_provider_and_a_missing_part_is_told_once(street, mailbox, run_jobs):
    cleo = signed_in_person(street.instance, "Cleo")
    parts = [street.offer(title="Hall"), street.offer(title="Beamer")]
    parts.append(offer(street.instance, cleo, title="Lamp").id)
    items = [{"listing_id": str(one)} for one in parts]
    when = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    group = post(street, "/booking-groups", street.anna, items=items, **when)
    run_jobs()
    assert subjects(mailbox, BEN) == ["Somebody asks for several things: Hall …"]
    assert subjects(mailbox, CLEO) == ["Somebody asks for Lamp"]
    assert "Anna asks for 2 of your listings at once." in text_of(mailbox.last_to(BEN))

    post(street, f"/booking-groups/{group['id']}/accept", street.ben)
    street.done("decline", {"id": group["items"][2]["booking_id"]}, cleo, reason="other")
    run_jobs()
    assert subjects(mailbox, ANNA) == ["Yes: Hall …", "A part is missing: Lamp"]
    text = text_of(mailbox.last_to(ANNA))
    assert "2 other parts" in text
    assert f"http://testserver/booking-groups/{group['id']}" in text

    post(street, f"/booking-groups/{group['id']}/withdraw", street.anna)
    run_jobs()
    assert subjects(mailbox, BEN)[1:] == ["Taken back: Hall …"]
    assert len(subjects(mailbox, CLEO)) == 1


def test_one_part_or_one_date_is_told_as_the_one_thing_it_is(street, mailbox, run_jobs):
    when = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    group = post(street, "/booking-groups", street.anna, items=[{"listing_id": str(street.offer())}], **when)
    run_jobs()
    assert subjects(mailbox, BEN) == ["Somebody asks for Cordless drill"]
    assert "Please answer until" in text_of(mailbox.last_to(BEN))

    post(street, f"/booking-groups/{group['id']}/accept", street.ben)
    weekly = street.promised(at=EVENING, recurrence=RULE)
    post(street, f"/series/{weekly['series_id']}/cancel", street.anna, from_date="2026-12-14")
    run_jobs()

    assert subjects(mailbox, ANNA)[:1] == ["Yes: Cordless drill"]
    assert subjects(mailbox, BEN)[-1] == "Cancelled: Cordless drill"

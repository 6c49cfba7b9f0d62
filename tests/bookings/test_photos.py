"""Photos of what changes hands are for the two sides."""

import pytest

from tests.factories.bookings import Street
from tests.factories.pictures import photo


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def add(street, booking, who):
    headers = who.headers | {"Content-Type": "image/jpeg"}
    return street.client.post(f"/api/v1/bookings/{booking['id']}/photos", content=photo(), headers=headers)


def test_a_photo_stands_in_the_record_and_only_the_two_sides_see_it(street):
    booking = street.promised()
    shown = add(street, booking, street.ben).json()

    handed_over = street.done("hand-over", booking, street.ben, photo_ids=[shown["id"]])

    assert handed_over["records"][0]["photo_ids"] == [shown["id"]]
    assert [one["id"] for one in handed_over["photos"]] == [shown["id"]]
    for who, status in (
        (street.ben, 200),
        (street.anna, 200),
        (street.stranger, 404),
        (street.moderator, 404),
    ):
        answer = street.client.get(shown["url"], headers=who.headers)
        assert answer.status_code == status
    assert street.client.get(shown["url"]).status_code == 401
    assert (
        street.client.get(f"/api/v1/photos/{shown['id']}/large.webp", headers=street.ben.headers).status_code
        == 404
    )


def test_a_photo_of_another_booking_is_not_taken_for_this_one(street):
    other = add(street, street.promised(), street.ben).json()
    booking = street.promised()

    refused = street.act("hand-over", booking, street.ben, photo_ids=[other["id"]])

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/photo_ids"


def test_before_the_promise_and_for_strangers_there_is_nothing_to_photograph(street):
    requested = street.requested()

    assert add(street, requested, street.ben).status_code == 409
    assert add(street, requested, street.stranger).status_code == 404

"""What is done most often asks the database a fixed number of times, however full the calendar and long the list."""

from datetime import timedelta

import pytest

from tests.factories.bookings import END, START
from tests.factories.queries import counted

WEEK = timedelta(days=7)


@pytest.fixture
def counts(street, instance):
    """How often each of the frequent things asks, with this many others around."""
    chairs = street.offer(units=1_000)
    street.promised(chairs)  # a list with a promise in it looks whether it is at risk

    def count(others):
        for number in range(others):
            street.requested(
                chairs, at=(START + number * timedelta(hours=2), END + number * timedelta(hours=2))
            )
        asked = {}
        get, anna = street.client.get, street.anna.headers
        address = f"/api/v1/listings/{chairs}"
        with counted(instance) as asked["calendar of a week"]:
            seen = get(
                f"{address}/calendar", params={"from": START.isoformat(), "to": (START + WEEK).isoformat()}
            )
        with counted(instance) as asked["calendar of a year"]:
            get(
                f"{address}/calendar",
                params={"from": START.isoformat(), "to": (START + 52 * WEEK).isoformat()},
            )
        body = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
        with counted(instance) as asked["quote"]:
            assert street.client.post(f"{address}/quote", json=body, headers=anna).json()["bookable"]
        with counted(instance) as asked["list of bookings"]:
            assert len(get("/api/v1/bookings", params={"limit": 100}, headers=anna).json()["items"]) >= others
        with counted(instance) as asked["request"]:
            made = street.ask(chairs)
        with counted(instance) as asked["accept"]:
            street.done("accept", made.json(), street.ben)
        with counted(instance) as asked["read a booking"]:
            street.read(made.json(), street.anna)
        assert (seen.status_code, made.status_code) == (200, 201)
        return {name: len(statements) for name, statements in asked.items()}

    return count


def test_what_is_done_most_often_asks_a_fixed_number_of_times(counts):
    few = counts(2)
    many = counts(20)

    assert many == few
    assert few["calendar of a week"] == few["calendar of a year"]
    most = {
        "calendar of a week": 2,
        "calendar of a year": 2,
        "quote": 11,
        "list of bookings": 5,
        "request": 37,
        "accept": 38,
        "read a booking": 12,
    }
    assert {name: asked for name, asked in few.items() if asked > most[name]} == {}, few

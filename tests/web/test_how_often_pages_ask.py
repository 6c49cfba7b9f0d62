"""What a page costs without a clock: it asks the database a fixed number of times, however much it shows."""

from datetime import timedelta

import pytest

from tests.factories.bookings import END, START, Street
from tests.factories.browsers import Browser
from tests.factories.queries import counted

MOST = {"find": 15, "listing": 12, "my loans": 11, "loan": 21, "storeroom": 12}
QUARTER = timedelta(minutes=15)


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def storeroom(street):
    """Ben's, with twenty things of which everybody may take some."""
    answer = street.client.post("/api/v1/organisations", json={"name": "Club"}, headers=street.ben.headers)
    return answer.json()["id"]


def test_a_page_asks_a_fixed_number_of_times(street, storeroom, client, instance, clock):
    anna, ben = Browser(client), Browser(client)
    anna.sign_in(street.anna)
    ben.sign_in(street.ben)
    chairs = street.offer(title="Chairs", units=500, organisation_id=storeroom, booking_mode="instant")
    loan = street.requested(chairs, message="For the feast.")
    clock.set(START)
    pages = {
        "find": (anna, "/?q=chairs"),
        "listing": (anna, f"/listings/{chairs}"),
        "my loans": (anna, "/bookings"),
        "loan": (anna, f"/bookings/{loan['id']}"),
        "storeroom": (ben, f"/organisations/{storeroom}/today"),
    }

    def asked():
        told = {}
        for name, (who, address) in pages.items():
            who.open(address)
            with counted(instance) as statements:
                who.open(address)
            told[name] = len(statements)
        return told

    few = asked()
    for number in range(15):
        street.offer(title=f"Chairs of kind {number}")
        street.requested(chairs, at=(START + (number + 1) * QUARTER, END))
        body = {"text": f"Line {number}"}
        client.post(f"/api/v1/bookings/{loan['id']}/messages", json=body, headers=street.anna.headers)

    many = asked()
    assert "Chairs of kind 9" in anna.open(pages["find"][1])
    assert ben.open(pages["storeroom"][1]).count("Anna") >= 15
    assert many == few
    assert {name: count for name, count in few.items() if count > MOST[name]} == {}, few

"""What a listing's page tells, and that it leads on."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.browsers import Browser
from tests.factories.listings import DAYS, offer, weekly

WHEN = "from_day=2026-12-01&from_time=10:00&until_day=2026-12-01&until_time=12:00"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def anna(street, client):
    browser = Browser(client)
    browser.sign_in(street.anna)
    return browser


def test_a_day_of_the_calendar_leads_to_its_request(street, anna):
    """Closed on Mondays: there is nothing to tap; on Tuesdays a tap asks for the hours of that day."""
    hours = {"opening": weekly(("14:00", "18:00"), days=DAYS[1:])}
    room = street.offer(kind="space", title="Kitchen", hours=hours)

    shown = anna.open(f"/listings/{room}?weeks=2026-12-01")

    assert "Tue – Sun: 14:00 – 18:00" in shown
    assert 'data-from-day="2026-12-07"' not in shown
    day = "from_day=2026-12-08&amp;from_time=14%3A00&amp;until_day=2026-12-08&amp;until_time=18%3A00"
    assert day in shown
    assert "It is free then." in anna.open(f"/listings/{room}?{day.replace('&amp;', '&')}")


def test_every_week_is_asked_for_with_one_form(street, anna):
    room = street.offer(kind="space", title="Kitchen")
    anna.open(f"/listings/{room}?{WHEN}")

    answer = anna.post("/ask", every="week", times="3")

    asked = anna.client.get("/api/v1/bookings?role=borrower", headers=street.anna.headers).json()["items"]
    assert len(asked) == 3, answer
    assert {one["series_id"] for one in asked} == {answer.removeprefix("/series/").partition("?")[0]}


def test_who_finds_it_taken_waits_in_the_queue(street, anna, client):
    room = street.offer(kind="space", title="Kitchen", booking_mode="instant")
    dora = Browser(client)
    dora.sign_in(signed_in_person(street.instance, "Dora"))
    dora.open(f"/listings/{room}?{WHEN}")
    dora.send("/ask")

    anna.open(f"/listings/{room}?{WHEN}")
    shown = anna.send("/queue")

    assert "In the queue" in shown


def test_what_is_wanted_is_answered_with_something_of_ones_own(street, anna, client):
    wanted = {"starts_at": "2026-12-01T09:00:00Z", "ends_at": "2026-12-01T17:00:00Z", "units": 2}
    want = offer(street.instance, street.anna, purpose="want", title="Two ladders?", wanted=wanted).id
    ladder = street.offer(title="Ladder", units=2)
    ben = Browser(client)
    ben.sign_in(street.ben)

    assert "Two ladders?" in ben.open("/wants?q=ladders")
    ben.open(f"/listings/{want}")
    ben.send("/offers", offered=str(ladder), message="They are long.")

    assert "Ladder" in anna.open(f"/listings/{want}")
    assert "Promised" in anna.send("/accept-counter")


def test_what_finds_nothing_tells_what_would(street, anna):
    """Taken on Tuesday, free on Wednesday; and one may always say what one needs, with the words and the day."""
    street.offer(
        title="Ladder", booking_mode="instant", hours={"pick_up": weekly(("08:00", "20:00"), days=DAYS[2:])}
    )

    shown = anna.open("/?q=ladder&from_day=2026-12-01&from_time=10:00&until_time=12:00")

    assert "from_day=2026-12-02" in shown
    assert "/offer?purpose=want&amp;title=ladder&amp;from_day=2026-12-01" in shown


def test_a_place_is_known_by_what_is_offered_there(street, anna):
    street.offer(title="Ladder", place={"district": "Plagwitz", "lat": 51.329, "lon": 12.334})
    street.offer(title="Long ladder", place={"district": "Mockau", "lat": 51.3745, "lon": 12.408})

    shown = anna.open("/?q=ladder&place=plagw&radius_km=2")

    assert "Ladder</a>" in shown
    assert "Long ladder" not in shown
    assert "leaflet" not in shown
    assert "leaflet" in anna.open("/?q=ladder&view=map")

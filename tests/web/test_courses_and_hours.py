"""What a form about an offer can say beyond the painted week: the dates of a course, nights, and what it leaves alone."""

import pytest

from tests.factories.bookings import SHORT, TAILS, Street
from tests.factories.browsers import Browser
from tests.factories.pictures import photo

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def ben(street, client):
    browser = Browser(client)
    browser.sign_in(street.ben)
    return browser


def read(street, page, part=""):
    answer = street.client.get(f"/api/v1{page}{part}", headers=street.ben.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def date(number, day, begins="18:00", ends="20:00"):
    return {
        f"date-{number}_day": day,
        f"date-{number}_time": begins,
        f"date-{number}_until": ends,
    }


def test_a_course_has_its_dates_from_the_form_and_one_is_asked_for(street, client, ben):
    ben.open("/offer")
    course = {"kind": "know_how", "title": "Bread", "form": "group", "units": "8"}
    ben.send(
        "/offer/photos",
        **course,
        **date(0, "2026-12-01"),
        **date(1, "2026-12-05", "10:00", "13:00"),
        every_week="3",
    )
    page = ben.page.url.path
    sessions = read(street, page)["know_how"]["sessions"]
    assert [one["starts_at"] for one in sessions] == [
        "2026-12-01T17:00:00Z", "2026-12-05T09:00:00Z", "2026-12-12T09:00:00Z", "2026-12-19T09:00:00Z"
    ]  # fmt: skip
    ben.send("/publish")

    anna = Browser(client)
    anna.sign_in(street.anna)
    times = anna.open(page).partition("Dates</h2>")[2].partition('href="')[2].partition('"')[0]
    anna.open(times.replace("&amp;", "&").partition("#")[0])
    assert "Waiting for an answer" in anna.send("/ask")

    ben.open(f"{page}/edit")
    ben.send("/edit", **date(1, "2026-12-06", "10:00", "13:00"), **date(4, "2026-12-27"))
    kept = read(street, page)["know_how"]["sessions"]
    assert [one["id"] for one in kept[:4]] == [one["id"] for one in sessions]
    assert [one["starts_at"][:10] for one in kept] == [
        "2026-12-01", "2026-12-06", "2026-12-12", "2026-12-19", "2026-12-27"
    ]  # fmt: skip


def test_a_date_with_a_promise_is_cancelled_with_a_word(street, ben):
    course = street.offer(title="Bread", **TAILS["group"])
    seat = street.promised(course, at=SHORT)

    ben.open(f"/listings/{course}/edit")
    assert "Cancel it instead" in ben.send("/edit", **date(0, "2026-12-24"))
    ben.open(f"/listings/{course}")
    assert "cancelled" in ben.send("/cancel", note="The oven is broken.")

    assert street.read(seat, street.anna)["state"] == "cancelled"


def test_a_date_that_ends_before_it_begins_is_told_with_all_that_was_typed(ben):
    ben.open("/offer")
    shown = ben.send(
        "/offer/photos",
        kind="know_how",
        title="Bread",
        form="group",
        **date(0, "2026-12-01", "20:00", "18:00"),
    )

    assert ben.page.status_code == 422
    assert "Please say when this date begins" in shown
    assert 'value="2026-12-01"' in shown


def test_photos_of_a_refused_form_are_there_for_the_next_try(ben, street):
    ben.open("/offer")
    refused = ben.send("/offer/photos", title="", photos=[photo(), photo((320, 240))])
    assert "Photo 2 is here already" in refused

    ben.send("/offer/photos", title="Hammer drill")

    assert len(read(street, ben.page.url.path)["photos"]) == 2


def test_nobody_takes_a_photo_by_its_id(ben, street, client):
    mine = street.offer()
    headers = street.ben.headers | {"Content-Type": "image/jpeg"}
    there = client.post(f"/api/v1/listings/{mine}/photos", content=photo(), headers=headers).json()["id"]
    anna = Browser(client)
    anna.sign_in(street.anna)
    anna.open("/offer")
    refused = anna.send("/offer/photos", title="", photos=[photo()])
    sealed = refused.partition('name="kept" value="')[2].partition('"')[0]

    anna.send("/offer/photos", title="Drill", kept=[f"{there}.{sealed.partition('.')[2]}"])

    assert (
        street.client.get(f"/api/v1{anna.page.url.path}", headers=street.anna.headers).json()["photos"] == []
    )


def test_nights_are_written_and_painting_loses_nothing(street, ben):
    summer = {
        "weekday": "sunday",
        "opens": "10:00",
        "closes": "12:00",
        "valid_from": "2027-05-01",
        "valid_until": "2027-09-30",
    }
    week = [
        {"weekday": "monday", "opens": "22:00", "closes": "02:00"},
        {"weekday": "tuesday", "opens": "09:30", "closes": "12:15"},
        {"weekday": "friday", "opens": "14:00", "closes": "18:00"},
        summer,
    ]
    room = f"/listings/{street.offer(kind='space', title='Club', hours={'opening': {'weekly': week}})}"

    shown = ben.open(f"{room}/edit")
    assert "Monday 22:00 – 02:00\nTuesday 09:30 – 12:15</textarea>" in shown
    ben.send("/edit", hours=["saturday-10"], other_hours="Mon-Wed 22-2\nThu: 9.30 – 12")

    told = read(street, room, "/hours")["opening"]["weekly"]
    assert [(one["weekday"], one["opens"], one["closes"]) for one in told] == [
        ("saturday", "10:00", "11:00"),
        ("monday", "22:00", "02:00"), ("tuesday", "22:00", "02:00"), ("wednesday", "22:00", "02:00"),
        ("thursday", "09:30", "12:00"),
        ("sunday", "10:00", "12:00"),
    ]  # fmt: skip
    ben.open(f"{room}/edit")
    assert "cannot be read" in ben.send("/edit", other_hours="sometimes")


def test_an_edit_leaves_alone_what_the_form_cannot_say_exactly(street, ben):
    prices = [
        {"tariff": "regular", "billing_unit": "started_hour", "amount_minor": 500, "currency": "EUR"},
        {"tariff": "reduced", "billing_unit": "calendar_day", "amount_minor": 100, "currency": "EUR"},
    ]
    room = street.offer(
        kind="space", title="Club", limits={"max_minutes": 90, "lead_minutes": 90}, tariffs=prices
    )
    before = read(street, f"/listings/{room}")

    ben.open(f"/listings/{room}/edit")
    ben.send("/edit", title="The club")

    after = read(street, f"/listings/{room}")
    assert after["title"] == "The club"
    assert (after["limits"], after["tariffs"]) == (before["limits"], prices)


def test_what_is_said_about_getting_in_is_what_its_provider_said(street, client, ben):
    silent = street.offer(kind="space", title="Loft", tags=["no lift"])
    visitor = Browser(client)
    assert "Nothing is said about steps or a lift." in visitor.open(f"/listings/{silent}")

    ben.open(f"/listings/{silent}/edit")
    ben.send("/edit", access_words=["step-free", "hearing loop"], furnishings="Piano")
    shown = visitor.open(f"/listings/{silent}")
    assert "<dt>Getting in, as its provider says</dt><dd>step-free, hearing loop</dd>" in shown
    assert "<dt>What is there</dt><dd>Piano</dd>" in shown

    german = Browser(client, language="de")
    german.sign_in(street.ben)
    german.open(f"/listings/{silent}/edit")
    german.send("/edit", title="Dachboden")
    assert set(read(street, f"/listings/{silent}")["space"]["furnishings"]) == {
        "step-free",
        "hearing loop",
        "Piano",
    }
    german.open(f"/offer?like={silent}")
    german.send("/offer/photos", title="Noch ein Boden")
    assert "step-free" in german.page.text

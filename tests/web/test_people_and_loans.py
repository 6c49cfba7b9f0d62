"""What people do around a loan with links and forms alone: other terms, records, cases, series, calendars, their page."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from app.notifications.schemas import SwitchesRead
from app.web import notice_words
from tests.factories.accounts import PASSWORD, signed_in_person
from tests.factories.bookings import END, SHORT, START, TAILS, Street
from tests.factories.browsers import Browser


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def anna(street, client):
    browser = Browser(client)
    browser.sign_in(street.anna)
    return browser


@pytest.fixture
def ben(street, client):
    browser = Browser(client)
    browser.sign_in(street.ben)
    return browser


def test_other_terms_stand_beside_those_that_were_asked_for(street, anna, ben):
    page = f"/bookings/{street.requested(street.offer(units=5), units=5)['id']}"

    ben.open(f"{page}?do=counter")
    ben.send("/counter", units="3", amount_minor="12,50", note="Two are broken.")
    shown = anna.open(page)

    assert "<td>5</td><td><strong>3</strong></td>" in shown
    assert "€12.50" in shown
    assert "Promised" in anna.send("/accept-counter")


def test_a_form_that_changes_nothing_says_so_beside_what_was_typed(street, anna):
    page = f"/bookings/{street.promised()['id']}"

    anna.open(f"{page}?do=propose-change")
    shown = anna.send("/propose-change", note="I only looked.")

    assert anna.page.status_code == 422
    assert "Say what should be different." in shown
    assert "I only looked." in shown


def test_a_hand_over_with_photo_deposit_and_a_wrong_code_first(street, anna, ben):
    booking = street.promised(street.offer(deposit={"amount_minor": 2000, "currency": "EUR"}))
    page = f"/bookings/{booking['id']}"
    code = street.read(booking, street.anna)["hand_over_code"]
    picture = BytesIO()
    Image.new("RGB", (80, 60), "green").save(picture, "PNG")

    ben.open(f"{page}?do=hand-over")
    ben.send("/photos", photo=picture.getvalue())
    wrong = "000000" if code != "000000" else "111111"
    refused = ben.send("/hand-over", condition="A scratch.", deposit_taken="yes", code=wrong)
    assert "It can be tried 4 more times." in refused
    assert "It can be tried 3 more times." in ben.send("/hand-over")
    assert "A scratch." in refused
    taken = ben.send("/hand-over", deposit_taken="yes", code=f"{code[:3]} {code[3:]}")

    (record,) = street.read(booking, street.anna)["records"]
    assert "Confirmed by the borrower" in taken
    assert record["condition"] == "A scratch."
    assert record["deposit"]["amount_minor"] == 2000
    assert len(record["photo_ids"]) == 1


def test_a_record_is_corrected_and_part_of_the_deposit_kept(street, anna, ben):
    listing = street.offer(deposit={"amount_minor": 2000, "currency": "EUR"})
    page = f"/bookings/{street.handed_over(listing)['id']}"

    ben.open(f"{page}?do=take-back")
    assert "Please say why it is kept." in ben.send("/take-back", deposit_back="yes", kept_minor="5")
    ben.send("/take-back", kept_minor="5", kept_reason="The bit is broken.")
    assert "of it kept: €5.00 (The bit is broken.)" in ben.page.text

    record = ben.page.text.rpartition("record=")[2].partition("#")[0]
    ben.open(f"{page}?do=correct-record&record={record}")
    assert "Correction 1" in ben.send("/corrections", condition="It was the other bit.")


def test_a_case_shows_its_clock_and_both_can_settle_it(street, anna, ben):
    page = f"/bookings/{street.handed_over()['id']}"

    anna.open(f"{page}?do=raise-case")
    assert "a moderator is called" in anna.send("/raise-case", note="It smokes.")
    ben.open(page)
    ben.send("/settle", note="I have repaired it.")

    assert "Provider says that it is settled." in anna.open(page)
    assert "It was settled." in anna.send("/settle")


def test_who_is_late_answers_with_one_tap(street, clock, anna):
    pages = [f"/bookings/{street.handed_over(street.offer())['id']}" for _ in range(2)]
    clock.set(END + timedelta(days=1))

    anna.open(pages[0])
    assert "Said to be back" in anna.send("/report-return")
    anna.open(pages[1])
    assert "A change is proposed" in anna.send("/propose-change")


def test_a_series_is_one_card_and_answered_at_once(street, anna, ben):
    street.requested(recurrence="FREQ=WEEKLY;COUNT=3")

    shown = ben.open("/bookings?role=provider&show=now")
    assert "3 dates, asked for together" in shown
    series = shown.partition('href="/series/')[2].partition('"')[0]
    ben.open(f"/series/{series}")
    assert ben.send("/accept").count("Promised") == 3

    anna.open(f"/series/{series}")
    shown = anna.send("/cancel", from_date=f"{START:%Y-%m-%d}", note="We moved.")
    assert shown.count("Cancelled") == 3


def test_a_group_is_answered_at_once(street, client, anna, ben):
    items = [{"listing_id": str(street.offer(title=title))} for title in ("Drill", "Saw")]
    times = {"starts_at": "2026-12-07T09:00:00Z", "ends_at": "2026-12-08T09:00:00Z"}
    made = client.post("/api/v1/booking-groups", json={"items": items, **times}, headers=street.anna.headers)

    ben.open(f"/booking-groups/{made.json()['id']}")
    assert ben.send("/accept").count("Promised") == 2
    assert "2 parts, asked for together" in anna.open("/bookings")


def test_a_calendar_is_made_read_and_revoked(street, client, anna):
    street.promised()

    anna.open("/me/calendars")
    url = anna.send("/me/calendars").partition('readonly value="')[2].partition('"')[0]
    path = url[url.index("/api/") :]
    assert "Cordless drill" in client.get(path).text

    anna.send("/revoke")
    assert client.get(path).status_code == 404


def test_news_lead_to_what_they_are_about_and_are_read_then(street, run_jobs, ben):
    booking = street.requested()
    run_jobs()

    ben.open("/notifications")
    ben.send("/read")

    assert ben.page.url.path == f"/bookings/{booking['id']}"
    assert "Nothing new." in ben.open("/notifications?unread=1")


def test_mails_are_switched_off_by_topic(street, client, anna):
    assert notice_words.TOPICS.keys() == SwitchesRead.model_fields.keys()
    anna.open("/notifications/settings")
    anna.send("/notifications/settings", **{"messages-mail": "off"})

    said = client.get("/api/v1/me/notifications/settings", headers=street.anna.headers).json()
    assert said["messages"] == {"mail": "off", "inbox": "on"}


def test_a_person_changes_their_page_their_password_and_goes(street, client):
    clara = Browser(client)
    clara.sign_in(signed_in_person(street.instance, "Clara", with_password=True))

    clara.open("/me")
    assert "Clara B." in clara.send("/me", display_name="Clara B.", phone="0341 123")
    clara.open("/me/password")
    assert "do not belong together" in clara.send(
        "/password", current_password="not this one at all", new_password="four other good words"
    )
    clara.send("/password", current_password=PASSWORD, new_password="four other good words")
    assert clara.page.url.path == "/me"
    clara.open("/me/erase")
    assert "Please tick" in clara.send("/erase")
    clara.send("/erase", sure="yes")

    assert "Password" in clara.open("/me")


def test_a_phone_keeps_the_next_hand_overs_and_nobodys_name_in_the_page_without_a_line(street, client, anna):
    booking = street.promised()
    code = street.read(booking, street.anna)["hand_over_code"]

    anna.open("/offline/next")
    kept = anna.page.json()
    (item,) = kept["items"]
    assert (item["title"], item["who"], item["code"]) == ("Cordless drill", "Ben", f"Your six digits: {code}")
    assert "Karl-Heine-Straße 1" in item["where"]
    assert "Anna" not in anna.open("/offline")

    worker = client.get("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    assert "/static/" in worker.text
    icons = client.get("/manifest.webmanifest").json()["icons"]
    assert all(client.get(icon["src"]).headers["content-type"] == "image/png" for icon in icons)


def test_rooms_hours_courses_and_recordings_are_used_up_to_their_end(street, clock, anna, ben):
    def promised(tail):
        booking = street.promised(street.offer(title=tail, **TAILS[tail]), at=SHORT)
        return f"/bookings/{booking['id']}"

    room, hour, course = promised("space"), promised("one_to_one"), promised("group")
    clock.set(SHORT[0])
    anna.open(room)
    assert "In use" in anna.send("/check-in")
    assert "Left" in anna.send("/check-out")
    assert "All went well." in (ben.open(room) and ben.send("/complete"))

    anna.open(hour)
    assert "Under way" in anna.send("/start")
    shown = anna.open(hour + "?do=report") and anna.send("/report", minutes="90")
    assert "90 minutes" in shown
    assert "Silence agrees on" in shown
    assert "All went well." in (ben.open(hour) and ben.send("/agree"))

    ben.open(course)
    assert "All went well." in ben.send("/record-attendance")


def test_access_to_a_recording_is_given_in_one_step(street, anna, ben):
    page = f"/bookings/{street.promised(street.offer(**TAILS['recorded']))['id']}"

    ben.open(page)
    ben.send("/give-access")

    assert "https://example.org/film" in anna.open(page)

"""Finding, asking and accepting with nothing but links and forms."""

import pytest

from tests.factories.accounts import PASSWORD, signed_in_person
from tests.factories.bookings import Street
from tests.factories.browsers import Browser

WHEN = {"from_day": "2026-12-01", "from_time": "10:00", "until_day": "2026-12-02", "until_time": "18:00"}


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def chairs(street):
    tariffs = [{"billing_unit": "started_24h", "amount_minor": 150}]
    return street.offer(title="Twenty chairs", units=20, tariffs=tariffs)


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


def asked(anna: Browser, chairs: object) -> str:
    """Anna finds the chairs, asks for five of them and sees her booking."""
    anna.open("/")
    found = anna.send("/", q="chairs", **WHEN, units="5")
    assert f"/listings/{chairs}" in found
    anna.open(f"/listings/{chairs}")
    assert "It is free then." in anna.send(f"/listings/{chairs}", **WHEN, units="5")
    return anna.send("/ask", message="For the summer party.")


def test_a_visitor_finds_and_asks_after_signing_in(street, client):
    signed_in_person(street.instance, "Clara", with_password=True)
    clara = Browser(client)
    shown = clara.open("/bookings")
    assert "Password" in shown

    clara.send("/sign-in", email="clara@example.org", password=PASSWORD)

    assert clara.page.url.path == "/bookings"


def test_the_price_that_is_shown_is_the_price_that_is_stored(anna, chairs):
    anna.open(f"/listings/{chairs}?" + "&".join(f"{name}={value}" for name, value in WHEN.items()))
    assert "€3.00" in anna.page.text

    anna.send("/ask")

    assert "€3.00" in anna.page.text
    assert anna.page.url.path.startswith("/bookings/")


def test_a_loan_goes_from_the_search_to_the_return(anna, ben, chairs):
    shown = asked(anna, chairs)
    assert "Waiting for an answer" in shown
    booking = anna.page.url.path

    assert "For the summer party." in ben.open(booking)
    assert "Promised" in ben.send("/accept")
    assert "Handed over" in ben.send("/hand-over", condition="Fine.")
    assert "Said to be back" in (anna.open(f"{booking}?do=report-return") and anna.send("/report-return"))
    assert "Back" in (ben.open(booking) and ben.send("/take-back"))
    assert "All went well." in (anna.open(booking) and anna.send("/complete"))


def test_what_is_taken_is_refused_with_a_reason_and_ways_out(anna, ben, chairs):
    asked(anna, chairs)
    ben.open(anna.page.url.path)
    ben.send("/accept")

    shown = anna.open(f"/listings/{chairs}?units=16&" + "&".join(f"{k}={v}" for k, v in WHEN.items()))

    assert "It cannot be had then." in shown
    assert "Fewer are free then" in shown


def test_a_form_that_is_sent_twice_asks_once(anna, chairs, street):
    anna.open(f"/listings/{chairs}?" + "&".join(f"{name}={value}" for name, value in WHEN.items()))
    shown = anna.page
    anna.send("/ask", message="Please?")
    first = anna.page.url.path
    anna.page = shown
    anna.send("/ask", message="Please?")
    assert anna.page.url.path == first

    anna.page = shown
    anna.send("/ask", message="And once more, for Sunday's party.")

    assert anna.page.url.path != first


def test_a_form_from_elsewhere_changes_nothing(anna, ben, chairs, street):
    asked(anna, chairs)
    booking = anna.page.url.path

    ben.open(booking)
    forged = ben.client.post(
        f"{booking}/accept",
        data={"csrf": "", "version": "1"},
        headers={"cookie": f"depot_session={street.ben.token}", "origin": "https://evil.example"},
    )

    assert forged.status_code == 403
    assert "Waiting for an answer" in ben.open(booking)


def test_a_stranger_sees_no_booking(anna, chairs, street, client):
    asked(anna, chairs)
    clara = Browser(client)
    clara.sign_in(signed_in_person(street.instance, "Clara"))

    clara.open(anna.page.url.path)

    assert clara.page.status_code == 404
    assert "There is nothing here that you can see." in clara.page.text


def test_hostile_words_stay_words(anna):
    anna.open("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>alert" not in anna.page.text
    assert "unsafe-inline" not in anna.page.headers["content-security-policy"]

"""The same in Chromium: a loan on a phone and on a desk, in both languages, by keyboard alone, and what a page weighs."""

import re

import pytest

from tests.factories.bookings import Street
from tests.web.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WHEN = {"from_day": "2026-12-01", "from_time": "10:00", "until_day": "2026-12-02", "until_time": "18:00"}
SAID = {
    "en-GB": {
        "free": "It is free then.",
        "look": "See whether it is free and what it costs",
        "ask": "Ask for it",
        "yes": "Say yes",
        "give": "Hand over",
        "has": "I have it",
        "brought": "I have brought it back",
        "take": "Take back",
        "well": "All is well",
        "end": "All went well.",
    },
    "de-DE": {
        "free": "Dann ist es frei.",
        "look": "Sehen, ob es frei ist und was es kostet",
        "ask": "Anfragen",
        "yes": "Ja sagen",
        "give": "Übergeben",
        "has": "Ich habe es erhalten",
        "brought": "Ich habe es zurückgebracht",
        "take": "Zurücknehmen",
        "well": "Alles in Ordnung",
        "end": "Alles ist gut gegangen.",
    },
}


@pytest.fixture
def street(instance, client):
    street = Street(instance, client)
    street.drill = street.offer(title="Cordless drill", description="With two *batteries*.")
    return street


@pytest.mark.parametrize(
    ("device", "language"), [(PHONE, "de-DE"), (DESKTOP, "en-GB")], ids=["phone-german", "desk-english"]
)
def test_a_loan_of_two_residents(street, window, device, language):
    said = SAID[language]
    anna = window(street.anna, device, language=language)
    ben = window(street.ben, device, language=language)
    anna.open("/?q=drill")
    anna.press("Cordless drill")
    for name, value in WHEN.items():
        anna.page.fill(f"#{name}", value)
    anna.press(said["look"])
    assert said["free"] in anna.text
    anna.press(said["ask"])
    booking = anna.page.url.removeprefix(anna.url).partition("?")[0]

    for who, step in (
        (ben, "yes"),
        (ben, "give"),
        (anna, "has"),
        (anna, "brought"),
        (ben, "take"),
        (anna, "well"),
    ):
        who.open(booking)
        who.press(said[step])

    assert said["end"] in anna.text


def test_find_ask_and_accept_without_scripts(street, window):
    anna, ben = (window(who, PHONE, scripts=False) for who in (street.anna, street.ben))
    anna.page.goto(f"{anna.url}/listings/{street.drill}?" + "&".join(f"{k}={v}" for k, v in WHEN.items()))
    anna.page.get_by_role("button", name="Ask for it").click()
    ben.page.goto(anna.page.url)
    ben.page.get_by_role("button", name="Say yes").click()

    assert "Promised" in ben.text


def test_the_main_path_by_keyboard_alone(street, window):
    anna = window(street.anna, DESKTOP)
    anna.page.goto(f"{anna.url}/listings/{street.drill}?" + "&".join(f"{k}={v}" for k, v in WHEN.items()))
    for _ in range(80):
        anna.page.keyboard.press("Tab")
        at = anna.page.evaluate(
            "() => [document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle, document.activeElement.outerHTML.slice(0, 200)]"
        )
        assert at[1] != "none", f"no focus can be seen on {at[2]}"
        if at[0] == "Ask for it":
            break
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_url(re.compile("/bookings/"))

    assert "Waiting for an answer" in anna.text


def test_the_first_page_is_light_and_stands_still(street, window):
    visitor = window(None, PHONE)
    received: dict[str, int] = {}
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.on(
        "Network.loadingFinished",
        lambda done: received.update({done["requestId"]: done["encodedDataLength"]}),
    )
    visitor.page.add_init_script(
        "window.shifted = 0; new PerformanceObserver(list => { for (const one of list.getEntries())"
        " window.shifted += one.value }).observe({type: 'layout-shift', buffered: true})"
    )
    visitor.page.goto(visitor.url, wait_until="networkidle")

    assert sum(received.values()) < 100_000
    assert visitor.page.evaluate("window.shifted") == 0


def test_without_a_line_the_next_hand_overs_stand_there_until_the_sign_out(street, window):
    street.promised(street.drill)
    anna = window(street.anna, PHONE, workers=True)
    anna.open("/bookings")
    anna.page.wait_for_function("navigator.serviceWorker.controller && caches.has('depot-mine')")

    anna.page.context.set_offline(True)
    anna.page.goto(anna.url + "/bookings")
    anna.page.wait_for_selector("text=Cordless drill")
    anna.page.context.set_offline(False)
    anna.amiss.clear()  # the console complained of the missing line
    anna.page.goto(anna.url + "/me")
    anna.page.get_by_role("button", name="Sign out", exact=True).click()
    anna.page.wait_for_url(anna.url + "/")

    anna.page.wait_for_function("caches.has('depot-mine').then((kept) => !kept)")


def test_on_a_phone_the_header_has_two_lines(street, window):
    street.offer()
    for who in (None, street.anna, street.moderator):
        shown = window(who, PHONE, language="de-DE")
        shown.page.goto(shown.url)
        assert shown.page.locator(".top").bounding_box()["height"] < 100, who


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_runs_over_the_edge(street, window, width):
    """A narrow phone, and a desk at 200 %."""
    anna = window(street.anna, {"viewport": {"width": width, "height": 800}})
    for path in (
        "/",
        f"/listings/{street.drill}",
        "/bookings",
        "/register",
        "/me",
        "/notifications",
        "/sign-in",
    ):
        anna.page.goto(anna.url + path)
        assert anna.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path

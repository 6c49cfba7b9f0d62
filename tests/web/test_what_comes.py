"""Pages follow what comes while somebody looks at them, and load nothing anew by themselves."""

import pytest

from tests.factories.bookings import Street
from tests.web.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOOK = """(how) => {
  Object.defineProperty(document, "visibilityState", { value: how, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def test_what_comes_is_counted_and_shown_when_somebody_wants_to_see_it(street, window, run_jobs):
    booking = street.requested()
    run_jobs()
    at_it, elsewhere = window(street.anna, PHONE, language="de-DE"), window(street.anna, DESKTOP)
    at_it.open(f"/bookings/{booking['id']}")
    elsewhere.open("/")
    assert not at_it.page.locator(".count").is_visible()
    at_it.page.locator("textarea").first.fill("Um zehn Uhr?")

    street.done("accept", booking, street.ben)
    run_jobs()
    for shown in (at_it, elsewhere):
        shown.page.locator(".count").wait_for()
        assert shown.page.locator(".count").inner_text().split()[0] == "1"
    at_it.page.get_by_role("link", name="Neu anzeigen").wait_for()
    at_it.look()

    assert at_it.page.locator("#live").inner_text() == "Hier gibt es etwas Neues. Neu anzeigen"
    assert at_it.page.locator("textarea").first.input_value() == "Um zehn Uhr?"
    assert elsewhere.page.locator("#live").inner_text() == ""
    at_it.press("Neu anzeigen")
    assert "Zugesagt" in at_it.text


def test_beside_a_list_that_lacks_it_the_thing_itself_is_offered(street, window, run_jobs):
    ben = window(street.ben, DESKTOP)
    with ben.page.expect_request("**/api/v1/events"):
        ben.open("/bookings")
    booking = street.requested()
    run_jobs()

    ben.press("Show it")

    assert booking["id"] in ben.page.url


def test_what_came_while_nobody_looked_is_offered_on_the_return(street, window, run_jobs):
    booking = street.requested()
    run_jobs()
    anna = window(street.anna, PHONE)
    with anna.page.expect_request("**/api/v1/events"):
        anna.open("/bookings")
    anna.page.evaluate(LOOK, "hidden")
    street.done("accept", booking, street.ben)
    run_jobs()
    anna.page.wait_for_timeout(1_500)
    before = anna.page.locator("#live").inner_text()

    anna.page.evaluate(LOOK, "visible")
    anna.page.get_by_role("link", name="Show it").wait_for()

    assert before == ""
    assert anna.page.get_by_role("link", name="Show it").get_attribute("href") == anna.url + "/bookings"
    assert anna.page.locator(".count").inner_text().split()[0] == "1"

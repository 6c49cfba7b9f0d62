"""A search is kept, opened again and dropped; what is misspelt is understood."""

import pytest

from tests.factories.bookings import Street
from tests.factories.browsers import Browser


@pytest.fixture
def anna(instance, client):
    street = Street(instance, client)
    street.offer(title="Twenty chairs", units=20, category="chairs")
    browser = Browser(client)
    browser.sign_in(street.anna)
    return browser


def test_a_search_is_kept_with_its_words_and_days(anna):
    anna.open("/?q=chairs&units=5&from_day=2026-12-01&from_time=10:00&until_day=2026-12-02&until_time=18:00")
    anna.send("/saved-searches", name="Chairs for the feast")
    kept = anna.page.text
    assert "Chairs for the feast" in kept
    [again] = [part for part in kept.split('"') if part.startswith("/?")]

    shown = anna.open(again.replace("&amp;", "&"))

    assert "Twenty chairs" in shown
    assert 'name="from_day" value="2026-12-01"' in shown
    anna.open("/saved-searches")
    assert "Chairs for the feast" not in anna.send("/drop")


def test_a_misspelt_word_leads_to_the_right_one(anna):
    assert 'href="/?q=chairs"' in anna.open("/?q=chiars")


def test_the_category_that_was_chosen_stays_chosen(anna):
    assert '<option value="drills" selected>' in anna.open("/?category=drills")
    assert "<script>" not in anna.open("/?category=%22%3E%3Cscript%3E").partition("<main")[2]

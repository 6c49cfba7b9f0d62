"""Saying what one has, without scripts: a draft with its photo, then everybody sees it; later it is changed."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.browsers import Browser
from tests.factories.pictures import photo


@pytest.fixture
def anna(instance, client):
    browser = Browser(client)
    browser.sign_in(signed_in_person(instance, "Anna"))
    return browser


@pytest.fixture
def drill(anna):
    """The address of Anna's drill, a draft."""
    anna.open("/offer")
    anna.send(
        "/offer/photos",
        kind="equipment",
        title="Hammer drill",
        district="Plagwitz",
        units="2",
        pricing="tariff",
        amount="2,50",
        billing_unit="started_24h",
        hours=["monday-17", "monday-18", "tuesday-9"],
        photos=[photo()],
    )
    return anna.page.url.path


def test_a_draft_becomes_an_offer_that_others_find(anna, drill, client):
    shown = anna.page.text
    assert "Only you see this draft" in shown
    assert "large.webp" in shown
    assert "Mon: 17:00 – 19:00" in shown
    assert "€2.50 per 24 hours begun" in shown
    visitor = Browser(client)
    assert "Hammer drill" not in visitor.open("/?q=drill")

    anna.send("/publish")

    assert "Hammer drill" in visitor.open("/?q=drill")
    assert "This is yours" not in visitor.open(drill)


def test_what_is_wrong_is_said_with_everything_still_there(anna):
    anna.open("/offer")

    shown = anna.send(
        "/offer/photos", kind="space", title="", pricing="tariff", amount="much", hours=["friday-20"]
    )

    assert anna.page.status_code == 422
    assert "Please give an amount such as 12.50." in shown
    assert 'value="friday-20" aria-label="Friday 20 – 21" checked' in shown


def test_an_edit_changes_what_was_changed_and_nothing_else(anna, drill):
    anna.open(f"{drill}/edit")
    shown = anna.send("/edit", title="Drill with bits", amount="3")

    assert "Drill with bits" in shown
    assert "€3.00 per 24 hours begun" in shown
    assert "Mon: 17:00 – 19:00" in shown
    assert "Plagwitz" in shown


def test_who_edits_an_old_page_overwrites_nothing(anna, drill):
    anna.open(f"{drill}/edit")
    old = anna.page
    anna.send("/edit", title="The newer title")
    anna.page = old

    shown = anna.send("/edit", title="The older title")

    assert anna.page.status_code == 412
    assert "The newer title" in anna.open(drill), shown


def test_another_like_this_needs_only_a_title(anna, drill):
    anna.open(f"/offer?like={drill.removeprefix('/listings/')}")
    shown = anna.send("/offer/photos", title="Second drill")

    assert "Second drill" in shown
    assert "Mon: 17:00 – 19:00" in shown
    assert "€2.50 per 24 hours begun" in shown


def test_others_edit_nothing_of_mine(anna, drill, instance, client):
    anna.send("/publish")
    ben = Browser(client)
    ben.sign_in(signed_in_person(instance, "Ben"))

    ben.open(f"{drill}/edit")
    assert ben.page.status_code == 403


def test_what_nobody_has_becomes_a_want_with_its_words_and_day(anna):
    anna.open("/?q=stage&from_day=2026-12-05&from_time=10:00&until_time=18:00&units=2")
    anna.open(
        "/offer?purpose=want&title=stage&from_day=2026-12-05&from_time=10:00&until_day=2026-12-05&until_time=18:00&units=2"
    )
    anna.send("/offer/photos")
    anna.send("/publish")

    assert "stage" in anna.open("/wants")
    assert "2 of 2 still missing" in anna.page.text

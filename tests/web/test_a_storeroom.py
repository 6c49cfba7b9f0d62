"""An organisation's storeroom: founded, filled from a list, labelled, and its day at the counter."""

import re

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.browsers import Browser

LIST = b"Nummer;Bezeichnung;Anzahl\n1;Bierzeltgarnitur;10\n2;Pavillon;2\n3;x;1\n"


@pytest.fixture
def anna(instance, client):
    browser = Browser(client)
    browser.sign_in(signed_in_person(instance, "Anna"))
    return browser


@pytest.fixture
def club(anna):
    """The address of Anna's organisation, whose list has come in."""
    anna.open("/organisations")
    anna.send("/organisations", name="Summer Club", description="Feasts for all.")
    club = anna.page.url.path
    anna.open(f"/import?organisation_id={club.removeprefix('/organisations/')}")
    shown = anna.send("/import/preview", list=LIST, district="Plagwitz")
    assert "2 new, 0 here already, 1 cannot come in." in shown
    anna.send("/import")
    return club


def listing_of(page: str, title: str) -> str:
    found = re.search(rf'href="(/listings/[0-9a-f-]{{36}})">{title}', page)
    assert found, title
    return found[1]


def test_a_list_comes_in_once(anna, club):
    shown = anna.open(club)
    assert "Bierzeltgarnitur" in shown
    assert "Pavillon" in shown

    anna.open(f"/import?organisation_id={club.removeprefix('/organisations/')}")
    assert "0 new, 2 here already, 1 cannot come in." in anna.send("/import/preview", list=LIST)


def test_the_day_at_the_counter_goes_from_the_label_to_the_return(anna, club, instance, client):
    tent = listing_of(anna.open(club), "Pavillon")
    ben = Browser(client)
    ben.sign_in(signed_in_person(instance, "Ben"))
    ben.open(f"{tent}?from_day=2026-11-23&from_time=18:00&until_day=2026-11-23&until_time=22:00")
    ben.send("/ask")
    loan = ben.page.url.path
    anna.open(loan)
    anna.send("/accept")

    shown = anna.open(f"{club}/labels")
    assert shown.count("code-image") == 2
    assert "Today: 1 out, 0 back" in anna.open(f"{club}/today")
    assert "Ben" in anna.open(f"{tent}/counter")
    ben.open(f"{tent}/counter")
    assert ben.page.url.path == loan

    anna.open(loan)
    anna.send("/hand-over")
    assert "Today: 0 out, 1 back" in anna.open(f"{club}/today")


def test_what_happens_inside_is_for_members(anna, club, instance, client):
    ben = Browser(client)
    ben.sign_in(signed_in_person(instance, "Ben"))

    for page in ("today", "labels"):
        ben.open(f"{club}/{page}")
        assert ben.page.status_code == 403
    shown = ben.open(club)
    assert "Feasts for all." in shown
    assert "Members" not in shown


def test_closing_over_promises_is_asked_about_once_more(anna, club, instance, client):
    tent = listing_of(anna.open(club), "Pavillon")
    ben = Browser(client)
    ben.sign_in(signed_in_person(instance, "Ben"))
    ben.open(f"{tent}?from_day=2026-12-24&from_time=10:00&until_day=2026-12-24&until_time=12:00&units=2")
    ben.send("/ask")
    anna.open(ben.page.url.path)
    anna.send("/accept")
    days = {"from_day": "2026-12-24", "until_day": "2026-12-26"}

    anna.open(f"{tent}/closures")
    shown = anna.send("/closures", **days)
    assert "These promises lie in that time" in shown
    anna.send("/closures", acknowledged="on")

    assert anna.page.status_code == 200
    assert "More is promised than there is" in anna.open(tent)
    anna.open(f"{tent}/closures")
    anna.send("/open")
    assert "More is promised than there is" not in anna.open(tent)

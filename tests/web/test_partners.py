"""The admins of two regions become partners without a command line, and say what the other may."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.browsers import Browser
from tests.factories.regions import Line, Regions, moved, two_regions

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def regions(database_url, copies, tmp_path, clock):
    with copies.sqlite() as other, two_regions((database_url, other), tmp_path, clock, Line()) as both:
        yield both


def browser(region, name, staff):
    opened = Browser(region.client)
    opened.sign_in(signed_in_person(region.instance, name, staff=staff))
    return opened


@pytest.fixture
def ada(regions):
    """The admin of Leipzig, on the page of partners."""
    opened = browser(regions.leipzig, "Ada", "admin")
    opened.open("/partners")
    return opened


@pytest.fixture
def hal(regions):
    """The admin of Halle, there as well."""
    opened = browser(regions.halle, "Hal", "admin")
    opened.open("/partners")
    return opened


def invite_on(page):
    return page.partition("readonly>")[2].partition("</textarea>")[0]


def fingerprint_on(page):
    return page.partition("fingerprint</dt><dd>")[2].partition("</dd>")[0]


def test_two_regions_become_partners_once_both_have_looked(regions, ada, hal):
    made = ada.send("/partners/invites", review="yes", grants=["listing.read"])
    seen = hal.send("/partners/look", invite=invite_on(made))
    assert fingerprint_on(made) in seen
    assert "https://leipzig.example" in seen
    waits = hal.send("/partners")
    assert "Not confirmed yet" in waits
    assert "They want to look first who you are." in waits
    [theirs] = [regions.leipzig.partner()]
    assert (theirs.state, theirs.grants) == ("pending", ["listing.read"])

    ada.open(f"/partners/{theirs.id}")
    assert "Exchanging" in ada.send("/confirm")
    regions.settle()

    assert "Exchanging" in hal.open(f"/partners/{regions.halle.partner().id}")


def test_an_invite_that_is_none_is_refused_with_what_was_typed(hal):
    shown = hal.send("/partners/look", invite="dfp1:half-of-i")

    assert "has to be copied whole" in shown
    assert "dfp1:half-of-i" in shown


def test_what_a_partner_may_is_said_anew_and_it_ends_only_on_purpose(regions, ada):
    regions.pair()
    page = f"/partners/{regions.leipzig.partner().id}"

    ada.open(page)
    ada.send("/grants", grants=["listing.read"])
    assert regions.leipzig.partner().grants == ["listing.read"]

    assert "Please tick that you are sure." in ada.send("/end")
    assert "Ended" in ada.send("/end", sure="yes")


def test_a_partner_whose_address_is_lost_is_found_at_its_new_one_and_nobody_else_there(regions, hal):
    regions.pair()
    regions.line.lose_on_the_way = "/notify"
    leipzig = moved(regions.leipzig, regions, "https://leipzig-neu.example")
    with leipzig.client:
        Regions(leipzig, regions.halle, regions.clock, regions.line).settle()
        hal.open(f"/partners/{regions.halle.partner().id}")

        refused = hal.send("/meet-at", base="https://halle.example")
        found = hal.send("/meet-at", base="https://leipzig-neu.example")

        assert 'value="https://halle.example"' in refused
        assert "https://leipzig-neu.example/dfp/v1" not in refused
        assert "https://leipzig-neu.example/dfp/v1" in found
        leipzig.instance.close()


def test_partners_are_no_business_of_moderators(regions):
    mo = browser(regions.leipzig, "Mo", "moderator")

    assert 'href="/partners"' not in mo.open("/staff")
    mo.open("/partners")
    assert mo.page.status_code == 403

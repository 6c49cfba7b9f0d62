"""The town as values: the same from the same seed, whole and believable."""

import datetime as dt
import math
from collections import Counter

import pytest

from app.demo.hours import Window, first_open, parse_hours
from app.demo.town import town
from app.listings import categories

SEEDS = [1, 2, 42, 2026]


def test_the_same_seed_gives_the_same_town_and_another_seed_another():
    assert town(7) == town(7)
    assert town(7) != town(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_town_has_the_size_of_a_small_region(seed):
    place = town(seed)

    assert len(place.people) == 40
    assert len(place.organisations) == 13
    assert 110 <= len(place.listings) <= 150
    assert len(place.wants) == 8
    assert Counter(it.kind for it in place.listings).keys() == {"equipment", "space", "know_how", "time"}


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_shares_a_name_an_address_for_mail_or_a_title(seed):
    place = town(seed)

    for names in (
        [it.email for it in place.people],
        [it.key for it in (*place.people, *place.organisations)],
        [it.title for it in (*place.listings, *place.wants)],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_mail_addresses_are_plain_and_lead_nowhere(seed):
    for person in town(seed).people:
        assert person.email.isascii()
        assert person.email.endswith("@example.org")
        assert " " not in person.email


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_refers_to_somebody_and_something_there_is(seed):
    place = town(seed)
    people = {it.key for it in place.people}
    owners = people | {it.key for it in place.organisations}
    titles = {it.title for it in place.listings}

    assert {it.owner for it in (*place.listings, *place.wants)} <= owners
    assert {it.owner for it in place.organisations} <= people
    assert {it.borrower for it in place.loans} <= people
    assert {it.listing for it in place.loans} <= titles


@pytest.mark.parametrize("seed", SEEDS)
def test_every_category_stands_in_the_shared_tree_and_suits_the_kind(seed):
    for entry in (*town(seed).listings, *town(seed).wants):
        category = categories.get(entry.category)
        assert category is not None, entry
        assert not category.kinds or entry.kind in category.kinds or entry.kind in {"know_how", "time"}, entry


@pytest.mark.parametrize("seed", SEEDS)
def test_descriptions_are_sentences_and_hours_are_given(seed):
    for listing in town(seed).listings:
        assert listing.text.endswith((".", "?", "!"))
        assert len(listing.text) >= 25
        assert listing.hours
        assert all(window.opens < window.closes for window in listing.hours)


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_lives_within_ten_kilometres_of_the_town_hall(seed):
    for entry in (*town(seed).people, *town(seed).organisations):
        north = (entry.address.lat - 51.3397) * 111.2
        east = (entry.address.lon - 12.3731) * 111.2 * math.cos(math.radians(51.34))
        assert math.hypot(north, east) < 10


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loan_begins_and_ends_when_somebody_is_there(seed):
    place = town(seed)
    listings = {it.title: it for it in place.listings}

    for loan in place.loans:
        for offset in range(7):
            hours = listings[loan.listing].hours
            starts, ends = loan.span(hours, dt.date(2026, 6, 1) + dt.timedelta(days=offset))
            assert starts < ends
            for moment in (starts, ends):
                assert any(it.weekday == moment.weekday() and it.opens == moment.time() for it in hours)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_borrows_from_a_body_they_belong_to_except_in_anothers_name(seed):
    place = town(seed)
    listings = {it.title: it for it in place.listings}
    bodies = {it.key: it for it in place.organisations}

    for loan in place.loans:
        owner = bodies[listings[loan.listing].owner]
        assert loan.organisation != owner.key
        assert loan.organisation or loan.borrower not in {owner.owner, *owner.members}
        assert loan.units <= listings[loan.listing].units


def test_prices_are_in_cents_free_or_by_arrangement():
    tariffs = {it.title: it.tariffs for it in town(1).listings}

    bike = tariffs["Lastenrad „Bullitt“ mit Regenverdeck"]
    assert [(it.tariff, it.billing_unit, it.amount_minor) for it in bike] == [
        ("regular", "calendar_day", 800),
        ("reduced", "calendar_day", 500),
    ]
    assert tariffs["Sackkarre, luftbereift"] == ()
    assert tariffs["Kostümfundus: Mittelalter bis Mond"] is None


def test_hours_are_read_as_people_write_them():
    assert parse_hours("Sa 10:00-14:00; Mo,We-Fr 16:00-19:30") == (
        Window(0, dt.time(16), dt.time(19, 30)),
        Window(2, dt.time(16), dt.time(19, 30)),
        Window(3, dt.time(16), dt.time(19, 30)),
        Window(4, dt.time(16), dt.time(19, 30)),
        Window(5, dt.time(10), dt.time(14)),
    )


def test_the_first_window_is_today_when_today_is_open_else_the_next_open_day():
    hours = parse_hours("Tu,Th 15:00-19:00")

    assert first_open(hours, dt.date(2026, 6, 2))[0] == dt.date(2026, 6, 2)
    assert first_open(hours, dt.date(2026, 6, 3))[0] == dt.date(2026, 6, 4)
    assert first_open(hours, dt.date(2026, 6, 5))[0] == dt.date(2026, 6, 9)
    assert first_open(hours, dt.date(2026, 6, 3), {dt.date(2026, 6, 4)})[0] == dt.date(2026, 6, 9)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_looks_after_the_instance_belongs_to_no_organisation(seed):
    place = town(seed)

    assert all(place.admin.key not in {body.owner, *body.members} for body in place.organisations)

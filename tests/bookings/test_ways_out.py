"""What somebody who cannot have it could do instead. It is Monday, 23 November 2026, nine o'clock in Leipzig."""

from datetime import timedelta

import pytest

from app.bookings import service as bookings
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, PLACE, START
from tests.factories.listings import mirrored, offer, weekly
from tests.factories.queries import counted

HERE = PLACE | {"lat": 51.33, "lon": 12.34}
NEXT_DOOR = PLACE | {"lat": 51.331, "lon": 12.341}
ACROSS_TOWN = PLACE | {"lat": 51.38, "lon": 12.44}


def quoted(street, listing_id, by=None, *, at=(START, END), **ask):
    body = {"starts_at": at[0].isoformat(), "ends_at": at[1].isoformat(), **ask}
    headers = by.headers if by else street.anna.headers
    answer = street.client.post(f"/api/v1/listings/{listing_id}/quote", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ways(answer):
    return [way["way"] for way in answer["ways_out"]]


def the(way, answer):
    [found] = [one for one in answer["ways_out"] if one["way"] == way]
    return found


def taken(street, **settings):
    """An offer of Ben's of which all units are promised to the stranger."""
    listing = street.offer(**settings)
    street.requested(listing, by=street.stranger, units=settings.get("units", 1))
    return listing


def test_what_can_be_had_needs_no_way_out(street):
    assert quoted(street, street.offer())["ways_out"] == []


def test_the_refusal_of_a_request_shows_the_ways_that_the_quote_shows(street):
    drill = taken(street, category="drills")
    offer(street.instance, street.ben, title="Another drill", category="drills")

    told, refused = quoted(street, drill), street.ask(drill)

    assert refused.status_code == 409
    assert ways(told) == ["next_free", "similar", "join_queue"]
    assert refused.json()["ways_out"] == told["ways_out"]
    assert refused.json()["free_units"] == told["free_units"] == 0


def test_the_next_free_window_can_be_asked_for_as_it_stands(street):
    drill = taken(street)

    way = the("next_free", street.ask(drill).json())

    assert (way["starts_at"], way["ends_at"]) == ("2026-12-02T09:00:00Z", "2026-12-04T09:00:00Z")
    body = {"listing_id": str(drill), **{name: way[name] for name in ("starts_at", "ends_at", "units")}}
    again = street.client.request(way["method"], way["href"], json=body, headers=street.anna.headers)
    assert again.status_code == 201


def test_a_short_time_is_free_again_later_on_the_same_day(street):
    room, hour = street.offer(kind="space", hours={"opening": weekly(("09:00", "18:00"))}), timedelta(hours=1)
    street.requested(room, by=street.stranger, at=(START, START + 2 * hour))

    way = the("next_free", quoted(street, room, at=(START, START + hour)))

    assert (way["starts_at"], way["ends_at"]) == ("2026-11-30T11:00:00Z", "2026-11-30T12:00:00Z")


def test_when_the_day_is_over_the_next_one_has_the_same_clock_times(street):
    room = street.offer(kind="space", hours={"opening": weekly(("10:00", "12:00"))})
    street.requested(room, by=street.stranger, at=(START, START + timedelta(hours=2)))

    way = the("next_free", quoted(street, room, at=(START, START + timedelta(hours=1))))

    assert way["starts_at"] == "2026-12-01T09:00:00Z"


def test_fewer_units_are_a_way_if_so_few_are_given_out(street):
    chairs = street.offer(units=10)
    benches = street.offer(units=10, min_units=5)
    for listing in (chairs, benches):
        street.requested(listing, by=street.stranger, units=7)

    assert the("fewer_units", quoted(street, chairs, units=5))["units"] == 3
    assert "fewer_units" not in ways(quoted(street, benches, units=5))


def test_similar_is_the_nearest_of_its_category_that_is_free_then_before_its_siblings(street):
    drill = taken(street, category="drills", place=HERE)
    made = {
        title: offer(street.instance, street.ben, title=title, category=category, place=place).id
        for title, category, place in (
            ("A saw next door", "saws", NEXT_DOOR),
            ("A drill across town", "drills", ACROSS_TOWN),
            ("A booked drill next door", "drills", NEXT_DOOR),
            ("A tent next door", "tents", NEXT_DOOR),
            ("A drill in Berlin", "drills", PLACE | {"lat": 52.52, "lon": 13.4}),
        )
    }
    street.requested(made["A booked drill next door"], by=street.stranger)

    first = the("similar", quoted(street, drill))
    street.requested(made["A drill across town"], by=street.stranger)
    then = the("similar", quoted(street, drill))

    assert first["listing"]["title"] == "A drill across town"
    assert 5 < first["listing"]["distance_km"] < 12
    assert then["listing"]["title"] == "A saw next door"
    assert street.ask(made["A saw next door"]).status_code == 201


def test_without_a_category_similar_is_what_has_a_word_of_the_title(street):
    drill = taken(street, title="Cordless drill of mine")
    street.offer(title="Ladder of mine")
    assert "similar" not in ways(quoted(street, drill))

    street.offer(title="Old DRILL, heavy")

    assert the("similar", quoted(street, drill))["listing"]["title"] == "Old DRILL, heavy"


def test_nothing_is_shown_that_one_may_not_see_or_have(street):
    drill = taken(street, category="drills")
    club = street.client.post(
        "/api/v1/organisations", json={"name": "Club"}, headers=street.ben.headers
    ).json()
    inside = {"audience": "members_of", "audience_organisation_id": club["id"]}
    offer(street.instance, street.ben, title="For members", category="drills", **inside)
    offer(street.instance, street.ben, title="For organisations", category="drills", audience="organisations")
    offer(street.instance, street.anna, title="My own", category="drills")

    assert "similar" not in ways(quoted(street, drill))
    assert the("similar", quoted(street, drill, street.moderator))["listing"]["title"] == "My own"


def test_at_a_partner_it_is_a_way_only_where_it_can_be_booked_from_here(street):
    drill = taken(street, category="drills", place=HERE)
    halle = new_id()
    near = {"category": "drills", "place": {"lat": 51.4, "lon": 12.2, "precision_m": 200}}
    mirrored(street.instance, halle, "1", title="Only to be seen", federation="listed", **near)

    before = quoted(street, drill)
    listing_id = mirrored(street.instance, halle, "2", title="To be booked", federation="bookable", **near)
    after = quoted(street, drill)

    assert "at_partner" not in ways(before)
    way = the("at_partner", after)
    assert way["listing"] == {
        "id": str(listing_id), "title": "To be booked", "origin": "Halle", "distance_km": way["listing"]["distance_km"],
    }  # fmt: skip
    assert ways(after) == ["next_free", "at_partner", "join_queue"]


def test_who_asks_for_their_own_is_shown_no_way(street):
    assert quoted(street, street.offer(), street.ben)["ways_out"] == []


def test_a_visitor_is_shown_ways_too(street):
    drill = taken(street)
    body = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}

    answer = street.client.post(f"/api/v1/listings/{drill}/quote", json=body).json()

    assert ways(answer) == ["next_free", "join_queue", "post_want"]


def test_a_clock_finds_ways_with_the_eyes_of_the_borrower(street):
    drill = taken(street, category="drills")
    offer(street.instance, street.anna, title="Anna's own", category="drills")
    mine = offer(street.instance, street.ben, title="Ben's other", category="drills").id

    with street.instance.transactions.reading(SYSTEM) as reading:
        found = bookings.ways_out(reading, drill, Interval(START, END), 1, street.anna.id)

    assert [way.listing.id for way in found if way.listing] == [mine]


def test_ways_out_take_a_fixed_number_of_queries(street):
    drill = taken(street, category="drills", place=HERE, units=3)
    mirrored(street.instance, new_id(), category="drills", federation="bookable")
    offer(street.instance, street.ben, title="First", category="drills", place=NEXT_DOOR)
    quoted(street, drill, units=2)

    with counted(street.instance) as few:
        quoted(street, drill, units=2)
    for number in range(12):
        other = offer(
            street.instance, street.ben, title=f"No. {number}", category="drills", place=NEXT_DOOR
        ).id
        street.requested(other, by=signed_in_person(street.instance, f"N{number}"))
    with counted(street.instance) as many:
        quoted(street, drill, units=2)

    assert len(many) == len(few) <= 18


@pytest.mark.parametrize("days", [1, 14])
def test_a_quote_takes_as_many_queries_for_a_fortnight_as_for_a_day(street, days):
    drill = street.offer()
    street.anna  # noqa: B018 - signed in before anybody counts

    with counted(street.instance) as heard:
        assert quoted(street, drill, at=(START, START + timedelta(days=days)))["bookable"]

    assert len(heard) <= 11

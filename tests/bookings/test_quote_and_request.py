"""The quote and the request never disagree: what one promises the other gives, and both refuse for the same reasons."""

import random
from datetime import timedelta

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.bookings import START
from tests.factories.listings import weekly

MINUTES = (0, 15, 20, 45)
OFFERS = (
    {},
    {"booking_mode": "instant", "units": 3, "quota": {"active_bookings": 2}},
    {"units": 4, "min_units": 2, "tariffs": [{"billing_unit": "calendar_day", "amount_minor": 300}]},
    {
        "hours": {
            "pick_up": weekly(("09:00", "12:00"), ("16:00", "18:00"), days=("monday", "wednesday", "friday"))
        }
    },
    {"limits": {"lead_minutes": 10 * 24 * 60, "max_minutes": 24 * 60, "step_minutes": 60}, "min_age": 18},
    {
        "kind": "space",
        "hours": {"opening": weekly(("10:00", "22:00"))},
        "limits": {"buffer_after_minutes": 60},
    },
    {"kind": "time", "time": {"tasks": ["listening"], "asks_per_week": 2}},
    {"audience": "organisations", "request_holds": False, "quota": {"days_per_month": 4}},
)


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"max_active_bookings": 8})


def timeless(reasons):
    """Reasons as they are at any moment: the second ask comes a little later."""
    return [{name: fact for name, fact in one.items() if name != "earliest_start"} for one in reasons]


@pytest.mark.parametrize("seed", range(3))
def test_quote_and_request_never_disagree(street, instance, seed):
    draw = random.Random(seed)
    offers = [street.offer(**settings) for settings in OFFERS]
    people = [street.anna, street.ben, signed_in_person(instance, "Cem")]
    street.client.patch("/api/v1/me", json={"born_on": "1990-02-03"}, headers=people[2].headers)
    club = street.client.post(
        "/api/v1/organisations", json={"name": "Club"}, headers=people[2].headers
    ).json()["id"]
    agreed, refused = 0, set()

    for _ in range(40):
        who = draw.choice(people)
        start = START + timedelta(
            days=draw.randrange(-8, 12), hours=draw.randrange(12), minutes=draw.choice(MINUTES)
        )
        length = timedelta(hours=draw.choice((1, 2, 3, 24, 48)), minutes=draw.choice((0, 0, 0, 30)))
        ask = {
            "starts_at": start.isoformat(),
            "ends_at": (start + length).isoformat(),
            "units": draw.choice((1, 1, 2, 3)),
        }
        if who is people[2] and draw.random() < 0.5:
            ask["organisation_id"] = club
        listing = draw.choice(offers)

        quote = street.client.post(f"/api/v1/listings/{listing}/quote", json=ask, headers=who.headers).json()
        answer = street.client.post(
            "/api/v1/bookings", json=ask | {"listing_id": str(listing)}, headers=who.headers
        )

        said = answer.json()
        assert quote["bookable"] is (answer.status_code == 201), (ask, quote, said)
        if answer.status_code == 201:
            agreed += 1
            assert (said["price"], said["pricing"], said["deposit"]) == (
                quote["price"],
                quote["pricing"],
                quote["deposit"],
            )
            assert quote["reasons"] == []
            continue
        assert (answer.status_code, timeless(said["reasons"])) == (409, timeless(quote["reasons"]))
        assert (said["free_units"], said["ways_out"]) == (quote["free_units"], quote["ways_out"])
        refused |= {one["code"] for one in said["reasons"]}
        way = next((one for one in said["ways_out"] if one["way"] in ("next_free", "fewer_units")), None)
        if way and draw.random() < 0.3:  # a way out leads out
            again = (
                ask
                | {"listing_id": str(listing)}
                | {name: way[name] for name in ("starts_at", "ends_at", "units")}
            )
            assert street.client.post("/api/v1/bookings", json=again, headers=who.headers).status_code == 201

    assert agreed >= 3
    assert len(refused) >= 5

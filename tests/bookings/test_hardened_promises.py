"""Promises against the odds: a slow clock, a changed listing, a rival in between."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from app.accounts.tables import Person
from app.kernel.actor import SYSTEM
from app.listings import service as listings
from app.listings.rules.kinds import STANDARD_LIMITS
from app.listings.rules.lifecycle import CloseReason
from tests.factories.bookings import END, START


def limits(**own):
    return asdict(STANDARD_LIMITS) | own


def calendar(street, listing_id, start, end):
    answer = street.client.get(
        f"/api/v1/listings/{listing_id}/calendar",
        params={"from": start.isoformat(), "to": end.isoformat()},
    )
    return [step["free_units"] for step in answer.json()["steps"]]


@pytest.fixture
def patch(street):
    def patch(listing_id, **change):
        address = f"/api/v1/listings/{listing_id}"
        return street.client.patch(address, json=change, headers=street.ben.headers | {"If-Match": "*"})

    return patch


def test_a_request_is_not_promised_when_the_listing_has_fewer_units_by_now(street, patch):
    chairs = street.offer(units=5)
    asked = street.requested(chairs, units=4)
    assert patch(chairs, units=3).status_code == 200

    refused = street.act("accept", asked, street.ben)

    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert refused.json()["free_units"] == 3
    assert refused.json()["reasons"][0]["code"] == "not_enough_units"


def test_a_request_is_not_promised_over_a_closure_made_since(street):
    drill = street.offer()
    asked = street.requested(drill)
    closure = {"starts_at": START.isoformat(), "ends_at": END.isoformat(), "acknowledge_conflicts": True}
    address = f"/api/v1/listings/{drill}/closures"
    assert street.client.post(address, json=closure, headers=street.ben.headers).status_code == 201

    refused = street.act("accept", asked, street.ben)

    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "closed")


def test_fewer_units_break_no_promise(street, patch, clock):
    chairs = street.offer(units=5)
    promised = street.promised(chairs, units=4)

    assert patch(chairs, units=1).status_code == 200
    clock.set(START)

    assert street.done("hand-over", promised, street.ben)["units_out"] == 4
    assert calendar(street, chairs, START, END) == [0]


def test_what_is_over_promised_is_listed_until_it_is_resolved(street, patch):
    chairs = street.offer(units=5)
    early, late = street.promised(chairs, units=3), street.promised(chairs, units=2)

    def conflicts(who):
        return street.client.get(f"/api/v1/listings/{chairs}/conflicts", headers=who.headers)

    assert conflicts(street.ben).json() == {"items": []}
    patch(chairs, units=4)
    [found] = conflicts(street.ben).json()["items"]
    refused = conflicts(street.anna)
    street.done("cancel", late, street.ben, reason="too few chairs")

    assert found["missing_units"] == 1
    assert found["starts_at"] == START.isoformat().replace("+00:00", "Z")
    assert set(found["booking_ids"]) == {early["id"], late["id"]}
    assert refused.status_code == 403
    assert conflicts(street.ben).json() == {"items": []}


def test_a_lapsed_request_is_not_promised_however_late_the_clock_comes(street, clock):
    drill = street.offer(answer_hours=2)
    asked = street.requested(drill)
    clock.turn(timedelta(hours=2))

    refused = street.act("accept", asked, street.ben)

    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "not_lapsed")
    assert "accept" not in {one["action"] for one in street.read(asked, street.ben)["allowed_actions"]}


@pytest.mark.parametrize("step", ["expire", "cancel", "not-collected"])
def test_what_was_never_handed_over_leaves_no_buffer_behind(street, clock, run_jobs, step):
    drill = street.offer(limits=limits(buffer_after_minutes=24 * 60))
    booking = street.requested(drill) if step == "expire" else street.promised(drill)
    clock.set(START + timedelta(minutes=1))

    if step == "expire":
        run_jobs()
    else:
        street.done(step, booking, street.ben, reason="ill")

    later = START + timedelta(minutes=15)
    assert calendar(street, drill, START, END) == [1]
    assert street.ask(drill, by=street.stranger, at=(later, END)).status_code == 201
    with street.instance.transactions.reading(SYSTEM) as reading:
        assert listings.calendars_amiss(reading) == []


def test_who_is_suspended_borrows_in_nobodys_name(street):
    drill = street.offer()
    garden = street.client.post(
        "/api/v1/organisations", json={"name": "Garden"}, headers=street.anna.headers
    ).json()
    with street.instance.transactions.writing(SYSTEM) as work:
        work.session.get_one(Person, street.anna.id).suspended_at = work.now

    refused = street.ask(drill, organisation_id=garden["id"])
    quote = street.client.post(
        f"/api/v1/listings/{drill}/quote",
        json={
            "starts_at": START.isoformat(),
            "ends_at": END.isoformat(),
            "organisation_id": garden["id"],
        },
        headers=street.anna.headers,
    )

    assert [one["code"] for one in refused.json()["reasons"]] == ["suspended"]
    assert [one["code"] for one in quote.json()["reasons"]] == ["suspended"]


@pytest.mark.parametrize("step", [partial(listings.close, reason=CloseReason.WITHDRAWN), listings.pause])
def test_who_asks_while_the_listing_is_being_closed_is_told_so(street, step):
    drill = street.offer(booking_mode="instant")
    street.anna  # noqa: B018 - is there before the lock is taken
    ben = street.ben.actor_in(street.instance)

    with ThreadPoolExecutor(1) as rival:
        with street.instance.transactions.writing(ben) as work:
            step(work, drill)
            asked = rival.submit(street.ask, drill)
            wait([asked], timeout=0.3)  # long enough to have judged, were it not for the lock

        assert asked.result().status_code in (404, 409)


def test_a_clock_change_is_no_hour_of_lending(street, clock):
    """24 Oct 18:00 to 25 Oct 18:00 lasts 25 hours and is one day (T14)."""
    clock.set(datetime(2027, 10, 1, tzinfo=UTC))
    tariff = {"tariff": "regular", "billing_unit": "started_24h", "amount_minor": 500, "currency": "EUR"}
    drill = street.offer(tariffs=[tariff], limits=limits(max_minutes=24 * 60))
    when = (datetime(2027, 10, 30, 16, tzinfo=UTC), datetime(2027, 10, 31, 17, tzinfo=UTC))

    assert street.requested(drill, at=when)["price"]["amount_minor"] == 500

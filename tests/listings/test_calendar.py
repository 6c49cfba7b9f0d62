"""Hours, closures, calendar and quotes over HTTP. It is Monday, 23 November 2026, nine o'clock in Leipzig."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.kernel.intervals import Interval
from app.listings import service as listings
from app.listings.schemas import ListingRead
from app.wiring import Instance
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer, weekly
from tests.factories.queries import counted

ANY_VERSION = {"If-Match": "*"}


@pytest.fixture
def anna(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Anna")


@pytest.fixture
def bela(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Bela")


def at(day: int, hour: int, minute: int = 0) -> str:
    """A moment of November 2026 in Leipzig."""
    return f"2026-11-{day:02}T{hour:02}:{minute:02}:00+01:00"


def utc(day: int, hour: int, minute: int = 0) -> str:
    return f"2026-11-{day:02}T{hour:02}:{minute:02}:00Z"


def take(instance: Instance, listing: ListingRead, start: str, end: str, units: int = 1) -> UUID:
    """Somebody holds units from start to end."""
    from datetime import datetime

    holder = new_id()
    with instance.transactions.writing(SYSTEM) as work:
        span = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
        listings.occupy(work, listing.id, holder_id=holder, span=span, units=units)
    return holder


def steps(client: TestClient, listing: ListingRead, start: str, end: str) -> list[tuple[str, str, int, bool]]:
    answer = client.get(f"/api/v1/listings/{listing.id}/calendar", params={"from": start, "to": end})
    assert answer.status_code == 200
    return [tuple(step.values()) for step in answer.json()["steps"]]


def quote(client: TestClient, listing: ListingRead, start: str, end: str, **ask: Any) -> dict[str, Any]:
    headers = ask.pop("headers", {})
    body = {"starts_at": start, "ends_at": end, **ask}
    answer = client.post(f"/api/v1/listings/{listing.id}/quote", json=body, headers=headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def codes(quoted: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in quoted["reasons"]]


def test_the_calendar_tiles_the_range_with_free_units_and_opening(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    hall = offer(instance, anna, kind="space", units=2, hours={"opening": weekly(("09:00", "12:00"))})
    take(instance, hall, at(25, 10), at(25, 11))

    assert steps(client, hall, at(25, 8), at(25, 13)) == [
        (utc(25, 7), utc(25, 8), 2, False),
        (utc(25, 8), utc(25, 9), 2, True),
        (utc(25, 9), utc(25, 10), 1, True),
        (utc(25, 10), utc(25, 11), 2, True),
        (utc(25, 11), utc(25, 12), 2, False),
    ]


def test_a_range_takes_the_same_few_queries_however_long_it_is(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    hall = offer(instance, anna, kind="space", hours={"opening": weekly(("09:00", "12:00"))})
    for day in (24, 25, 26):
        take(instance, hall, at(day, 9), at(day, 10))

    with counted(instance) as asked:
        steps(client, hall, at(24, 8), "2027-11-24T08:00:00Z")

    assert len(asked) == 2


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"from": "2026-11-24T08:00:00", "to": at(25, 8)}, "from"),
        ({"from": at(25, 8), "to": at(25, 8)}, "to"),
        ({"from": at(25, 8), "to": "2028-11-25T08:00:00Z"}, "to"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "from"),
        ({"from": "9999-12-30T00:00:00Z", "to": "9999-12-31T00:00:00Z"}, "from"),
        ({"from": at(25, 8)}, "to"),
    ],
)
def test_a_range_without_sense_is_refused(
    client: TestClient, instance: Instance, anna: Neighbour, params: dict[str, str], pointer: str
) -> None:
    listing = offer(instance, anna)

    refused = client.get(f"/api/v1/listings/{listing.id}/calendar", params=params)

    assert refused.status_code == 422
    assert pointer in refused.json()["errors"][0]["pointer"]


def test_hours_are_set_whole_and_told_with_their_zone(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    url = f"/api/v1/listings/{offer(instance, anna).id}/hours"
    body = {
        "pick_up": {
            **weekly(("18:00", "24:00"), days=("friday",)),
            "exceptions": [{"date": "2026-12-25", "windows": []}],
        }
    }

    changed = client.put(url, json=body, headers={**anna.headers, **ANY_VERSION})

    assert changed.status_code == 200
    shown = client.get(url).json()
    assert shown == changed.json()
    assert (shown["zone"], shown["returns"], shown["version"]) == ("Europe/Berlin", None, 3)
    assert shown["pick_up"]["weekly"][0] == {
        "opens": "18:00", "closes": "24:00", "weekday": "friday", "valid_from": None, "valid_until": None,
    }  # fmt: skip
    assert client.put(url, json=body, headers=anna.headers).status_code == 428


def test_a_quote_and_a_refusal_tell_every_reason_and_the_next_day_that_would_do(
    client: TestClient, instance: Instance, anna: Neighbour, bela: Neighbour
) -> None:
    drill = offer(instance, anna, hours={"pick_up": weekly(("09:00", "12:00"), days=("tuesday", "thursday"))})
    take(instance, drill, at(24, 9), at(24, 12))

    quoted = quote(client, drill, at(24, 10), at(24, 11), headers=bela.headers)
    sunday = quote(client, drill, at(29, 10), at(29, 13), headers=bela.headers)
    fine = quote(client, drill, at(26, 9), at(26, 12), headers=bela.headers)

    assert (quoted["bookable"], quoted["free_units"], codes(quoted)) == (False, 0, ["not_enough_units"])
    assert quoted["next_free"] == {"starts_at": utc(26, 9), "ends_at": utc(26, 10)}
    assert codes(sunday) == ["outside_pick_up_hours", "outside_return_hours"]
    assert sunday["next_free"] is None
    assert (fine["bookable"], fine["reasons"], fine["next_free"]) == (True, [], None)


def test_reasons_speak_the_readers_language_by_stable_codes(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna)

    quoted = quote(client, listing, at(20, 10), at(20, 11), headers={"Accept-Language": "en"})

    assert quoted["reasons"] == [{"code": "in_the_past", "detail": "The start lies in the past."}]


def test_the_price_is_told_by_tariff_with_the_deposit_beside_it(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    tariffs = [{"billing_unit": "calendar_day", "amount_minor": 500}]
    chairs = offer(instance, anna, units=40, tariffs=tariffs, deposit={"amount_minor": 100})

    quoted = quote(client, chairs, at(27, 18), at(29, 10), units=10)

    assert quoted["price"] == {"amount_minor": 15_000, "currency": "EUR"}
    assert (quoted["pricing"], quoted["billing_count"]) == ("tariff", 3)
    assert quoted["tariff"]["amount_minor"] == 500
    assert quoted["deposit"] == {"amount_minor": 1_000, "currency": "EUR"}


@pytest.mark.parametrize(("tariffs", "pricing"), [([], "free"), (None, "by_arrangement")])
def test_free_and_by_arrangement_are_no_errors(
    client: TestClient, instance: Instance, anna: Neighbour, tariffs: Any, pricing: str
) -> None:
    quoted = quote(client, offer(instance, anna, tariffs=tariffs), at(27, 18), at(29, 10))

    assert (quoted["bookable"], quoted["pricing"], quoted["price"]) == (True, pricing, None)


def test_nobody_can_quote_their_own_listing_as_bookable(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    quoted = quote(client, offer(instance, anna), at(27, 18), at(29, 10), headers=anna.headers)

    assert codes(quoted) == ["own_listing"]


def test_what_is_reserved_for_organisations_is_not_for_persons(
    client: TestClient, instance: Instance, anna: Neighbour, bela: Neighbour
) -> None:
    listing = offer(instance, anna, audience="recognised_organisations")

    assert codes(quote(client, listing, at(27, 18), at(29, 10), headers=bela.headers)) == ["audience"]


def test_asking_in_the_name_of_a_stranger_is_refused(
    client: TestClient, instance: Instance, anna: Neighbour, bela: Neighbour
) -> None:
    body = {"starts_at": at(27, 18), "ends_at": at(29, 10), "organisation_id": str(anna.id)}

    refused = client.post(
        f"/api/v1/listings/{offer(instance, anna).id}/quote", json=body, headers=bela.headers
    )

    assert refused.status_code == 403


def test_t11_a_closure_closes_and_goes_again(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    listing = offer(instance, anna, units=3)
    url = f"/api/v1/listings/{listing.id}/closures"
    body = {
        "starts_at": at(25, 8),
        "ends_at": at(25, 18),
        "units": 2,
        "reason": "Wartung",
        "visibility": "provider",
    }

    made = client.post(url, json=body, headers=anna.headers)

    assert made.status_code == 201
    assert quote(client, listing, at(25, 10), at(25, 12))["free_units"] == 1
    assert client.get(url).json()["items"][0]["reason"] is None
    assert client.get(url, headers=anna.headers).json()["items"][0]["reason"] == "Wartung"
    assert client.delete(f"{url}/{made.json()['id']}", headers=anna.headers).status_code == 204
    assert client.delete(f"{url}/{made.json()['id']}", headers=anna.headers).status_code == 404
    assert quote(client, listing, at(25, 10), at(25, 12))["free_units"] == 3


def test_t11_a_recurring_closure_keeps_its_clock_time_through_the_change_of_clocks(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna)
    body = {
        "starts_at": at(29, 18), "ends_at": at(29, 20), "recurrence": "FREQ=WEEKLY", "except_on": ["2027-04-11"],
    }  # fmt: skip
    client.post(f"/api/v1/listings/{listing.id}/closures", json=body, headers=anna.headers)

    found = steps(client, listing, "2027-03-20T00:00:00Z", "2027-04-18T00:00:00Z")

    assert [step[:2] for step in found if step[2] == 0] == [
        ("2027-03-21T17:00:00Z", "2027-03-21T19:00:00Z"),
        ("2027-03-28T16:00:00Z", "2027-03-28T18:00:00Z"),
        ("2027-04-04T16:00:00Z", "2027-04-04T18:00:00Z"),
    ]


def test_t11_a_rule_that_is_not_served_is_refused_by_name(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    body = {"starts_at": at(29, 18), "ends_at": at(29, 20), "recurrence": "FREQ=SECONDLY"}

    refused = client.post(
        f"/api/v1/listings/{offer(instance, anna).id}/closures", json=body, headers=anna.headers
    )

    assert refused.status_code == 422
    assert "SECONDLY" in refused.json()["errors"][0]["detail"]


def test_t11_a_closure_over_promises_names_them_and_needs_to_be_acknowledged(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna, units=2)
    url = f"/api/v1/listings/{listing.id}/closures"
    holder = take(instance, listing, at(25, 9), at(25, 11), units=2)
    take(instance, listing, at(26, 9), at(26, 11), units=2)
    body = {"starts_at": at(25, 8), "ends_at": at(25, 18), "units": 1}

    refused = client.post(url, json=body, headers=anna.headers)
    closed = client.post(url, json={**body, "acknowledge_conflicts": True}, headers=anna.headers)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/closure-conflicts")
    assert [conflict["booking_id"] for conflict in refused.json()["conflicts"]] == [str(holder)]
    assert closed.status_code == 201


def test_t04_lowering_the_units_under_promises_breaks_none_of_them(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna, units=3)
    take(instance, listing, at(25, 9), at(25, 11), units=3)

    lowered = client.patch(
        f"/api/v1/listings/{listing.id}", json={"units": 1}, headers={**anna.headers, **ANY_VERSION}
    )

    assert lowered.status_code == 200
    assert [step[2] for step in steps(client, listing, at(25, 8), at(25, 12))] == [1, 0, 1]


def test_t13_a_recurring_closure_within_the_hour_that_comes_twice_is_no_riddle(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna)
    body = {
        "starts_at": "2027-10-31T02:50:00+02:00",
        "ends_at": "2027-10-31T02:10:00+01:00",
        "recurrence": "FREQ=DAILY;COUNT=2",
    }
    client.post(f"/api/v1/listings/{listing.id}/closures", json=body, headers=anna.headers)

    found = steps(client, listing, "2027-10-31T00:00:00+02:00", "2027-11-02T00:00:00+01:00")

    assert [step[:2] for step in found if step[2] == 0] == [
        ("2027-10-31T00:50:00Z", "2027-10-31T02:10:00Z"),  # rather an hour too long than none
        ("2027-11-01T01:50:00Z", "2027-11-01T02:10:00Z"),
    ]


@pytest.mark.parametrize("more", ["units", "closure"])
def test_t04_who_waits_gets_a_turn_when_there_is_more_of_it(
    client: TestClient, instance: Instance, anna: Neighbour, bela: Neighbour, run_jobs: Any, more: str
) -> None:
    listing = offer(instance, anna, units=2)
    url, headers = f"/api/v1/listings/{listing.id}", {**anna.headers, **ANY_VERSION}
    take(instance, listing, at(25, 9), at(25, 11))
    closure = {"starts_at": at(25, 8), "ends_at": at(25, 18), "units": 1}
    closed = client.post(f"{url}/closures", json=closure, headers=anna.headers).json()
    span = {"starts_at": at(25, 9), "ends_at": at(25, 11)}
    waiting = client.post(f"{url}/queue", json={**span, "units": 1}, headers=bela.headers).json()
    run_jobs()
    booking = f"/api/v1/bookings/{waiting['id']}"
    assert client.get(booking, headers=bela.headers).json()["state"] == "waitlisted"

    if more == "units":
        client.patch(url, json={"units": 3}, headers=headers)
    else:
        client.delete(f"{url}/closures/{closed['id']}", headers=anna.headers)
    run_jobs()

    assert client.get(booking, headers=bela.headers).json()["state"] == "offered"


def test_t04_units_below_promises_are_a_conflict_that_goes_when_they_come_back(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna, units=3)
    holder = take(instance, listing, at(25, 9), at(25, 11), units=3)
    url, headers = f"/api/v1/listings/{listing.id}", {**anna.headers, **ANY_VERSION}

    client.patch(url, json={"units": 1}, headers=headers)

    [conflict] = client.get(f"{url}/conflicts", headers=anna.headers).json()["items"]
    assert (conflict["missing_units"], conflict["booking_ids"]) == (2, [str(holder)])
    client.patch(url, json={"units": 3}, headers=headers)
    assert client.get(f"{url}/conflicts", headers=anna.headers).json()["items"] == []


def test_t01_times_without_an_offset_are_refused_and_others_mean_one_moment(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna)
    url = f"/api/v1/listings/{listing.id}/closures"

    naive = {"starts_at": "2026-11-25T09:00:00", "ends_at": "2026-11-25T18:00:00"}
    aware = {"starts_at": "2026-11-25T09:00:00+01:00", "ends_at": "2026-11-25T12:00:00-05:00"}

    assert client.post(url, json=naive, headers=anna.headers).status_code == 422
    made = client.post(url, json=aware, headers=anna.headers).json()
    assert (made["starts_at"], made["ends_at"]) == (utc(25, 8), utc(25, 17))


def test_quotes_tell_programs_the_facts_beside_the_sentence(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    drill = offer(instance, anna, hours={"pick_up": weekly(("09:00", "12:00"))})

    [reason] = quote(client, drill, at(25, 13), at(26, 9))["reasons"]

    assert (reason["code"], reason["date"]) == ("outside_pick_up_hours", "2026-11-25")
    assert reason["windows"] == [{"starts_at": utc(25, 8), "ends_at": utc(25, 11)}]


@pytest.mark.parametrize(
    ("window", "end"),
    [({"opens": "02:30", "closes": "05:00"}, "opens"), ({"opens": "00:00", "closes": "02:15"}, "closes")],
)
def test_t13_on_the_day_itself_hours_at_a_time_that_the_clocks_skip_are_refused(
    client: TestClient, instance: Instance, anna: Neighbour, window: dict[str, str], end: str
) -> None:
    url = f"/api/v1/listings/{offer(instance, anna).id}/hours"
    table = {"weekly": [{"weekday": "sunday", **window}], "exceptions": []}
    skipped = {**table, "exceptions": [{"date": "2027-03-28", "windows": [window]}]}
    headers = {**anna.headers, **ANY_VERSION, "accept-language": "en"}
    body = {"kind": "equipment", "title": "Beamer", "hours": {"returns": skipped}}

    refused = client.put(url, json={"pick_up": skipped}, headers=headers)
    made = client.post("/api/v1/listings", json=body, headers=headers)

    [error] = refused.json()["errors"]
    assert error["pointer"] == f"/pick_up/exceptions/0/windows/0/{end}"
    assert error["detail"] == f"The clocks skip {window[end]} on 2027-03-28."
    assert made.json()["errors"][0]["pointer"] == f"/hours/returns/exceptions/0/windows/0/{end}"
    assert client.put(url, json={"pick_up": table}, headers=headers).status_code == 200  # it recurs: shifted
    other_day = {**table, "exceptions": [{"date": "2027-03-27", "windows": [window]}]}
    assert client.put(url, json={"pick_up": other_day}, headers=headers).status_code == 200


def test_t11_a_recurring_closure_over_a_promise_weeks_ahead_names_it(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    listing = offer(instance, anna)
    holder = take(instance, listing, "2026-12-16T10:00:00+01:00", "2026-12-16T12:00:00+01:00")
    body = {"starts_at": at(25, 8), "ends_at": at(25, 18), "recurrence": "FREQ=WEEKLY"}
    url = f"/api/v1/listings/{listing.id}/closures"

    refused = client.post(url, json=body, headers=anna.headers)
    spared = client.post(url, json={**body, "except_on": ["2026-12-16"]}, headers=anna.headers)

    assert refused.status_code == 409
    assert [one["booking_id"] for one in refused.json()["conflicts"]] == [str(holder)]
    assert spared.status_code == 201


def test_t10_buffers_cost_nothing_and_need_no_opening_hours(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    hourly = [{"billing_unit": "started_hour", "amount_minor": 1_000}]
    limits = {"buffer_before_minutes": 120, "buffer_after_minutes": 120}
    hours = {"opening": weekly(("09:00", "12:00"))}
    hall = offer(instance, anna, kind="space", tariffs=hourly, hours=hours, limits=limits)

    quoted = quote(client, hall, at(25, 9), at(25, 12))

    assert (quoted["bookable"], quoted["billing_count"]) == (True, 3)
    assert quoted["total"] == {"amount_minor": 3_000, "currency": "EUR"}

"""Somebody takes everything along and leaves: what they get, and that nothing of them stays."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import START, Street
from tests.factories.listings import draft, offer

ME = "/api/v1/me"
MARKER = "Unmistakeable"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def whole_database(instance):
    """Every value of every row, as text."""
    with instance.transactions.reading(SYSTEM) as reading:
        connection = reading.session.connection()
        names = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if instance.database.is_sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for name in connection.execute(text(names)).scalars().all():
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                for column, value in row._mapping.items():
                    shown = (
                        bytes(value).decode(errors="replace")
                        if isinstance(value, (bytes, memoryview))
                        else str(value)
                    )
                    yield f"{name}.{column}", shown


def lives_here(street, person):
    """The person writes their name wherever one can write."""
    client, headers = street.client, person.headers | {"Idempotency-Key": f"of-{person.name}"}
    client.patch(ME, json={"display_name": MARKER, "phone": f"+49 {MARKER}"}, headers=headers)
    garden = client.post(
        "/api/v1/organisations",
        json={
            "name": f"Garden of {MARKER}",
            "description": MARKER,
            "phone": MARKER,
            "email": f"{MARKER}@garden.test",
        },
        headers=headers,
    ).json()
    client.post(
        f"/api/v1/organisations/{garden['id']}/recognition",
        json={"proof": "declaration", "declaration": f"{MARKER} serves the common good, and has for years."},
        headers=headers,
    )
    words = {
        "title": f"Drill of {MARKER}",
        "description": MARKER,
        "terms": MARKER,
        "tags": [MARKER],
        "place": {
            "street": MARKER,
            "postal_code": "04229",
            "locality": MARKER,
            "district": MARKER,
            "lat": 51.3,
            "lon": 12.3,
        },
    }
    draft(street.instance, person, **words)
    offer(street.instance, person, **words, organisation_id=garden["id"])
    lent = offer(street.instance, person, units=3, deposit={"amount_minor": 1, "currency": "EUR"}, **words)
    closure = {"starts_at": "2027-03-01T00:00:00Z", "ends_at": "2027-03-02T00:00:00Z", "reason": MARKER}
    client.post(f"/api/v1/listings/{lent.id}/closures", json=closure, headers=headers)
    return garden["id"], lent.id


def done_as(street, action, booking, person):
    deposit = {"amount_minor": 1, "currency": "EUR"}
    words = {
        "hand-over": {"condition": MARKER, "deposit": deposit},
        "take-back": {"condition": MARKER, "deposit": deposit | {"kept_minor": 1, "kept_reason": MARKER}},
    }
    return street.done(action, booking, person, note=MARKER, **words.get(action, {"reason": MARKER}))


def test_nothing_that_somebody_wrote_outlives_their_account(street, instance, clock, run_jobs):
    anna, ben = street.anna, street.ben
    garden, lent = lives_here(street, anna)
    stranger = street.stranger
    lending = street.requested(lent, by=stranger)
    for action in ("accept", "hand-over", "take-back"):
        done_as(street, action, lending, anna)
    open_ask = street.requested(lent, by=stranger)
    borrowing = street.requested(street.offer(), purpose=MARKER, message=MARKER)
    street.done("accept", borrowing, ben)
    in_their_name = street.requested(street.offer(), purpose=MARKER, organisation_id=garden)
    address = f"/api/v1/bookings/{lending['id']}/messages"
    street.client.post(address, json={"text": MARKER}, headers=anna.headers | {"Idempotency-Key": "chat"})
    street.client.post(
        f"/api/v1/organisations/{garden}/members",
        json={"email": stranger.email, "role": "member"},
        headers=anna.headers,
    )
    said = {"wrong": "other", "words": MARKER}
    for target, about in (("person", anna.id), ("listing", lent), ("organisation", garden)):
        told = {**said, "target": target, "target_id": str(about)}
        made = street.client.post("/api/v1/reports", json=told, headers=stranger.headers).json()["id"]
        decision = {"action": "warn", "statement": f"{MARKER} was warned."}
        staff = street.moderator.headers
        street.client.post(f"/api/v1/moderation/reports/{made}/decide", json=decision, headers=staff)
        objection = {"words": f"{MARKER} does not agree."}
        objected = street.client.post(f"/api/v1/reports/{made}/object", json=objection, headers=anna.headers)
        assert objected.status_code == 200
    told = {**said, "target": "person", "target_id": str(ben.id)}
    street.client.post("/api/v1/reports", json=told, headers=anna.headers)
    run_jobs()
    assert any(MARKER in value for _, value in whole_database(instance))

    assert street.client.delete(ME, headers=anna.headers).status_code == 204
    run_jobs()

    left = {place for place, value in whole_database(instance) if MARKER.lower() in value.lower()}
    assert left == set()
    assert [place for place, value in whole_database(instance) if anna.email in value] == []
    assert street.read(open_ask, stranger)["state"] == "declined"
    assert street.read(borrowing, ben)["state"] == "cancelled"
    assert street.read(in_their_name, ben)["state"] == "withdrawn"
    assert street.client.get(f"/api/v1/listings/{lent}").status_code == 404
    assert street.client.get("/api/v1/listings", params={"q": "drill"}).json()["items"] != []
    assert street.read(lending, stranger)["state"] == "returned"
    assert street.read(lending, stranger)["listing"]["title"] == "…"


def test_an_organisation_with_things_out_keeps_its_last_member(street):
    garden = street.client.post(
        "/api/v1/organisations", json={"name": "Garden"}, headers=street.ben.headers
    ).json()
    loan = street.handed_over(street.offer(organisation_id=garden["id"]))

    refused = street.client.delete(ME, headers=street.ben.headers)

    assert (refused.status_code, refused.json()["code"]) == (409, "things_still_out")
    street.done("take-back", loan, street.ben)
    assert street.client.delete(ME, headers=street.ben.headers).status_code == 204
    assert street.read(loan, street.anna)["provider"]["name"] == ""


def test_who_asks_somebody_who_is_just_leaving_gets_no_promise(street, instance):
    drill = street.offer(booking_mode="instant")
    street.anna  # noqa: B018 - is there before anything is locked

    with ThreadPoolExecutor(1) as rival:
        with instance.transactions.writing(street.ben.actor_in(instance)) as work:
            accounts.erase(work)
            asked = rival.submit(street.ask, drill)
            wait([asked], timeout=0.3)

        assert asked.result().status_code in (404, 409)


def test_everything_can_be_taken_along(street):
    anna, ben = street.anna, street.ben
    drill = street.offer(title="Drill", place={"street": "Hidden lane 3", "lat": 51.34, "lon": 12.37})
    kept = draft(street.instance, ben, title="My draft")
    booking = street.promised(drill, purpose="Shelves", message="Hello Ben")

    of_ben = street.client.get(f"{ME}/export", headers=ben.headers).json()
    of_anna = street.client.get(f"{ME}/export", headers=anna.headers).json()

    assert {one["title"] for one in of_ben["listings"]} == {"Drill", "My draft"}
    places = {one["title"]: one["exact_place"]["street"] for one in of_ben["listings"]}
    assert places["Drill"] == "Hidden lane 3"
    assert str(kept.id) in {one["id"] for one in of_ben["listings"]}
    assert of_anna["listings"] == []
    for export, name in ((of_ben, "ben"), (of_anna, "anna")):
        [one] = export["bookings"]["bookings"]
        assert (one["id"], one["purpose"]) == (booking["id"], "Shelves"), name
        assert one["events"][-1]["action"] == "accept"
    assert [said["text"] for said in of_anna["bookings"]["messages"]] == ["Hello Ben"]
    assert of_anna["bookings"]["bookings"][0]["contact"]["email"] == ben.email
    assert of_ben["bookings"]["bookings"][0]["hand_over_code"] is None


@pytest.mark.parametrize("days", [13, 15])
def test_contact_data_closes_two_weeks_after_the_end(street, clock, days):
    loan = street.handed_over()
    street.done("take-back", loan, street.ben)
    street.done("complete", loan, street.anna)
    clock.turn(timedelta(days=days))

    contacts = [street.read(loan, one)["contact"] for one in (street.anna, street.ben)]

    assert all(contacts) if days < 14 else contacts == [None, None]
    assert street.instance.transactions.clock.now() - timedelta(days=days) < START


def test_what_somebody_asks_for_while_leaving_is_called_off_or_refused(street, instance):
    for number in range(4):
        leaver, drill = signed_in_person(instance, f"Leaver {number}"), street.offer()

        with ThreadPoolExecutor(2) as both:
            asking = both.submit(street.ask, drill, by=leaver)
            leaving = both.submit(street.client.delete, ME, headers=leaver.headers)
        asked = asking.result()

        assert leaving.result().status_code == 204
        assert asked.status_code in (201, 401)
        if asked.status_code == 201:
            assert street.read(asked.json(), street.ben)["state"] == "withdrawn"


def test_two_who_leave_at_once_do_not_wait_for_each_other(street, instance):
    for number in range(3):
        leavers = [signed_in_person(instance, f"{name} {number}") for name in ("Cora", "Dan")]
        shared = [street.offer(units=5) for _ in range(4)]
        for leaver, listings in zip(leavers, (shared, reversed(shared)), strict=True):
            for listing in listings:
                street.requested(listing, by=leaver)

        with ThreadPoolExecutor(2) as both:
            gone = both.map(lambda who: street.client.delete(ME, headers=who.headers).status_code, leavers)

        assert list(gone) == [204, 204]

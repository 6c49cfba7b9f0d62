"""The town in a database: everything it tells has happened, through the services everybody uses."""

from datetime import UTC, datetime, timedelta

import pytest

from app.accounts import service as accounts
from app.demo.loading import Guide, load
from app.demo.town import town
from app.kernel.actor import NOBODY
from app.kernel.problems import NotNow

DAYS = [datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=ahead, hours=ahead) for ahead in range(7)]
HOLIDAYS = [datetime(2026, 12, 24, 9, tzinfo=UTC), datetime(2027, 3, 26, 9, tzinfo=UTC)]
"""The day before Christmas and Good Friday: nobody hands anything over for a while."""


def unwatched(things, _doing):
    return things


@pytest.fixture
def guide(instance, clock) -> Guide:
    return load(town(1), instance.transactions, clock, watch=unwatched)


def signed_in(client, email: str, password: str) -> dict[str, str]:
    client.cookies.clear()  # a browser's; here three people share one client
    opened = client.post("/api/v1/sessions", json={"email": email, "password": password})
    assert opened.status_code == 201, opened.text
    return {"Authorization": f"Bearer {opened.json()['access_token']}"}


def test_all_offers_and_wants_can_be_found(guide, client):
    place = town(1)
    found, after = [], None
    while True:
        query = {"limit": 100} | ({"after": after} if after else {})
        page = client.get("/api/v1/listings", params=query).json()
        found += page["items"]
        if (after := page["next"]) is None:
            break

    assert sorted(item["title"] for item in found) == sorted(
        item.title for item in (*place.listings, *place.wants)
    )
    assert all(item["place"]["district"] for item in found)
    assert {item["state"] for item in found} == {"published"}


def test_one_can_sign_in_as_the_three_that_are_named(guide, client):
    for email in (guide.admin, guide.lender, guide.borrower):
        me = client.get("/api/v1/me", headers=signed_in(client, email, guide.password))
        assert me.json()["email"] == email
    assert (
        client.get("/api/v1/me", headers=signed_in(client, guide.admin, guide.password)).json()["staff"]
        == "admin"
    )


def test_the_borrower_has_brought_the_bicycle_back(guide, client):
    headers = signed_in(client, guide.borrower, guide.password)

    bookings = client.get("/api/v1/bookings", params={"role": "borrower"}, headers=headers).json()["items"]

    states = {booking["listing"]["title"]: booking["state"] for booking in bookings}
    assert states["Lastenrad Long John, 7-Gang"] in {"returned", "completed"}


def test_recognised_organisations_are_recognised(guide, instance):
    with instance.transactions.reading(NOBODY) as reading:
        found = {
            body.name: accounts.find_party(reading, body.name).recognised for body in town(1).organisations
        }

    assert found == {body.name: body.recognised for body in town(1).organisations}


@pytest.mark.parametrize("day", DAYS + HOLIDAYS, ids=lambda day: f"{day:%A %d %B}")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_town_comes_to_life_on_any_day_of_the_week(instance, clock, day):
    clock.set(day)

    load(town(day.day), instance.transactions, clock, watch=unwatched)

    assert abs(clock.now() - day) < timedelta(minutes=1)


def test_nobody_moves_into_an_instance_where_people_live(guide, instance, clock):
    with pytest.raises(NotNow):
        load(town(2), instance.transactions, clock, watch=unwatched)

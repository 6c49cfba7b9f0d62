"""What must not be learned about a provider: where they live, and what is not for everybody."""

import pytest

from tests.factories.accounts import signed_in_person
from tests.factories.listings import draft, offer

HOME = {
    "street": "Hidden lane 3",
    "postal_code": "04229",
    "locality": "Leipzig",
    "lat": 51.3301,
    "lon": 12.3301,
}


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


@pytest.fixture
def spy(instance):
    return signed_in_person(instance, "Spy")


def point(listing):
    return listing.place.lat, listing.place.lon


def test_ten_listings_at_one_address_share_one_point(instance, anna):
    points = {point(offer(instance, anna, place=HOME)) for _ in range(10)}

    assert len(points) == 1
    assert points != {(HOME["lat"], HOME["lon"])}


def test_entering_every_house_around_does_not_tell_which_is_the_one(instance, anna, spy):
    """Were the displacement the same for everybody, a spy's own drafts would be a table of it."""
    shown = point(offer(instance, anna, place=HOME))

    tried = point(draft(instance, spy, place=HOME))

    assert tried != shown


def test_distances_are_those_of_the_public_point(client, instance, anna):
    shown = offer(instance, anna, place=HOME)
    lat, lon = point(shown)

    def found(near, **more):
        return client.get("/api/v1/listings", params={"near": near, **more}).json()["items"]

    assert [one["distance_km"] for one in found(f"{lat},{lon}", radius_km=0.1)] == [0.0]
    [from_home] = found(f"{HOME['lat']},{HOME['lon']}", sort="distance")
    assert from_home["distance_km"] > 0
    assert found(f"{HOME['lat']},{HOME['lon']}", q="Hidden") == []
    assert "Hidden" not in client.get(f"/api/v1/listings/{shown.id}").text


def test_drafts_and_what_is_for_members_are_not_there_for_others(client, instance, anna, spy):
    club = client.post("/api/v1/organisations", json={"name": "Club"}, headers=anna.headers).json()
    audience = {"audience": "members_of", "audience_organisation_id": club["id"]}
    secret = draft(instance, anna, title="Secret draft").id
    inside = offer(instance, anna, title="For members", **audience).id

    for listing in (secret, inside):
        paths = ("", "/hours", "/closures", "/calendar?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z")
        assert {
            client.get(f"/api/v1/listings/{listing}{path}", headers=spy.headers).status_code for path in paths
        } == {404}
        ask = {"starts_at": "2026-12-01T09:00:00Z", "ends_at": "2026-12-01T10:00:00Z"}
        quote = client.post(f"/api/v1/listings/{listing}/quote", json=ask, headers=spy.headers)
        asked = client.post("/api/v1/bookings", json=ask | {"listing_id": str(listing)}, headers=spy.headers)
        gone = client.delete(f"/api/v1/listings/{listing}", headers=spy.headers | {"If-Match": "*"})
        closed = client.post(f"/api/v1/listings/{listing}/close", json={}, headers=spy.headers)
        assert {answer.status_code for answer in (quote, asked, gone, closed)} == {404}
    assert client.get("/api/v1/listings", headers=spy.headers).json()["items"] == []
    assert client.get(f"/api/v1/listings/{inside}", headers=anna.headers).status_code == 200


def test_what_is_made_says_where_it_is(client, instance, anna):
    listing = f"/api/v1/listings/{offer(instance, anna).id}"
    club = client.post("/api/v1/organisations", json={"name": "Club"}, headers=anna.headers)
    closure = {"starts_at": "2026-12-24T00:00:00Z", "ends_at": "2026-12-27T00:00:00Z"}
    wanted = {"email": "someone@example.org", "role": "member"}

    made = [
        client.post(f"{listing}/closures", json=closure, headers=anna.headers),
        client.post(f"{club.headers['location']}/members", json=wanted, headers=anna.headers),
    ]

    assert [answer.status_code for answer in made] == [201, 201]
    for answer in made:
        assert client.get(answer.headers["location"], headers=anna.headers).status_code == 200

"""Making, editing, publishing and ending listings, over HTTP, by their provider and by strangers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.kernel.actor import SYSTEM, StaffRole
from app.kernel.clock import TurnableClock
from app.kernel.places import Point, distance_km
from app.listings import service as listings
from app.settings import Settings
from app.wiring import Instance
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import draft, offer

PLACE = {
    "street": "Eisenbahnstraße 1",
    "postal_code": "04315",
    "district": "Neustadt",
    "lat": 51.3457,
    "lon": 12.3986,
}
DRILL = {
    "kind": "equipment",
    "title": "  Bohr\u00adhammer   SDS ",
    "category": "drills",
    "tags": ["bohren"],
    "units": 2,
    "place": PLACE,
    "tariffs": [{"billing_unit": "calendar_day", "amount_minor": 500}],
    "deposit": {"amount_minor": 2000, "currency": "EUR"},
}


@pytest.fixture
def anna(instance: Instance) -> Neighbour:
    return signed_in_person(instance, "Anna")


def test_a_listing_is_made_as_a_draft_and_only_its_provider_sees_it(
    client: TestClient, anna: Neighbour
) -> None:
    made = client.post("/api/v1/listings", json=DRILL, headers=anna.headers)

    assert made.status_code == 201
    listing = made.json()
    assert made.headers["location"] == f"/api/v1/listings/{listing['id']}"
    assert (listing["state"], listing["version"], listing["provider"]["name"]) == ("draft", 1, "Anna")
    assert client.get(made.headers["location"], headers=anna.headers).json() == listing
    assert client.get(made.headers["location"]).status_code == 404


def test_what_is_left_out_takes_the_defaults_of_the_kind(client: TestClient, anna: Neighbour) -> None:
    room = client.post(
        "/api/v1/listings", json={"kind": "space", "title": "Saal"}, headers=anna.headers
    ).json()

    assert room["limits"]["max_minutes"] == 720
    assert room["limits"]["horizon_days"] == 180
    assert (room["booking_mode"], room["request_holds"], room["answer_hours"]) == ("on_request", True, 144)
    assert (room["tariffs"], room["federation"], room["audience"]) == ([], "listed", "everyone")
    assert (room["place"]["lat"], room["place"]["lon"]) == (None, None)


def test_one_limit_is_enough_and_the_others_are_as_usual(client: TestClient, anna: Neighbour) -> None:
    asked = {"kind": "space", "title": "Saal", "limits": {"lead_minutes": 60}}
    limits = client.post("/api/v1/listings", json=asked, headers=anna.headers).json()["limits"]
    wrong = client.post(
        "/api/v1/listings", json=asked | {"limits": {"min_minutes": 721}}, headers=anna.headers
    )

    assert (limits["lead_minutes"], limits["max_minutes"]) == (60, 12 * 60)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/limits")


def test_the_exact_place_never_shows(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    shown = client.get(f"/api/v1/listings/{offer(instance, anna, **DRILL).id}")

    place = shown.json()["place"]
    assert place.keys() == {"district", "locality", "lat", "lon", "precision_m", "subdivision"}
    assert 0 < distance_km(Point(51.3457, 12.3986), Point(place["lat"], place["lon"])) <= 0.2
    assert "Eisenbahn" not in shown.text


def test_a_person_cannot_show_an_exact_place(client: TestClient, anna: Neighbour) -> None:
    body = {**DRILL, "place": {**PLACE, "show_exact": True}}

    refused = client.post("/api/v1/listings", json=body, headers=anna.headers)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/place/show_exact"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": "x"}, "/title"),
        ({"category": "no-such"}, "/category"),
        ({"units": 0}, "/units"),
        ({"units": 1, "min_units": 2}, ""),
        ({"tariffs": [{"tariff": "reduced", "billing_unit": "night", "amount_minor": 1}]}, "/tariffs"),
        ({"tariffs": [{"billing_unit": "fortnight", "amount_minor": 1}]}, "/tariffs/0/billing_unit"),
        ({"audience": "members_of"}, ""),
        ({"space": {}}, ""),
        ({"purpose": "want"}, ""),
        ({"place": {"lat": 51.0}}, "/place"),
        ({"hours": {"pick_up": {"weekly": [{"weekday": "monday", "opens": "25:00", "closes": "26:00"}]}}},
         "/hours/pick_up/weekly/0/opens"),
        ({"colour": "red"}, "/colour"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused_with_its_place(
    client: TestClient, anna: Neighbour, change: dict[str, Any], pointer: str
) -> None:
    refused = client.post("/api/v1/listings", json={**DRILL, **change}, headers=anna.headers)

    assert refused.status_code == 422
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}


def test_nobody_offers_for_others(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    stranger = signed_in_person(instance, "Bela")

    body = {**DRILL, "organisation_id": str(anna.id)}
    assert client.post("/api/v1/listings", json=body, headers=stranger.headers).status_code == 403
    assert client.post("/api/v1/listings", json=DRILL).status_code == 401


def test_an_edit_names_the_version_it_was_made_on(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    url = f"/api/v1/listings/{offer(instance, anna, **DRILL).id}"
    etag = client.get(url, headers=anna.headers).headers["etag"]

    assert client.patch(url, json={"units": 3}, headers=anna.headers).status_code == 428
    edited = client.patch(url, json={"units": 3}, headers={**anna.headers, "If-Match": etag})
    stale = client.patch(url, json={"units": 4}, headers={**anna.headers, "If-Match": etag})

    assert (edited.status_code, edited.json()["units"]) == (200, 3)
    assert stale.status_code == 412


def test_a_patch_merges_absent_stays_and_null_removes(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    made = offer(instance, anna, **DRILL)
    patch = {
        "deposit": None,
        "tariffs": None,
        "limits": {"lead_minutes": 60},
        "place": {"district": "Volkmarsdorf"},
    }

    edited = client.patch(
        f"/api/v1/listings/{made.id}", json=patch, headers={**anna.headers, "If-Match": "*"}
    ).json()

    assert (edited["deposit"], edited["tariffs"]) == (None, None)
    assert edited["limits"] == {**made.limits.model_dump(), "lead_minutes": 60}
    assert edited["place"] == {**made.place.model_dump(), "district": "Volkmarsdorf"}
    assert edited["title"] == made.title
    assert edited["version"] == made.version + 1


@pytest.mark.parametrize(
    "patch",
    [
        {"title": None},
        {"units": 0},
        {"limits": {"max_minutes": 1}},
        {"kind": "space"},
        {"place": {"lat": None}},
    ],
)
def test_a_patch_that_leaves_no_possible_listing_is_refused(
    client: TestClient, instance: Instance, anna: Neighbour, patch: dict[str, Any]
) -> None:
    url = f"/api/v1/listings/{offer(instance, anna, **DRILL).id}"

    refused = client.patch(url, json=patch, headers={**anna.headers, "If-Match": "*"})

    assert refused.status_code == 422


def test_strangers_may_look_but_not_touch(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    url = f"/api/v1/listings/{offer(instance, anna).id}"
    hidden = f"/api/v1/listings/{draft(instance, anna).id}"
    stranger = {**signed_in_person(instance, "Bela").headers, "If-Match": "*"}

    for target, status in ((url, 403), (hidden, 404)):
        assert client.patch(target, json={"units": 3}, headers=stranger).status_code == status
        assert client.delete(target, headers=stranger).status_code == status
        assert client.put(f"{target}/hours", json={}, headers=stranger).status_code == status
        for action in ("publish", "pause", "renew", "approve"):
            assert client.post(f"{target}/{action}", headers=stranger).status_code == status
        assert client.post(f"{target}/close", json={}, headers=stranger).status_code == status


def test_pause_publish_close_and_what_the_public_sees(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    url = f"/api/v1/listings/{draft(instance, anna).id}"

    def act(action: str, **body: str) -> dict[str, Any]:
        answer: dict[str, Any] = client.post(
            f"{url}/{action}", json=body or None, headers=anna.headers
        ).json()
        return answer

    assert act("publish")["state"] == "published"
    assert act("pause")["state"] == "paused"
    assert client.get("/api/v1/listings").json()["items"] == []
    assert client.get(url).json()["state"] == "paused"
    assert act("publish")["state"] == "published"
    closed = act("close", reason="fulfilled_elsewhere")
    assert (closed["state"], closed["close_reason"]) == ("closed", "fulfilled_elsewhere")
    assert client.get(url).status_code == 404
    assert client.get(url, headers=anna.headers).status_code == 200
    assert act("publish")["type"] == "/problems/listing-not-ready"


def test_a_draft_is_removed_and_what_was_public_is_closed(
    client: TestClient, instance: Instance, anna: Neighbour
) -> None:
    urls = [f"/api/v1/listings/{one.id}" for one in (draft(instance, anna), offer(instance, anna))]
    headers = {**anna.headers, "If-Match": "*"}

    assert [client.delete(url, headers=headers).status_code for url in urls] == [204, 204]

    assert client.get(urls[0], headers=anna.headers).status_code == 404
    assert client.get(urls[1], headers=anna.headers).json()["state"] == "closed"


def test_offers_expire_after_180_days_and_wants_after_30_unless_renewed(
    instance: Instance, anna: Neighbour, clock: TurnableClock, run_jobs: Callable[[], int]
) -> None:
    wanted = {"starts_at": "2027-06-01T10:00:00Z", "ends_at": "2027-06-01T12:00:00Z", "units": 40}
    kept, want = offer(instance, anna).id, offer(instance, anna, purpose="want", wanted=wanted).id

    def states() -> list[str]:
        run_jobs()
        with instance.transactions.reading(SYSTEM) as reading:
            return [listings.read(reading, listing_id).state.value for listing_id in (kept, want)]

    def renew(listing_id: UUID) -> None:
        with instance.transactions.writing(SYSTEM) as work:
            listings.renew(work, listing_id)

    assert states() == ["published", "published"]
    clock.turn(timedelta(days=29))
    assert states() == ["published", "published"]
    clock.turn(timedelta(days=2))
    assert states() == ["published", "expired"]
    renew(kept)
    renew(want)
    clock.turn(timedelta(days=179))
    assert states() == ["published", "expired"]
    clock.turn(timedelta(days=2))
    assert states() == ["expired", "expired"]


def test_a_provider_hears_once_that_a_listing_expires_within_a_week(
    instance: Instance, anna: Neighbour, clock: TurnableClock, run_jobs: Callable[[], int]
) -> None:
    offer(instance, anna)

    def reminders() -> int:
        run_jobs()
        with instance.database.reading() as session:
            logged = text("SELECT count(*) FROM event_log WHERE name = 'listing.expiring'")
            return int(session.connection().execute(logged).scalar_one())

    clock.turn(timedelta(days=172))
    assert reminders() == 0
    clock.turn(timedelta(days=2))
    assert reminders() == 1
    clock.turn(timedelta(days=1))
    assert reminders() == 1


def test_a_want_says_when_and_how_many(client: TestClient, instance: Instance, anna: Neighbour) -> None:
    wanted = {"starts_at": "2026-12-01T11:00:00+01:00", "ends_at": "2026-12-01T13:00:00+01:00", "units": 40}

    want = client.get(f"/api/v1/listings/{offer(instance, anna, purpose='want', wanted=wanted).id}").json()

    assert want["wanted"] == {
        "starts_at": "2026-12-01T10:00:00Z",
        "ends_at": "2026-12-01T12:00:00Z",
        "units": 40,
        "filled_units": 0,
    }


def test_the_category_tree_speaks_the_readers_language(client: TestClient) -> None:
    german, english = (
        client.get("/api/v1/categories", headers={"Accept-Language": language}).json()["items"]
        for language in ("de", "en")
    )

    assert (german[0]["label"], english[0]["label"]) == ("Werkzeug", "Tools")
    assert german[0]["children"][0]["slug"] == "drills"


class TestWhereListingsAreReviewed:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"review_listings": True})

    def test_staff_look_before_the_public_does_and_both_hear_of_it(
        self, client: TestClient, instance: Instance, anna: Neighbour, run_jobs: Callable[[], int]
    ) -> None:
        moderator = signed_in_person(instance, "Mo", staff=StaffRole.MODERATOR)
        url = f"/api/v1/listings/{draft(instance, anna).id}"

        submitted = client.post(f"{url}/publish", headers=anna.headers).json()
        by_oneself = client.post(f"{url}/approve", headers=anna.headers)
        run_jobs()
        approved = client.post(f"{url}/approve", headers=moderator.headers)

        assert submitted["state"] == "in_review"
        assert by_oneself.status_code == 403
        assert approved.json()["state"] == "published"
        assert client.get(url).status_code == 200
        run_jobs()
        for who, kind in ((moderator, "listing_submitted"), (anna, "listing_approved")):
            [told] = client.get("/api/v1/me/notifications", headers=who.headers).json()["items"]
            assert (told["kind"], url.endswith(told["listing_id"])) == (kind, True)

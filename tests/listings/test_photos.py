"""Photos of listings: added, described, ordered, shown, gone."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from tests.factories.accounts import signed_in_person
from tests.factories.listings import draft, offer
from tests.factories.pictures import photo


@pytest.fixture
def ben(instance):
    return signed_in_person(instance, "Ben")


@pytest.fixture
def drill(instance, ben):
    return offer(instance, ben).id


def add(client, listing_id, who, sent=None, *, kind="image/jpeg", alt="", **headers):
    return client.post(
        f"/api/v1/listings/{listing_id}/photos",
        content=photo() if sent is None else sent,
        params={"alt": alt} if alt else {},
        headers=who.headers | {"Content-Type": kind} | headers,
    )


def files_of(instance):
    folder = instance.settings.data_dir / "files"
    return sorted(path.parent.name for path in folder.rglob("*.webp")) if folder.is_dir() else []


def test_a_photo_is_added_described_and_shown_to_everybody(client, ben, drill):
    answer = add(client, drill, ben, photo(located=True), alt="A drill in its case")

    assert answer.status_code == 201, answer.text
    [shown] = client.get(f"/api/v1/listings/{drill}").json()["photos"]
    assert shown == answer.json()
    assert (shown["alt"], shown["width"], shown["height"]) == ("A drill in its case", 640, 480)
    large, thumbnail = client.get(shown["url"]), client.get(shown["thumbnail_url"])
    assert large.headers["content-type"] == thumbnail.headers["content-type"] == "image/webp"
    assert large.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in large.headers["content-security-policy"]
    assert Image.open(BytesIO(large.content)).size == (640, 480)
    assert Image.open(BytesIO(thumbnail.content)).size == (400, 300)
    assert not Image.open(BytesIO(large.content)).getexif()


def test_photos_stand_in_the_providers_order(client, ben, drill):
    ids = [add(client, drill, ben, photo((100 + number, 100))).json()["id"] for number in range(3)]

    moved = client.patch(
        f"/api/v1/listings/{drill}/photos/{ids[2]}", json={"position": 0, "alt": "First"}, headers=ben.headers
    )

    assert moved.status_code == 200, moved.text
    assert [one["id"] for one in client.get(f"/api/v1/listings/{drill}").json()["photos"]] == [
        ids[2],
        ids[0],
        ids[1],
    ]


def test_the_same_picture_again_is_the_one_that_is_there(client, instance, ben, drill, run_jobs):
    first, again = add(client, drill, ben).json(), add(client, drill, ben).json()

    assert again == first
    assert len(client.get(f"/api/v1/listings/{drill}").json()["photos"]) == 1
    run_jobs()
    assert files_of(instance) == [first["id"]] * 2


def test_a_retry_with_its_key_gets_the_stored_answer(client, ben, drill):
    first = add(client, drill, ben, **{"Idempotency-Key": "k1"})
    again = add(client, drill, ben, **{"Idempotency-Key": "k1"})

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert add(client, drill, ben, photo((9, 9)), **{"Idempotency-Key": "k1"}).status_code == 422


def test_a_removed_photo_leaves_no_file(client, instance, ben, drill, run_jobs):
    shown = add(client, drill, ben).json()

    gone = client.delete(f"/api/v1/listings/{drill}/photos/{shown['id']}", headers=ben.headers)
    run_jobs()

    assert gone.status_code == 204
    assert client.get(shown["url"]).status_code == 404
    assert client.get(f"/api/v1/listings/{drill}").json()["photos"] == []
    assert files_of(instance) == []


def test_only_the_provider_adds_and_removes(client, instance, ben, drill):
    stranger, shown = signed_in_person(instance, "Stranger"), add(client, drill, ben).json()

    assert add(client, drill, stranger).status_code == 403
    assert (
        client.delete(f"/api/v1/listings/{drill}/photos/{shown['id']}", headers=stranger.headers).status_code
        == 403
    )
    assert (
        client.post(
            f"/api/v1/listings/{drill}/photos", content=photo(), headers={"Content-Type": "image/jpeg"}
        ).status_code
        == 401
    )
    assert len(files_of(instance)) == 2, "who is refused leaves no file"


def test_a_photo_of_a_draft_is_seen_by_its_provider_only(client, instance, ben):
    shown = add(client, draft(instance, ben).id, ben).json()

    assert client.get(shown["url"]).status_code == 404
    assert client.get(shown["url"], headers=ben.headers).status_code == 200


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [(b"no picture", "image/jpeg", 422), (photo(), "text/plain", 415), (photo(), "multipart/form-data", 415),
     (b"\0" * 6_000_000, "image/jpeg", 413), (b"", "image/png", 422)],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_reason(client, ben, drill, sent, kind, status):
    answer = add(client, drill, ben, sent, kind=kind)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_ten_photos_are_enough(client, ben, drill):
    for number in range(10):
        assert add(client, drill, ben, photo((10 + number, 10))).status_code == 201

    refused = add(client, drill, ben)

    assert (refused.status_code, refused.json()["code"], refused.json()["most"]) == (
        409,
        "too_many_photos",
        10,
    )


def test_who_leaves_takes_their_photos_along(client, instance, ben, drill, run_jobs):
    add(client, drill, ben)

    gone = client.request(
        "DELETE",
        "/api/v1/me",
        headers=ben.headers | {"If-Match": client.get("/api/v1/me", headers=ben.headers).headers["etag"]},
    )
    run_jobs()

    assert gone.status_code in (200, 202, 204), gone.text
    assert files_of(instance) == []


def test_a_file_whose_row_never_came_is_swept_away(client, instance, ben, drill, clock, run_jobs):
    kept = add(client, drill, ben).json()
    instance.files.put("photos/0193a0de-0000-7000-8000-000000000000/large.webp", b"left behind")

    clock.turn(timedelta(days=30))  # files tell the machine's time
    run_jobs()

    assert files_of(instance) == [kept["id"]] * 2

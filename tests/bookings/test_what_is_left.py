"""What is left of somebody: nothing in any table once they are erased, nothing to read once they have no right to it."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import MetaData

from app.accounts import service as accounts
from app.accounts.service.organisations import admit
from app.kernel.actor import SYSTEM, MemberRole
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import END, SHORT, START
from tests.factories.listings import offer
from tests.factories.pictures import photo

CANARY = "kanarie"


@pytest.fixture
def post(client):
    """Say something to the API that it must take, with a key under which the answer is kept."""
    keys = count()

    def say(path, who, /, **body):
        key = {"Idempotency-Key": f"{next(keys)}"}
        answer = client.post(f"/api/v1{path}", json=body, headers=who.headers | key)
        assert answer.is_success, answer.text
        return answer.json()

    return say


@pytest.fixture
def club(instance, street, post):
    """An organisation of a stranger's without an address of its own, for which Anna and the canary may speak."""
    club = post("/organisations", street.stranger, name="Club")

    def let_in(person):
        with instance.transactions.writing(SYSTEM) as work:
            admit(work, UUID(club["id"]), person.id, MemberRole.OWNER)
        return club["id"]

    return let_in


def found(instance, word):
    """Every column of the whole database in which this word stands."""
    tables = MetaData()
    with instance.database.engine.connect() as connection:
        tables.reflect(connection)
        return {
            f"{table.name}.{name}"
            for table in tables.sorted_tables
            for row in connection.execute(table.select()).mappings()
            for name, value in row.items()
            if word in (value.decode(errors="replace") if isinstance(value, bytes) else str(value)).lower()
        }


def live_through_everything(canary, club_id, street, post):
    """A loan with counter-offers, a change, photos, records and a case; one for the club; a listing; a queue."""
    client, ben, drill = street.client, street.ben, str(street.offer(units=5))
    patched = client.patch("/api/v1/me", json={"phone": "kanarie-phone"}, headers=canary.headers)
    assert patched.status_code == 200
    loan = f"/bookings/{street.requested(drill, by=canary, purpose='kanarie', message='kanarie')['id']}"
    post(f"{loan}/counter", ben, units=2)
    post(f"{loan}/counter", canary, units=1, note="kanarie", condition="kanarie", place_note="kanarie")
    post(f"{loan}/accept", ben)
    post(f"{loan}/propose-change", canary, ends_at=f"{END + timedelta(hours=1)}", place_note="kanarie 2")
    post(f"{loan}/accept-change", ben)
    sent = canary.headers | {"Content-Type": "image/jpeg"}
    assert client.post(f"/api/v1{loan}/photos?alt=kanarie", content=photo(), headers=sent).status_code == 201
    post(f"{loan}/hand-over", ben)
    post(f"{loan}/take-back", ben)
    post(f"{loan}/raise-case", canary, note="kanarie")
    post(f"{loan}/settle", canary, note="kanarie")
    post(f"{loan}/settle", ben)
    ask = {"starts_at": f"{START}", "ends_at": f"{END}", "message": "kanarie"}
    theirs = post("/bookings", canary, listing_id=drill, organisation_id=club_id, **ask)
    post(f"/bookings/{theirs['id']}/accept", ben)
    post("/bookings", canary, listing_id=drill, recurrence="FREQ=WEEKLY;COUNT=2", purpose="kanarie", **ask)
    taken = street.offer(booking_mode="instant")
    street.requested(taken, by=street.stranger)
    post(f"/listings/{taken}/queue", canary, **ask)
    place = {"street": "kanarie-street", "locality": "Leipzig"}
    words = dict.fromkeys(("title", "description", "terms", "contract_text"), "kanarie")
    room = offer(
        street.instance, canary, kind="space", place=place, space={"access_notes": "kanarie"}, **words
    )
    asked = post("/bookings", ben, listing_id=f"{room.id}", starts_at=f"{SHORT[0]}", ends_at=f"{SHORT[1]}")
    post(f"/bookings/{asked['id']}/accept", canary, note="kanarie")


def test_who_was_erased_is_named_in_no_table_and_pictured_in_no_file(
    street, instance, client, club, post, run_jobs, tmp_path
):
    canary = signed_in_person(instance, "Kanarie")
    live_through_everything(canary, club(canary), street, post)
    run_jobs()
    assert len(found(instance, CANARY)) > 15

    assert client.delete("/api/v1/me", headers=canary.headers).status_code == 204
    run_jobs()

    assert found(instance, CANARY) == set()
    assert [*tmp_path.rglob("*.webp")] == []
    assert client.get("/health/ready").status_code == 200


def test_who_has_left_an_organisation_takes_only_their_own_words_along(street, client, club, post):
    theirs = {"organisation_id": club(street.anna), "message": "From me"}
    drill = street.offer(units=3)
    single = street.requested(drill, **theirs)
    several = street.requested(drill, recurrence="FREQ=WEEKLY;COUNT=2", **theirs)
    part = {"listing_id": str(drill), "starts_at": f"{START}", "ends_at": f"{END}"}
    post("/booking-groups", street.anna, items=[part], organisation_id=theirs["organisation_id"])
    before = client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"]
    assert {len(before[name]) for name in ("series", "groups")} == {1}
    assert {single["id"], several["id"]} < {one["id"] for one in before["bookings"]}

    gone = f"/api/v1/organisations/{theirs['organisation_id']}/members/{street.anna.id}"
    assert client.delete(gone, headers=street.anna.headers).status_code == 204
    street.done("counter", single, street.ben, condition="Only for the Club", place_note="Backyard")

    after = client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"]
    assert [after[name] for name in ("bookings", "series", "groups", "contracts")] == [[], [], [], []]
    assert {one["text"] for one in after["messages"]} == {"From me"}


def test_what_could_not_be_had_is_not_named_once_it_is_only_for_others(street, instance, client, club, post):
    drill, saw = street.offer(), offer(instance, street.ben, title="Saw", booking_mode="instant").id
    street.requested(saw, by=street.stranger)
    span = {"starts_at": f"{START}", "ends_at": f"{END}"}
    items = [{"listing_id": str(one), **span} for one in (drill, saw)]
    group = f"/booking-groups/{post('/booking-groups', street.anna, mode='best_effort', items=items)['id']}"
    seen = client.get(f"/api/v1{group}", headers=street.anna.headers).json()["items"]
    assert [one["listing"]["title"] for one in seen] == ["Cordless drill", "Saw"]

    inside = {"title": "Treasure", "audience": "members_of", "audience_organisation_id": club(street.ben)}
    changed = client.patch(
        f"/api/v1/listings/{saw}",
        json=inside,
        headers=street.ben.headers | {"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text

    seen = client.get(f"/api/v1{group}", headers=street.anna.headers).json()["items"]
    assert [(one["listing"]["title"], one["provider"]["name"]) for one in seen[1:]] == [("", "")]


def test_a_year_after_its_end_nothing_tells_who_borrowed_and_what_they_wrote(
    street, instance, client, post, run_jobs, clock, tmp_path
):
    canary, ben = signed_in_person(instance, "Kanarie"), street.ben
    drill = street.offer(units=3)
    series = street.requested(drill, by=canary, recurrence="FREQ=WEEKLY;COUNT=1", purpose="kanarie")
    post(f"/bookings/{series['id']}/withdraw", canary, reason="kanarie")
    loan = street.promised(drill, by=canary, purpose="kanarie", message="kanarie")
    sent = canary.headers | {"Content-Type": "image/jpeg"}
    photos = f"/api/v1/bookings/{loan['id']}/photos?alt=kanarie"
    picture = client.post(photos, content=photo(), headers=sent).json()
    post(f"/bookings/{loan['id']}/hand-over", ben, condition="kanarie", photo_ids=[picture["id"]])
    post(f"/bookings/{loan['id']}/take-back", ben, condition="kanarie")
    post(f"/bookings/{loan['id']}/complete", canary, note="kanarie")

    clock.turn(timedelta(days=364))
    run_jobs()
    assert {"booking.purpose", "booking_message.text", "booking_record.condition"} <= found(instance, CANARY)
    clock.turn(timedelta(days=3))
    run_jobs()

    assert found(instance, CANARY) <= {"party.name", "person.email"}
    assert [*tmp_path.rglob("*.webp")] == []
    with instance.transactions.writing(SYSTEM) as work:
        opened = accounts.open_session(work, ben.id)
    seen = client.get(
        f"/api/v1/bookings/{loan['id']}", headers={"Authorization": f"Bearer {opened.access_token}"}
    ).json()
    assert (seen["borrower"]["name"], seen["outcome"], seen["units"]) == ("", "fulfilled", 1)
    assert client.get("/health/ready").status_code == 200

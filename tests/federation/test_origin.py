"""What the origin of a feed owes beside its pages: reasons, choices, waiting, one entry, days for tombstones."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import select

from app.accounts import service as accounts
from app.accounts.schemas.organisations import OrganisationEdit, OrganisationFounding
from app.federation import cursor
from app.federation.service import publishing
from app.federation.tables import FeedDirty, FeedReceipt
from app.kernel.actor import SYSTEM
from app.listings import service as listings
from app.listings.schemas import ListingEdit
from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.federation.test_feed import Reader, reader, titles

__all__ = ["reader"]
HERE = {"lat": 51.34, "lon": 12.37}
THERE = {"lat": 51.05, "lon": 13.74}


def gone(items: Any) -> dict[str, str]:
    return {item["id"]: item["reason"] for item in items if item["state"] == "deleted"}


def test_everything_that_leaves_leaves_one_tombstone_that_says_why(reader: Reader) -> None:
    instance, clock = reader.regions.leipzig.instance, reader.regions.clock
    mia = signed_in_person(instance, "Mia")
    unshared, reserved, paused, expired, closed = reader.offers("Leiter", "Zelt", "Grill", "Axt", "Stuhl")
    erased = offer(instance, mia, title="Mias Säge").id
    reader.publish()
    before = reader.page()["cursor"]

    reader.edit(unshared, federation="none")
    reader.edit(reserved, audience="organisations")
    reader.withdraw(paused)
    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        listings.discard(work, closed, seen=None)
    with instance.transactions.writing(mia.actor_in(instance)) as work:
        accounts.erase(work)
    clock.turn(timedelta(days=200))
    listings.sweep(instance.transactions)
    reader.publish()

    items = reader.page(after=before)["items"]
    assert gone(items) == {
        str(unshared): "withdrawn",
        str(reserved): "withdrawn",
        str(paused): "withdrawn",
        str(closed): "withdrawn",
        str(expired): "expired",
        str(erased): "erased",
    }
    assert len(items) == 6
    assert not any("data" in item for item in items)


def test_an_erasure_is_told_even_of_what_was_withdrawn_before(reader: Reader) -> None:
    instance = reader.regions.leipzig.instance
    [ladder] = reader.offers("Leiter")
    reader.withdraw(ladder)
    before = reader.page()["cursor"]

    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        accounts.erase(work)
    reader.publish()

    assert gone(reader.page(after=before)["items"]) == {str(ladder): "erased"}


def test_a_choice_is_walked_by_itself_and_what_leaves_it_is_told_as_gone(reader: Reader) -> None:
    instance = reader.regions.leipzig.instance
    near = offer(instance, reader.ben, title="Bohrer", category="drills", place=HERE)
    offer(instance, reader.ben, title="Kettensäge", category="drills", place=THERE)
    offer(instance, reader.ben, title="Zelt", category="tents", place=HERE)
    reader.publish()
    asked = {"near": "51.34,12.37,10", "category": "tools"}

    walked = list(reader.walk(limit=1, **asked))
    page = reader.page(**asked)
    reader.edit(near.id, place=THERE)
    moved = reader.page(after=page["cursor"], **asked)

    assert titles(walked) == ["Bohrer"]
    assert sorted(gone(walked).values()) == ["filtered", "filtered"]
    assert (page["count"], page["digest"]) == (
        1,
        cursor.digest_of((item["id"], item["rev"]) for item in page["items"] if item["state"] == "active"),
    )
    assert gone(moved["items"]) == {str(near.id): "filtered"}
    assert (moved["count"], moved["digest"]) == (0, "0" * 64)
    for other in ({}, {"near": "51.34,12.37,11", "category": "tools"}, {"category": "tools"}):
        assert reader.get(after=page["cursor"], **other).json()["code"] == "resync-required"
    for wrong in (
        {"near": "51.34,12.37"},
        {"near": "91,0,5"},
        {"near": "x"},
        {"category": "Ä"},
        {"wait": "-1"},
    ):
        assert reader.get(**wrong).json()["code"] == "schema-invalid"


def test_one_listing_is_told_by_itself_and_after_its_end_by_its_tombstone(reader: Reader) -> None:
    [ladder] = reader.offers("Leiter")
    [item] = reader.page()["items"]

    there = reader.get(path=f"listings/{ladder}")
    reader.withdraw(ladder)
    [tombstone] = reader.page()["items"]
    after = reader.get(path=f"listings/{ladder}")
    unknown = reader.get(path="listings/nothing")

    assert there.json() == item
    assert (after.status_code, after.json()["code"], after.json()["tombstone"]) == (410, "deleted", tombstone)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown")


def test_a_partner_that_begins_with_many_pages_at_once_gets_them_all(reader: Reader) -> None:
    """Each of them is the first to say how far it has read."""
    after = reader.page()["cursor"]
    instance = reader.regions.leipzig.instance
    for _ in range(5):
        with instance.transactions.writing(SYSTEM) as work:
            work.session.execute(delete(FeedReceipt))
        with ThreadPoolExecutor(8) as crowd:
            answers = list(crowd.map(lambda _: reader.get(after=after).status_code, range(8)))
        assert answers == [200] * 8


def test_who_waits_hears_at_once_what_happens_and_holds_nothing_meanwhile(reader: Reader) -> None:
    """Twelve wait on an instance with eight threads and fifteen connections, and work goes on."""
    after = reader.page()["cursor"]
    heard: list[tuple[float, dict[str, Any]]] = []

    def wait() -> None:
        page = reader.page(after=after, wait=20)
        heard.append((time.monotonic(), page))

    waiting = [threading.Thread(target=wait) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.6)
    assert not heard
    spared = reader.page(after=after, wait=20)  # a fifth of one partner is answered at once
    began = time.monotonic()
    reader.offers("Leiter")
    for thread in waiting:
        thread.join(10)

    assert spared["items"] == []
    assert [titles(page["items"]) for _, page in heard] == [["Leiter"]] * 4
    assert max(moment for moment, _ in heard) - began < 5
    assert reader.page(after=reader.page()["cursor"], wait=0)["items"] == []
    assert titles(reader.page(wait=20)["items"]) == ["Leiter"]  # there is something: nobody waits


def test_a_page_that_is_known_is_told_without_a_look_at_entries(reader: Reader, monkeypatch: Any) -> None:
    reader.offers("Leiter")
    after = reader.page()["cursor"]
    known = reader.get(after=after).headers["etag"]
    packed = reader.get(limit=7, headers={"accept-encoding": "gzip"})
    monkeypatch.setattr("app.federation.published.page_of", None)

    again = reader.get(after=after, headers={"if-none-match": known})

    assert (again.status_code, again.content) == (304, b"")
    assert "Accept-Encoding" in again.headers["vary"]
    assert reader.get(limit=7, headers={"accept-encoding": "gzip"}).json() == packed.json()
    assert (
        reader.get(
            headers={"if-none-match": packed.headers["etag"], "accept-encoding": "gzip"}, limit=7
        ).status_code
        == 304
    )


def test_tombstones_are_kept_for_forty_five_days_and_purged_once_a_day(reader: Reader) -> None:
    instance, clock = reader.regions.leipzig.instance, reader.regions.clock
    ladder, _ = reader.offers("Leiter", "Zelt")
    [first] = [item for item in reader.page()["items"] if item["id"] == str(ladder)]
    reader.withdraw(ladder)
    clock.turn(timedelta(days=44, hours=23))
    publishing.purge(instance.transactions)
    assert set(gone(reader.walk())) == {str(ladder)}
    clock.turn(timedelta(hours=2))
    publishing.purge(instance.transactions)
    assert set(gone(reader.walk())) == {str(ladder)}  # not twice a day
    clock.turn(timedelta(days=1))
    publishing.purge(instance.transactions)
    assert gone(reader.walk()) == {}

    with instance.transactions.writing(SYSTEM) as work:
        listings.publish(work, ladder)
    reader.publish()

    [again] = [item for item in reader.walk() if item["id"] == str(ladder)]
    assert again["rev"] > first["rev"]


def test_to_look_at_everything_again_tells_partners_nothing_new(reader: Reader) -> None:
    instance = reader.regions.leipzig.instance
    [ladder] = reader.offers("Leiter")
    before = reader.page()

    with instance.transactions.writing(SYSTEM) as work:
        assert publishing.mark_everything(work) == 1
    with instance.database.reading() as session:
        assert session.exec(select(FeedDirty.item_id)).all() == [ladder]
    reader.publish()

    assert reader.page() == before


def test_partners_hear_of_an_organisation_s_new_name(reader: Reader) -> None:
    instance = reader.regions.leipzig.instance
    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        house = accounts.create_organisation(
            work, OrganisationFounding(name="Radhaus", email="rad@example.org")
        )
    offer(instance, reader.ben, title="Lastenrad", organisation_id=house.id)
    reader.publish()

    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        accounts.edit_organisation(work, house.id, OrganisationEdit(name="Radhaus Süd"), seen=None)
    reader.publish()

    assert [item["data"]["provider"]["name"] for item in reader.page()["items"]] == ["Radhaus Süd"]


def test_t14_what_tells_where_people_are_does_not_travel_and_its_provider_sees_which(reader: Reader) -> None:
    leipzig = reader.regions.leipzig
    text = "Klingeln: Am Markt 3, Tel. 0341 123456, mia@example.org. Bohrt bis 13 mm, seit 01.12.2019."
    made = offer(
        leipzig.instance,
        reader.ben,
        title="Bohrer",
        description=text,
        tags=["0151/23456789"],
        place={**HERE, "street": "Am Markt 3", "locality": "Karl-Heine-Straße 12"},
    )
    reader.publish()

    [item] = reader.page()["items"]
    own = leipzig.client.get(f"/api/v1/listings/{made.id}", headers=reader.ben.headers).json()
    seen = leipzig.client.get(f"/api/v1/listings/{made.id}").json()

    assert item["data"]["description"] == "Klingeln: […], Tel. […], […]. Bohrt bis 13 mm, seit 01.12.2019."
    assert (item["data"]["tags"], item["data"]["place"]["locality"]) == (["[…]"], "[…]")
    assert (item["data"]["place"]["lat"], item["data"]["place"]["lon"]) != (HERE["lat"], HERE["lon"])
    assert [(hint["pointer"], hint["kind"], hint["text"]) for hint in own["withheld"]] == [
        ("/description", "address", "Am Markt 3"),
        ("/description", "phone", "0341 123456"),
        ("/description", "email", "mia@example.org"),
        ("/tags/0", "phone", "0151/23456789"),
        ("/place/locality", "address", "Karl-Heine-Straße 12"),
    ]
    assert (seen["withheld"], seen["description"]) == ([], text)


def test_what_is_too_long_for_an_entry_is_shortened_and_keeps_no_other_from_being_published(
    reader: Reader,
) -> None:
    days = [{"date": f"2027-{n // 28 + 1:02}-{n % 28 + 1:02}", "windows": []} for n in range(300)]
    sessions = [
        {
            "starts_at": f"2027-01-01T{n // 6:02}:{n % 6}0:00Z",
            "ends_at": f"2027-01-01T{n // 6:02}:{n % 6}5:00Z",
        }
        for n in range(100)
    ]
    leipzig = reader.regions.leipzig.instance
    offer(leipzig, reader.ben, title="Lang", description="🔧" * 10_000, terms="ä" * 10_000,
          hours={"pick_up": {"weekly": [], "exceptions": days}})  # fmt: skip
    offer(leipzig, reader.ben, title="Kurs", kind="know_how", know_how={"sessions": sessions})
    reader.offers("Zelt")

    items = list(reader.walk())

    assert titles(items) == ["Lang", "Kurs", "Zelt"]
    assert all(
        len(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()) <= 32 * 1024
        for item in items
    )
    assert items[0]["data"]["description"].endswith("🔧…")
    assert len(items[1]["data"]["know_how"]["sessions"]) == 60


def rename(reader: Reader, listing_id: UUID, title: str) -> None:
    instance = reader.regions.leipzig.instance
    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        listings.edit(work, listing_id, ListingEdit.model_validate({"title": title}), seen=None)


def test_a_change_that_takes_long_holds_up_no_other_and_is_not_lost(reader: Reader) -> None:
    instance = reader.regions.leipzig.instance
    if instance.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time; nothing slow happens inside")
    slow, quick = reader.offers("Langsam", "Schnell")
    after = reader.page()["cursor"]

    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        listings.edit(work, slow, ListingEdit.model_validate({"title": "Endlich"}), seen=None)
        rename(reader, quick, "Sofort")
        reader.publish()
        meanwhile = reader.page(after=after)
    reader.publish()

    assert titles(meanwhile["items"]) == ["Sofort"]
    assert titles(reader.page(after=meanwhile["cursor"])["items"]) == ["Endlich"]

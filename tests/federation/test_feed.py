"""What an origin owes its readers: everything once, in the order of commits, with nothing skipped."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
import pytest

from app.federation import cursor
from app.federation.service import identity, publishing
from app.federation.signatures import Request
from app.kernel.actor import SYSTEM
from app.kernel.problems import TryAgain
from app.listings import service as listings
from app.listings.schemas import ListingEdit
from tests.factories.accounts import Neighbour, signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Regions


class Reader:
    """Halle reading Leipzig's feed by hand."""

    def __init__(self, regions: Regions) -> None:
        regions.pair()
        self.regions = regions
        self.ben: Neighbour = signed_in_person(regions.leipzig.instance, "Ben")

    def offers(self, *titles: str) -> list[UUID]:
        ids = [offer(self.regions.leipzig.instance, self.ben, title=title).id for title in titles]
        self.publish()
        return ids

    def publish(self) -> None:
        publishing.publish(self.regions.leipzig.instance.transactions)

    def edit(self, listing_id: UUID, **fields: Any) -> None:
        instance = self.regions.leipzig.instance
        with instance.transactions.writing(self.ben.actor_in(instance)) as work:
            listings.edit(work, listing_id, ListingEdit.model_validate(fields), seen=None)
        self.publish()

    def withdraw(self, listing_id: UUID) -> None:
        instance = self.regions.leipzig.instance
        with instance.transactions.writing(self.ben.actor_in(instance)) as work:
            listings.pause(work, listing_id)
        self.publish()

    def get(
        self, kind: str = "listing", headers: dict[str, str] | None = None, path: str = "", **query: Any
    ) -> httpx2.Response:
        path = path or f"feeds/{kind}"
        url = f"https://leipzig.example/dfp/v1/{path}{'?' if query else ''}{urlencode(query)}"
        with self.regions.halle.instance.transactions.reading(SYSTEM) as reading:
            signature = identity.own(reading).sign(Request("GET", url, {}), now=reading.now)
        return self.regions.leipzig.client.get(url, headers=signature | (headers or {}))

    def page(self, **query: Any) -> dict[str, Any]:
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def walk(self, **query: Any) -> Iterator[dict[str, Any]]:
        page = self.page(**query)
        while True:
            yield from page["items"]
            if not page["more"]:
                return
            page = self.page(**query | {"after": page["cursor"]})


@pytest.fixture
def reader(regions: Regions) -> Reader:
    return Reader(regions)


def titles(items: Any) -> list[str]:
    return [item["data"]["title"] for item in items if item["state"] == "active"]


def test_asking_twice_gives_the_same_page(reader: Reader) -> None:
    reader.offers("Leiter", "Zelt", "Grill")

    first = reader.page(limit=2)

    assert reader.page(limit=2) == first
    assert first["after"] == ""
    assert reader.page(after=first["cursor"])["after"] == first["cursor"]


def test_an_entry_edited_during_a_walk_comes_again_later(reader: Reader) -> None:
    first, *_ = reader.offers("Leiter", "Zelt", "Grill")
    page = reader.page(limit=2)

    reader.edit(first, title="Lange Leiter")

    assert titles(reader.walk(after=page["cursor"])) == ["Grill", "Lange Leiter"]


def test_a_withdrawn_listing_leaves_one_tombstone_without_data(reader: Reader) -> None:
    ladder, _ = reader.offers("Leiter", "Zelt")
    before = reader.page()

    reader.withdraw(ladder)
    reader.publish()

    [gone] = reader.page(after=before["cursor"])["items"]
    assert (gone["id"], gone["state"], gone["reason"]) == (str(ladder), "deleted", "withdrawn")
    assert "data" not in gone


def test_a_save_that_changes_nothing_visible_gets_no_number(reader: Reader) -> None:
    [ladder] = reader.offers("Leiter")
    head = reader.page()["head"]

    with reader.regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        publishing.mark_dirty(work, publishing.LISTINGS, ladder)
    reader.publish()

    assert reader.page()["head"] == head


def test_count_and_digest_are_those_of_the_active_entries(reader: Reader) -> None:
    assert (reader.page()["count"], reader.page()["digest"]) == (0, "0" * 64)
    ladder, tent, _ = reader.offers("Leiter", "Zelt", "Grill")
    reader.edit(tent, title="Großes Zelt")
    reader.withdraw(ladder)

    page = reader.page()

    active = [(item["id"], item["rev"]) for item in page["items"] if item["state"] == "active"]
    assert (page["count"], page["digest"]) == (2, cursor.digest_of(active))
    assert "count" not in reader.page(limit=1)


def test_old_tombstones_are_purged_and_a_walk_begun_afterwards_completes(reader: Reader) -> None:
    ladder, *_ = reader.offers("Leiter", "Zelt", "Grill")
    stale = reader.page(limit=1)["cursor"]
    reader.withdraw(ladder)
    reader.edit(reader.offers("Axt")[0], title="Große Axt")
    reader.regions.clock.turn(timedelta(days=46))
    publishing.purge(reader.regions.leipzig.instance.transactions)

    refused = reader.get(after=stale)

    assert (refused.status_code, refused.json()["code"]) == (410, "resync-required")
    assert titles(reader.walk(limit=1)) == ["Zelt", "Grill", "Große Axt"]


def test_a_listing_shared_again_has_a_higher_revision(reader: Reader) -> None:
    [ladder] = reader.offers("Leiter")
    [before] = reader.page()["items"]
    reader.withdraw(ladder)
    instance = reader.regions.leipzig.instance
    with instance.transactions.writing(reader.ben.actor_in(instance)) as work:
        listings.publish(work, ladder)
    reader.publish()

    [after] = reader.page()["items"]

    assert after["rev"] > before["rev"]


def test_a_new_epoch_sends_every_reader_back(reader: Reader) -> None:
    reader.offers("Leiter")
    old = reader.page()["cursor"]

    with reader.regions.leipzig.instance.transactions.writing(SYSTEM) as work:
        publishing.rotate_epochs(work)

    assert reader.get(after=old).json()["code"] == "resync-required"
    reader.regions.settle()
    reader.regions.clock.turn(timedelta(minutes=10))
    reader.regions.settle()
    assert len(reader.regions.halle.found("leiter")) == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "garbage"}, 400, "bad-cursor"),
        ({"after": "x" * 300}, 400, "bad-cursor"),
        ({"after": "e0.0.99999"}, 410, "resync-required"),
        ({"limit": "0"}, 400, "schema-invalid"),
        ({"limit": "-1"}, 400, "schema-invalid"),
        ({"limit": "abc"}, 400, "schema-invalid"),
        ({"limit": "1" * 400}, 200, None),
    ],
)
def test_odd_questions_are_refused_or_bounded(
    reader: Reader, query: dict[str, str], status: int, code: str | None
) -> None:
    answer = reader.get(**query)

    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_another_kind_of_feed_is_unknown(reader: Reader) -> None:
    assert reader.get("weather").json()["code"] == "unknown"


def test_a_page_is_not_sent_twice_to_those_who_have_it_and_packed_for_those_who_understand(
    reader: Reader,
) -> None:
    reader.offers(*(f"Stuhl {number}" for number in range(9)))

    page = reader.get(headers={"accept-encoding": "identity"})
    packed = reader.get(headers={"accept-encoding": "gzip"})
    known = reader.get(headers={"if-none-match": page.headers["etag"]})

    assert (page.status_code, packed.status_code, known.status_code) == (200, 200, 304)
    assert "content-encoding" not in page.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == page.json()
    assert page.headers["cache-control"] == "private, no-cache"


def test_the_catalogue_names_no_person_and_no_exact_place(reader: Reader) -> None:
    offer(
        reader.regions.leipzig.instance,
        reader.ben,
        title="Bohrmaschine",
        place={
            "street": "Zschochersche Straße 71",
            "postal_code": "04229",
            "lat": 51.327712,
            "lon": 12.333413,
        },
    )
    reader.publish()

    text = reader.get().text

    [item] = json.loads(text)["items"]
    assert item["data"]["provider"] == {"kind": "person", "name": "Privat", "recognised": False}
    for private in ("Ben", "Zschochersche", "04229", "51.327712", "12.333413", "example.org"):
        assert private not in text


def insist(act: Callable[[], None]) -> None:
    """Do it, however crowded the database is."""
    while True:
        with suppress(TryAgain):
            return act()


def test_gzip_is_what_it_says(reader: Reader) -> None:
    reader.offers(*(f"Stuhl {number}" for number in range(9)))
    request = reader.regions.leipzig.client.build_request(
        "GET", "https://leipzig.example/dfp/v1/feeds/listing"
    )
    with reader.regions.halle.instance.transactions.reading(SYSTEM) as reading:
        signature = identity.own(reading).sign(Request("GET", str(request.url), {}), now=reading.now)
    request.headers.update(signature | {"accept-encoding": "gzip"})

    answer = reader.regions.leipzig.client.send(request, stream=True)

    raw = b"".join(answer.iter_raw())
    assert len(raw) == int(answer.headers["content-length"])
    assert len(json.loads(gzip.decompress(raw))["items"]) == 9

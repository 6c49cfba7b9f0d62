"""The index of search follows every change at once, can be made anew at any time, and is what statements go through."""

import re

import pytest
from sqlalchemy import event, text

from app.kernel.actor import NOBODY, SYSTEM
from app.kernel.ids import new_id
from app.kernel.problems import NotFound
from app.listings import service as listings
from app.listings.schemas import ListingQuery
from tests.factories.accounts import signed_in_person
from tests.factories.listings import mirrored, offer
from tests.factories.queries import counted


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


def found(client, **params):
    answer = client.get("/api/v1/listings", params=params)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


def amiss(instance):
    with instance.transactions.reading(SYSTEM) as reading:
        return listings.search_amiss(reading)


def test_what_is_edited_moved_paused_published_again_or_closed_is_found_as_it_is_now(client, instance, anna):
    made = offer(instance, anna, title="Beamer", place={"lat": 51.34, "lon": 12.37})
    address, near = f"/api/v1/listings/{made.id}", {"near": "51.34,12.37", "radius_km": 2}

    def step(path="", **body):
        method = client.post if path else client.patch
        version = client.get(address, headers=anna.headers).headers["etag"]
        answer = method(address + path, json=body, headers=anna.headers | {"If-Match": version})
        assert answer.status_code == 200, answer.text

    seen = [found(client, q="beamer", **near)]
    step(title="Leinwand", units=3)
    seen += [found(client, q="beamer"), found(client, q="leinwand", units=3, **near)]
    step(place={"lat": 48.1, "lon": 11.6})
    seen += [found(client, q="leinwand", **near), found(client, near="48.1,11.6", radius_km=2)]
    step("/pause")
    seen.append(found(client, q="leinwand"))
    step("/publish")
    seen.append(found(client, q="leinwand"))
    step("/close", reason="withdrawn")
    seen.append(found(client))

    assert seen == [["Beamer"], [], ["Leinwand"], [], ["Leinwand"], [], ["Leinwand"], []]
    assert amiss(instance) == 0


def test_what_was_read_before_is_shown_as_it_is_now_and_to_each_as_much_as_they_may_see(
    client, instance, anna
):
    made = offer(
        instance, anna, title="Beamer", kind="space", space={"access_notes": "Schlüssel beim Nachbarn"}
    )
    address = f"/api/v1/listings/{made.id}"

    def look(*, headers=None):
        """Everything a search shows of it, which is what looking at it alone shows."""
        [item] = client.get("/api/v1/listings", params={"q": "beamer"}, headers=headers).json()["items"]
        alone = client.get(address, headers=headers).json()
        assert {name: item[name] for name in alone} == alone
        return item

    def step(method, path="", **body):
        version = client.get(address, headers=anna.headers).headers["etag"]
        answer = method(address + path, json=body, headers=anna.headers | {"If-Match": version})
        assert answer.status_code in {200, 201}, answer.text

    closed = {"starts_at": "2026-12-24T08:00:00Z", "ends_at": "2026-12-27T08:00:00Z"}
    seen = [(look(headers=anna.headers), look())]
    step(client.patch, description="Mit Koffer.", tariffs=[], limits={"min_minutes": 60})
    step(client.post, "/closures", reason="Wir sind verreist.", visibility="provider", **closed)
    step(
        client.put, "/hours", opening={"weekly": [{"weekday": "monday", "opens": "09:00", "closes": "12:00"}]}
    )
    seen.append((look(headers=anna.headers), look()))
    renamed = client.patch("/api/v1/me", json={"display_name": "Anna B."}, headers=anna.headers)
    assert renamed.status_code == 200
    seen.append((look(headers=anna.headers), look()))

    assert [own["space"]["access_notes"] for own, _ in seen] == ["Schlüssel beim Nachbarn"] * 3
    assert [public["space"]["access_notes"] for _, public in seen] == [None] * 3
    assert [[one["reason"] for one in item["closures"]] for item in seen[1]] == [
        ["Wir sind verreist."],
        [None],
    ]
    for _, public in seen[1:]:
        assert (public["description"], public["tariffs"], public["limits"]["min_minutes"]) == (
            "Mit Koffer.",
            [],
            60,
        )
        assert [one["opens"] for one in public["hours"]["opening"]["weekly"]] == ["09:00"]
    assert [public["provider"]["name"] for _, public in seen] == ["Anna", "Anna", "Anna B."]


def test_a_partners_listing_is_found_as_it_was_told_last_and_not_when_it_has_gone(client, instance):
    halle = new_id()
    mirrored(instance, halle, title="Lastenrad")
    mirrored(instance, halle, title="Anhänger")
    assert (found(client, q="lastenrad"), found(client, q="anhänger")) == ([], ["Anhänger"])

    with instance.transactions.writing(SYSTEM) as work:
        listings.mirror(work, halle, {"1": None})

    assert found(client) == []
    with instance.database.engine.connect() as connection:
        for table in ("search_entry", "search_spelling"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_what_fails_leaves_the_index_as_it_was(client, instance, anna):
    offer(instance, anna, title="Beamer")
    with pytest.raises(NotFound), instance.transactions.writing(anna.actor_in(instance)) as work:  # noqa: PT012
        [row] = listings.search(work, ListingQuery()).items
        listings.pause(work, row.id)
        listings.pause(work, new_id())

    assert found(client, q="beamer") == ["Beamer"]


def test_the_index_is_made_anew_whatever_had_become_of_it(client, instance, anna):
    for number in range(5):
        offer(instance, anna, title=f"Beamer {number}", place={"lat": 51.34, "lon": 12.37})
    with instance.database.engine.begin() as connection:
        connection.execute(text("UPDATE search_entry SET kind = 'time', category = 'saws'"))
        connection.execute(
            text("DELETE FROM search_entry WHERE number IN (SELECT min(number) FROM search_entry)")
        )
        connection.execute(text("DELETE FROM search_spelling"))
    assert amiss(instance) == 1

    assert list(listings.rebuild_index(instance.transactions)) == [500]

    assert len(found(client, q="beamer", kind="equipment", near="51.34,12.37")) == 5
    assert client.get("/api/v1/listings", params={"q": "baemer"}).json()["suggestion"] == "beamer"
    assert amiss(instance) == 0


def test_a_database_from_before_the_index_gets_it_when_it_is_opened(client, instance, anna):
    offer(instance, anna, title="Beamer")
    with instance.database.engine.begin() as connection:
        for table in ("search_entry", "search_spelling", "search_state"):
            connection.execute(text(f"DELETE FROM {table}"))
    assert found(client, q="beamer") == []

    instance.prepare()

    assert found(client, q="beamer") == ["Beamer"]


SATURDAY = {"free_from": "2026-11-28T10:00:00+01:00", "free_until": "2026-11-28T14:00:00+01:00"}
SEARCHES = {
    "newest": {},
    "words": {"q": "beamer"},
    "near": {"near": "51.34,12.37"},
    "all at once": {"q": "beamer", "category": "media", "near": "51.34,12.37", "radius_km": 5, **SATURDAY},
}


def test_a_search_asks_a_fixed_number_of_times_however_much_there_is(client, instance, anna):
    def count():
        asked = {}
        for name, params in SEARCHES.items():
            with counted(instance) as statements:
                assert found(client, limit=5, **params)
            asked[name] = len(statements)
        return asked

    def more(number):
        for at in range(number):
            place = {"lat": 51.34 + at / 5_000, "lon": 12.37}
            offer(instance, anna, title=f"Beamer {at}", category="projectors", place=place)

    more(30)
    few = count()
    more(40)

    assert count() == few
    assert all(asked <= 10 for asked in few.values()), few


def plans(instance, **asked):
    """How the database goes about each statement of a search over the index."""
    heard = []
    is_sqlite = instance.database.is_sqlite

    def hear(_connection, _cursor, statement, parameters, *_):
        if "search_entry" in statement and "EXPLAIN" not in statement:
            heard.append((statement, parameters))

    event.listen(instance.database.engine, "before_cursor_execute", hear)
    with instance.transactions.reading(NOBODY) as reading:
        listings.search(reading, ListingQuery(**asked))
    event.remove(instance.database.engine, "before_cursor_execute", hear)
    with instance.database.engine.connect() as connection:
        if not is_sqlite:
            # What autovacuum may have counted while the first few were written leads to other plans than what is here.
            connection.exec_driver_sql("ANALYZE search_entry")
            # There is too little here to need an index.
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        return [
            " | ".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in heard
        ]


def test_each_search_goes_through_the_index_it_was_built_for(instance, anna):
    for at in range(30):
        offer(
            instance,
            anna,
            title=f"Beamer {at}",
            category="projectors",
            place={"lat": 51.34 + at / 50, "lon": 12.37},
        )
    sqlite = instance.database.is_sqlite
    by_number = "INTEGER PRIMARY KEY" if sqlite else "pk_search_entry"
    by_words = "search_text VIRTUAL TABLE" if sqlite else "ix_search_entry_words"

    newest = [
        *plans(instance, limit=5),
        *plans(instance, limit=5, kind="space", purpose="offer", language="ar", origin="ours", max_price=0),
        *plans(instance, limit=5, audience="me", units=3, free_of_charge=True),
    ]
    near = plans(instance, near="51.34,12.37", limit=5)
    words = plans(instance, q="beamer", near="51.34,12.37", radius_km=5, limit=5)

    assert all("ix_search_entry_newest" in plan for plan in newest), newest
    if sqlite:  # PostgreSQL decides by how much of the table nobody is changing
        assert all("USING COVERING INDEX" in plan for plan in newest), newest
    assert all(by_number in plan for plan in near), near
    assert any(by_words in plan for plan in words), words
    full = re.compile(r"SCAN search_entry(?! USING (COVERING )?INDEX)|Seq Scan on search_entry")
    assert not [plan for plan in (*newest, *near, *words) if full.search(plan)]

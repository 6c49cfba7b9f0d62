"""Saved searches tell of what is new: once, together, and only those who wish to hear; wants and offers do, too."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM
from app.kernel.ids import new_id
from app.listings.service import alerting
from tests.factories.accounts import signed_in_person
from tests.factories.listings import draft, mirrored, offer
from tests.factories.mail import text_of
from tests.factories.queries import counted

SEARCHES = "/api/v1/saved-searches"
INBOX = "/api/v1/me/notifications"
HERE = {"lat": 51.3397, "lon": 12.3731}
AWAY = {"lat": 52.52, "lon": 13.405}
SOON = timedelta(minutes=11)
DAY = timedelta(days=1)
WANTED = {"starts_at": "2026-11-28T09:00:00Z", "ends_at": "2026-11-28T17:00:00Z", "units": 4}


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


@pytest.fixture
def ben(instance):
    return signed_in_person(instance, "Ben")


@pytest.fixture
def save(client, anna):
    """Anna keeps a search, for a beamer unless something else is said; answers it with its address."""

    def save(by: Any = anna, *, name: str = "Beamer", alert: bool = True, **query: Any) -> dict[str, Any]:
        body = {"name": name, "query": query or {"q": "beamer"}, "alert": alert}
        answer = client.post(SEARCHES, json=body, headers=by.headers)
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == f"{SEARCHES}/{answer.json()['id']}"
        return dict(answer.json())

    return save


@pytest.fixture
def later(clock, run_jobs):
    """Let time pass, and everything happen that falls due; a moment first, so that what is new is newer."""

    def later(by: timedelta = SOON) -> None:
        run_jobs()
        clock.turn(by)
        run_jobs()

    return later


@pytest.fixture
def heard(client):
    """The kinds of what somebody was told, and the titles named, the oldest first."""

    def heard(who: Any) -> list[tuple[str, list[str]]]:
        items = client.get(INBOX, headers=who.headers).json()["items"]
        return [
            (item["kind"], sorted(one["text"] for one in item["details"][1:])) for item in reversed(items)
        ]

    return heard


def test_what_is_new_is_told_once_and_together_though_the_jobs_run_again(
    instance, anna, ben, save, later, heard, client, clock, mailbox
):
    offer(instance, ben, title="Beamer, alt")
    clock.turn(timedelta(seconds=1))
    search = save()
    first = offer(instance, ben, title="Beamer, hell")
    offer(instance, ben, title="Leiter")
    other = mirrored(instance, new_id(), title="Beamer aus Halle")
    later()

    expected = [("search_answered", ["Beamer aus Halle", "Beamer, hell"])]
    assert heard(anna) == expected
    alerting.find(instance.transactions, [first.id, other])
    alerting.tell(instance.transactions, "search", UUID(search["id"]))
    client.patch(
        f"/api/v1/listings/{first.id}",
        json={"title": "Beamer, sehr hell"},
        headers=ben.headers | {"If-Match": "*"},
    ).raise_for_status()
    later()
    assert [kind for kind, _ in heard(anna)] == ["search_answered"]

    clock.turn(DAY)
    later()
    [mail] = mailbox.to(anna.email)
    assert mail["Subject"] == "New for your search “Beamer”"
    assert "Beamer aus Halle" in text_of(mail)
    assert mail["List-Unsubscribe"]


def test_nobody_is_told_of_their_own_or_of_what_they_may_not_see_or_has_gone(
    instance, anna, ben, save, later, heard, client
):
    save()
    save(ben)
    organisation = client.post("/api/v1/organisations", json={"name": "Club"}, headers=ben.headers).json()
    offer(instance, anna, title="Annas Beamer")
    offer(instance, ben, title="Vereinsbeamer", organisation_id=organisation["id"], tags=["beamer"])
    members = {"audience": "members_of", "audience_organisation_id": organisation["id"]}
    offer(instance, ben, title="Beamer für uns", **members)
    gone = offer(instance, ben, title="Beamer von gestern")
    client.post(f"/api/v1/listings/{gone.id}/pause", headers=ben.headers).raise_for_status()
    draft(instance, ben, title="Beamer im Entwurf")
    later()

    assert heard(anna) == [("search_answered", ["Vereinsbeamer"])]
    assert heard(ben) == [("search_answered", ["Annas Beamer"])]


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"category": "media", "kind": "equipment"}, True),
        ({"category": "drills"}, False),
        ({"kind": "space"}, False),
        ({"purpose": "want"}, False),
        ({"near": "51.34,12.37", "radius_km": 5}, True),
        ({"near": "52.52,13.4", "radius_km": 5}, False),
        ({"units": 3}, False),
        ({"max_price": 0, "free_of_charge": True}, True),
        ({"origin": "partners"}, False),
        ({"free_from": "2026-11-28T10:00:00+01:00", "free_until": "2026-11-28T14:00:00+01:00"}, True),
        ({"free_from": "2026-11-20T10:00:00+01:00", "free_until": "2026-11-20T14:00:00+01:00"}, False),
    ],
)
def test_a_search_is_answered_by_what_it_would_find(
    instance, anna, ben, save, later, heard, client, query, fits
):
    search = save(**query)
    made = offer(instance, ben, category="projectors", place=HERE, units=2)
    later()

    assert bool(heard(anna)) is fits
    found = client.get(search["href"], headers=anna.headers).json()["items"]
    assert (str(made.id) in [item["id"] for item in found]) is fits


def test_who_pauses_hears_nothing_and_begins_anew(instance, anna, ben, save, later, heard, client, clock):
    search = save(alert=False)
    offer(instance, ben, title="Beamer, ungehört")
    later()
    client.patch(f"{SEARCHES}/{search['id']}", json={"alert": True}, headers=anna.headers).raise_for_status()
    later()
    assert heard(anna) == []

    clock.turn(timedelta(seconds=1))
    offer(instance, ben, title="Beamer, gehört")
    later()
    assert heard(anna) == [("search_answered", ["Beamer, gehört"])]
    client.delete(f"{SEARCHES}/{search['id']}", headers=anna.headers).raise_for_status()
    offer(instance, ben)
    later()
    assert heard(anna) == [], "what was told of a search that is gone is gone, too"


def test_a_switch_ends_it_and_who_is_erased_is_forgotten(
    instance, anna, ben, save, later, heard, client, mailbox, clock
):
    save()
    save(ben, q="leiter")
    off = {"searches": {"mail": "off"}}
    client.patch(f"{INBOX}/settings", json=off, headers=anna.headers).raise_for_status()
    offer(instance, ben)
    later(DAY)
    assert [kind for kind, _ in heard(anna)] == ["search_answered"]
    assert mailbox.to(anna.email) == []
    exported = client.get("/api/v1/me/export", headers=anna.headers).json()["saved_searches"]["items"]
    assert [one["query"] for one in exported] == [{"q": "beamer"}]

    client.delete("/api/v1/me", headers=anna.headers).raise_for_status()
    offer(instance, ben)
    later()
    with instance.transactions.reading(SYSTEM) as reading:
        assert accounts.actors(reading, [anna.id, ben.id]).keys() == {ben.id}
        assert alerting.saved.of_person(reading.session, anna.id) == []


def test_keeping_and_changing_searches(anna, ben, save, client):
    search = save(q="Beamer", near="51.34,12.37", radius_km=5, free_of_charge=True)
    address = f"{SEARCHES}/{search['id']}"

    def changed(status: int, headers: Any = anna.headers, **body: Any) -> Any:
        answer = client.patch(address, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert search["query"] == {"q": "Beamer", "near": "51.34,12.37", "radius_km": 5.0, "free_of_charge": True}
    assert client.get(search["href"]).status_code == 200
    seen = client.get(address, headers=anna.headers)
    assert changed(200, name="Leinwand", query={"q": "leinwand"})["query"] == {"q": "leinwand"}
    changed(412, anna.headers | {"If-Match": seen.headers["ETag"]}, name="Nein")
    changed(404, ben.headers, name="Nein")
    for wrong in (
        {"radius_km": 5},
        {"mine": True},
        {"units": "2"},
        {"sort": "price"},
        {"free_from": WANTED["ends_at"]},
    ):
        changed(422, query=wrong)
    assert changed(422, query={"radius_km": 5})["errors"][0]["pointer"] == "/query/near"
    for number in range(49):
        save(name=str(number))
    answer = client.post(SEARCHES, json={"name": "51", "query": {}}, headers=anna.headers)
    assert answer.status_code == 409
    assert len(client.get(SEARCHES, headers=anna.headers).json()["items"]) == 50


def test_a_new_offer_is_told_to_who_wants_it_and_a_new_want_to_who_offers_once_a_day(
    instance, anna, ben, later, heard, clock
):
    chairs = {"category": "chairs", "place": HERE}
    offer(instance, ben, title="Alte Stühle", units=10, **chairs)
    clock.turn(timedelta(seconds=1))
    offer(instance, anna, purpose="want", title="Vier Stühle", wanted=WANTED, **chairs)
    later()
    assert heard(anna) == [], "what was there before is found by looking"
    assert heard(ben) == [("offers_sought", ["Vier Stühle"])]

    cora = signed_in_person(instance, "Cora")
    offer(instance, cora, title="Neue Stühle", units=2, **chairs)
    offer(instance, cora, title="Stühle in Berlin", category="chairs", place=AWAY)
    mirrored(instance, new_id(), title="Stühle aus Halle", category="chairs")
    offer(instance, anna, title="Annas Stühle", **chairs)
    offer(instance, cora, purpose="want", title="Stühle für Cora", wanted=WANTED, **chairs)
    later()
    assert heard(anna) == [
        ("want_answerable", ["Neue Stühle", "Stühle aus Halle"]),
        ("offers_sought", ["Stühle für Cora"]),
    ]
    assert len(heard(ben)) == 1, "at most once a day"

    later(DAY)
    assert heard(ben)[1:] == [("offers_sought", ["Stühle für Cora"])]
    later(DAY)
    assert (len(heard(anna)), len(heard(ben))) == (2, 2)


def test_a_job_asks_no_more_often_for_listings_and_searches_that_have_nothing_to_do_with_each_other(
    instance, anna, ben, save
):
    def asked(many: int) -> int:
        for _ in range(many):
            save(kind="space")
        made = offer(instance, ben, category="drills")
        with counted(instance) as found:
            alerting.find(instance.transactions, [made.id])
        return len(found)

    asked(1)
    assert asked(1) == asked(8)

"""The contract of a promise: who gets it and when, what stands in it, and that nobody can change it."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pypdf
from sqlalchemy import text

from app.accounts import service as accounts
from app.bookings import service as bookings
from app.kernel.actor import SYSTEM
from tests.factories.bookings import END, START
from tests.factories.listings import offer

REGULAR = {"tariff": "regular", "billing_unit": "started_24h", "amount_minor": 1250, "currency": "EUR"}


def paper(street, booking, by, **query):
    return street.client.get(
        f"/api/v1/bookings/{booking['id']}/contract.pdf", params=query, headers=by.headers
    )


def pages(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content)).pages


def text_of(answer):
    return " ".join("\n".join(page.extract_text() for page in pages(answer)).split())


def versions(street, booking, by):
    answer = street.client.get(f"/api/v1/bookings/{booking['id']}/contracts", headers=by.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_free_loan_has_a_leihvertrag_that_says_who_what_where_and_when(street):
    booking = street.promised(street.offer(title="Apfelpresse", units=3), units=2)

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert "Leihvertrag" in said
    assert "§ 598 BGB" in said
    assert "Es wird nichts bezahlt." in said
    for part in ("Anna", "anna@example.org", "Ben", "ben@example.org", "Apfelpresse", "Anzahl 2"):
        assert part in said
    assert "Karl-Heine-Straße 1, 04229 Leipzig" in said
    assert "Montag, 30. November 2026, 10:00 Uhr (MEZ)" in said
    assert "Mittwoch, 2. Dezember 2026, 10:00 Uhr (MEZ)" in said


def test_whatever_is_paid_makes_it_a_mietvertrag(street):
    listing = street.offer(units=3, tariffs=[REGULAR], deposit={"amount_minor": 5000, "currency": "EUR"})
    booking = street.promised(listing, units=2)

    said = text_of(paper(street, booking, street.ben, language="de"))

    assert "Mietvertrag" in said
    assert "§ 535 BGB" in said
    assert "Leihvertrag" not in said
    assert "Regulärer Tarif, je angefangene 24 Stunden" in said
    assert "2 × 2 12,50 € 50,00 €" in said
    assert "Zu zahlen 50,00 €" in said
    assert "Kaution 100,00 €" in said


def test_before_the_promise_there_is_none_and_a_stranger_finds_nothing(street):
    request = street.requested()
    path = f"/api/v1/bookings/{request['id']}"

    early = paper(street, request, street.anna)
    street.done("accept", request, street.ben)
    strangers = [
        street.client.get(f"{path}/{what}", headers=street.stranger.headers)
        for what in ("contract.pdf", "contracts")
    ]

    assert early.status_code == 409
    assert early.json()["type"] == "/problems/no-contract-yet"
    assert [answer.status_code for answer in strangers] == [404, 404]


def test_the_file_is_named_after_what_it_is_without_any_id(street):
    booking = street.promised(street.offer(title="Große Säge / 2,4 kW"))

    answer = paper(street, booking, street.anna, language="de")

    told = answer.headers["content-disposition"]
    assert 'filename="Leihvertrag-Grosse-Saege-2-4-kW-2026-11-30.pdf"' in told
    assert "filename*=UTF-8''Leihvertrag-Gro%C3%9Fe-S%C3%A4ge-2-4-kW-2026-11-30.pdf" in told
    assert booking["id"] not in told


def test_hand_over_and_return_make_new_versions_and_the_old_stay_as_they_were(street):
    booking = street.promised()
    before = paper(street, booking, street.anna, language="de", version=1)
    street.done("hand-over", booking, street.ben, condition="Akku geladen, Kratzer links")
    street.done("hand-over", booking, street.anna)
    street.done("take-back", booking, street.ben, condition="Sauber zurück")

    listed = versions(street, booking, street.ben)
    newest = text_of(paper(street, booking, street.anna, language="de"))

    assert [one["version"] for one in listed] == [4, 3, 2, 1]
    assert len({one["digest"] for one in listed}) == 4
    assert "Akku geladen, Kratzer links" in newest
    assert "Sauber zurück" in newest
    assert "Fassung 4" in newest
    assert listed[0]["digest"] in newest.replace(" ", "")
    again = paper(street, booking, street.anna, language="de", version=1)
    assert again.content == before.content
    assert "Akku geladen" not in text_of(again)


def test_who_has_it_already_is_told_so(street):
    booking = street.promised()
    first = paper(street, booking, street.anna)

    again = street.client.get(
        f"/api/v1/bookings/{booking['id']}/contract.pdf",
        headers=street.anna.headers | {"If-None-Match": first.headers["etag"]},
    )

    assert again.status_code == 304
    assert again.content == b""


def test_who_leaves_is_no_longer_named_and_the_digest_stays(street, clock):
    booking = street.done("complete", _returned(street), street.anna)
    [digest, *_] = [one["digest"] for one in versions(street, booking, street.ben)]
    clock.turn(timedelta(days=1))

    assert street.client.delete("/api/v1/me", headers=street.anna.headers).status_code == 204

    listed = versions(street, booking, street.ben)
    for one in listed:
        said = text_of(paper(street, booking, street.ben, language="de", version=one["version"]))
        assert "Anna" not in said
        assert "anna@example.org" not in said
        assert "ben@example.org" in said
    assert listed[0]["digest"] == digest
    assert all(one["anonymised"] for one in listed)


def test_a_year_after_its_end_it_names_nobody(street, instance, clock, run_jobs):
    booking = street.done("complete", _returned(street), street.anna)

    clock.turn(timedelta(days=364))
    run_jobs()
    before = text_of(paper(street, booking, _again(instance, street.ben), language="de"))
    clock.turn(timedelta(days=3))
    run_jobs()
    after = text_of(paper(street, booking, _again(instance, street.ben), language="de"))

    assert "Anna" in before
    assert "Cordless drill" in before
    assert not any(word in after for word in ("Anna", "Ben", "Cordless drill", "Karl-Heine"))
    assert "Leihvertrag" in after
    assert "2. Dezember 2026" in after


def test_what_is_changed_with_both_ones_yes_makes_a_new_version(street):
    booking = street.promised(street.offer(units=3), units=2)
    end = END + timedelta(days=1)
    street.done("propose-change", booking, street.anna, ends_at=end.isoformat(), place_note="Hinten, am Tor")
    asked = versions(street, booking, street.ben)
    street.done("accept-change", booking, street.ben)

    said = text_of(paper(street, booking, street.anna, language="de"))

    assert len(asked) == 1
    assert len(versions(street, booking, street.ben)) == 2
    assert "Bis Donnerstag, 3. Dezember 2026, 10:00 Uhr (MEZ)" in said
    assert "Hinten, am Tor" in said


def test_a_price_that_was_named_in_a_counter_offer_stands_in_the_contract(street):
    request = street.requested()
    street.done("counter", request, street.ben, amount_minor=2000, condition="Nur im Trockenen")
    street.done("accept-counter", request, street.anna)

    said = text_of(paper(street, request, street.anna, language="de"))

    assert said.startswith("Mietvertrag")
    assert "Wie vereinbart 1 20,00 € 20,00 €" in said
    assert "Nur im Trockenen" in said


def _asked_together(street, *titles, **how):
    asked = street.client.post(
        "/api/v1/booking-groups",
        json={
            "items": [{"listing_id": str(street.offer(title=title))} for title in titles],
            "starts_at": START.isoformat(),
            "ends_at": END.isoformat(),
            **how,
        },
        headers=street.anna.headers,
    )
    assert asked.status_code == 201, asked.text
    return asked.json()["id"], [item["booking_id"] for item in asked.json()["items"]]


def test_t16_parts_that_are_promised_at_the_same_moment_stand_in_one_contract(street):
    titles = [f"Bierbank {number}" for number in range(4)]
    _, ids = _asked_together(street, *titles, mode="best_effort")
    headers = street.ben.headers

    def accept(booking_id):
        for _ in range(5):
            answer = street.client.post(f"/api/v1/bookings/{booking_id}/accept", headers=headers)
            if answer.status_code != 503:
                return answer.status_code
        return 503

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(accept, ids))

    said = text_of(paper(street, {"id": ids[0]}, street.anna, language="de"))
    assert answers == [200] * 4
    assert [title for title in titles if f"Gegenstand {title}" not in said] == []


def test_t16_what_one_provider_promises_together_has_one_contract(street):
    group_id, ids = _asked_together(street, "Bierbank", "Zelt")
    path = f"/api/v1/booking-groups/{group_id}/accept"
    assert street.client.post(path, headers=street.ben.headers).status_code == 200

    lists = [versions(street, {"id": one}, street.anna) for one in ids]
    papers = [paper(street, {"id": one}, street.anna, language="de") for one in ids]
    street.done("cancel", {"id": ids[1]}, street.anna)

    assert [len(one) for one in lists] == [1, 1]
    assert papers[0].content == papers[1].content
    assert "Gegenstand Bierbank" in text_of(papers[0])
    assert "Gegenstand Zelt" in text_of(papers[0])
    assert [one["version"] for one in versions(street, {"id": ids[1]}, street.ben)] == [2, 1]
    assert "Zelt" not in text_of(paper(street, {"id": ids[0]}, street.ben, language="de"))


def test_t16_providers_who_have_left_keep_a_contract_each(street, instance):
    """Nameless as both are, one must not be taken for the other's."""
    saw = offer(instance, street.stranger, title="Saw", booking_mode="instant").id
    items = [{"listing_id": str(one)} for one in (street.offer(booking_mode="instant"), saw)]
    ask = {"items": items, "starts_at": START.isoformat(), "ends_at": END.isoformat()}
    group = street.client.post("/api/v1/booking-groups", json=ask, headers=street.anna.headers).json()

    def digests():
        return [
            [
                one["digest"]
                for one in street.client.get(
                    f"/api/v1/bookings/{item['booking_id']}/contracts", headers=street.anna.headers
                ).json()["items"]
            ]
            for item in group["items"]
        ]

    before = digests()
    for who in (street.ben, street.stranger):
        assert street.client.delete("/api/v1/me", headers=who.headers).status_code == 204

    assert digests() == before
    taken = street.client.get("/api/v1/me/export", headers=street.anna.headers).json()["bookings"][
        "contracts"
    ]
    assert {one["booking_id"] for one in taken} == {item["booking_id"] for item in group["items"]}


def test_everything_a_contract_says_can_be_taken_along(street):
    booking = street.promised()

    mine, others = (
        street.client.get("/api/v1/me/export", headers=one.headers).json()["bookings"]["contracts"]
        for one in (street.anna, street.stranger)
    )

    assert [one["digest"] for one in mine] == [one["digest"] for one in versions(street, booking, street.ben)]
    assert mine[0]["content"]["provider"]["name"] == "Ben"
    assert others == []


def test_a_contract_that_somebody_changed_in_the_database_is_found(street, instance):
    street.promised()
    with instance.transactions.reading(SYSTEM) as reading:
        assert bookings.broken_contracts(reading) == []

    with instance.database.engine.begin() as connection:
        data = connection.execute(text("SELECT data FROM booking_contract")).scalar_one()
        forged = (data if isinstance(data, str) else json.dumps(data)).replace("Cordless", "Corded")
        connection.execute(text("UPDATE booking_contract SET data = :data"), {"data": forged})

    with instance.transactions.reading(SYSTEM) as reading:
        assert len(bookings.broken_contracts(reading)) == 1


def _again(instance, neighbour):
    """The same person, signed in anew: sessions do not last a year."""
    with instance.transactions.writing(SYSTEM) as work:
        opened = accounts.open_session(work, neighbour.id)
    return replace(neighbour, token=opened.access_token)


def _returned(street):
    booking = street.handed_over()
    return street.done("take-back", booking, street.ben, condition="Gut")

"""The inbox: everything somebody was told, in their language, for them alone, in a fixed number of queries."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import literal_column, select
from sqlalchemy import table as sql_table

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, MemberRole
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street

INBOX = "/api/v1/me/notifications"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def inbox(client):
    def read(who, query="", language="en"):
        answer = client.get(INBOX + query, headers={**who.headers, "accept-language": language})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


@pytest.fixture
def post(client):
    return lambda who, path: client.post(INBOX + path, headers=who.headers)


def readers_in(instance, table, column):
    with instance.transactions.reading(SYSTEM) as reading:
        found = reading.session.execute(
            select(literal_column(column)).select_from(sql_table(table))
        ).scalars()
        return {one if isinstance(one, UUID) else UUID(one) for one in found}


def unread_of(client, who):
    return client.get(f"{INBOX}/unread-count", headers=who.headers).json()["unread"]


def test_what_is_mailed_stands_in_the_inbox_newest_first(street, inbox, run_jobs):
    booking = street.promised()
    street.done("hand-over", booking, street.ben)
    run_jobs()

    items = inbox(street.anna)["items"]

    assert [item["kind"] for item in items] == ["hand-over", "accept"]
    newest = items[0]
    assert newest["topic"] == "progress"
    assert newest["says"] == "Ben has noted that you have Cordless drill now."
    assert newest["next_step"]["href"] == f"http://testserver/bookings/{booking['id']}"
    assert {detail["label"]: detail["text"] for detail in newest["details"]} == {
        "What it is": "Cordless drill",
        "When it is": "Mon, 30 Nov 2026, 10:00 – Wed, 2 Dec 2026, 10:00",
        "With whom": "Ben",
    }
    assert (newest["booking_id"], newest["listing_id"], newest["read_at"]) == (booking["id"], None, None)


def test_it_speaks_the_language_that_is_asked_for(street, inbox, run_jobs):
    street.promised()
    run_jobs()

    said = {language: inbox(street.anna, language=language)["items"][0]["says"] for language in ("de", "en")}

    assert said == {
        "de": "Ben sagt zu: „Cordless drill“ ist Ihnen versprochen.",
        "en": "Ben says yes: Cordless drill is promised to you.",
    }


def test_read_is_read_for_good_and_leaves_what_is_new(street, client, inbox, post, clock, run_jobs):
    booking = street.promised()
    run_jobs()
    [first] = inbox(street.anna)["items"]
    assert unread_of(client, street.anna) == 1

    read = post(street.anna, f"/{first['id']}/read").json()
    clock.turn(timedelta(hours=1))
    again = post(street.anna, f"/{first['id']}/read").json()
    street.done("hand-over", booking, street.ben)
    run_jobs()

    assert read["read_at"] == again["read_at"] is not None
    assert [item["kind"] for item in inbox(street.anna, "?unread=true")["items"]] == ["hand-over"]
    assert unread_of(client, street.anna) == 1
    assert post(street.anna, "/read-all").json() == {"unread": 0}
    assert inbox(street.anna, "?unread=true")["items"] == []
    assert len(inbox(street.anna)["items"]) == 2
    assert unread_of(client, street.ben) == 1, "Ben's own inbox stays as it was"


def test_pages_meet_each_letter_once_and_can_be_narrowed(street, client, inbox, run_jobs):
    listing = street.offer()
    for _ in range(3):
        booking = street.requested(listing)
        path = f"/api/v1/bookings/{booking['id']}/messages"
        client.post(path, json={"text": "May I?"}, headers=street.anna.headers).raise_for_status()
        street.done("withdraw", booking, street.anna)
    run_jobs()

    seen, after = [], ""
    while True:
        page = inbox(street.ben, f"?limit=4{after}")
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert len(seen) == len(set(seen)) == 9
    assert {item["kind"] for item in inbox(street.ben, "?topic=messages")["items"]} == {"message"}


def test_a_page_takes_as_many_queries_for_twenty_letters_as_for_two(
    street, instance, client, inbox, run_jobs
):
    listing = street.offer(units=30)

    def queries():
        counted = []
        engine = instance.database.engine

        def count(*_):
            counted.append(1)

        sqlalchemy_event.listen(engine, "before_cursor_execute", count)
        shown = len(inbox(street.ben, "?limit=100")["items"])
        sqlalchemy_event.remove(engine, "before_cursor_execute", count)
        return shown, len(counted)

    street.requested(listing)
    street.requested(street.offer())
    run_jobs()
    few = queries()
    for number in range(18):
        street.ask(listing, signed_in_person(instance, f"Neighbour {number}"), message="May I?")
    run_jobs()
    many = queries()

    assert (few[0], many[0]) == (2, 20)
    assert many[1] == few[1]


def test_a_stranger_neither_reads_nor_marks_it(street, inbox, post, run_jobs):
    street.promised()
    run_jobs()
    [letter] = inbox(street.anna)["items"]

    assert inbox(street.stranger)["items"] == []
    assert post(street.stranger, f"/{letter['id']}/read").status_code == 404
    assert inbox(street.anna)["items"][0]["read_at"] is None


def test_letters_of_an_organisation_are_read_only_while_one_speaks_for_it(
    street, instance, client, inbox, post, mailbox, run_jobs
):
    founded = client.post("/api/v1/organisations", json={"name": "Repair café"}, headers=street.ben.headers)
    organisation_id = UUID(founded.json()["id"])
    for person, role in ((street.stranger, MemberRole.OWNER), (street.anna, MemberRole.MEMBER)):
        with instance.transactions.writing(SYSTEM) as work:
            accounts.admit(work, organisation_id, person.id, role)
    street.requested(street.offer(organisation_id=organisation_id))
    run_jobs()
    [letter] = inbox(street.ben)["items"]
    told = {mail["To"].addresses[0].addr_spec for mail in mailbox.mails if mail["Subject"].startswith("Some")}
    assert letter["kind"] == "request"
    assert told == {street.ben.email, street.stranger.email}

    own_page = f"/api/v1/organisations/{organisation_id}/members/{street.ben.id}"
    client.delete(own_page, headers=street.ben.headers).raise_for_status()

    assert inbox(street.ben)["items"] == []
    assert post(street.ben, f"/{letter['id']}/read").status_code == 404
    assert [item["kind"] for item in inbox(street.stranger, "?topic=requests")["items"]] == ["request"]


def signed_in_again(instance, who):
    with instance.transactions.writing(SYSTEM) as work:
        return replace(who, token=accounts.open_session(work, who.id).access_token)


def test_letters_are_kept_for_ninety_days(street, instance, clock, inbox, run_jobs):
    booking = street.requested()
    street.done("decline", booking, street.ben)
    run_jobs()

    clock.turn(timedelta(days=89))
    run_jobs()
    assert inbox(signed_in_again(instance, street.anna))["items"] != []
    clock.turn(timedelta(days=2))
    run_jobs()

    assert inbox(signed_in_again(instance, street.anna))["items"] == []


def test_the_export_holds_the_inbox_and_erasure_takes_it_away(street, instance, client, run_jobs):
    booking = street.requested()
    street.done("decline", booking, street.ben)
    run_jobs()

    export = client.get("/api/v1/me/export", headers=street.anna.headers).json()["notifications"]
    assert [item["kind"] for item in export["notifications"]] == ["decline"]
    assert export["settings"]["messages"] == {"mail": "at_once", "inbox": "on"}

    client.patch(f"{INBOX}/settings", json={"queue": {"mail": "off"}}, headers=street.anna.headers)
    client.delete("/api/v1/me", headers={**street.anna.headers, "if-match": "*"}).raise_for_status()

    left = readers_in(instance, "letter", "reader_id") | readers_in(instance, "notice_switch", "person_id")
    left |= readers_in(instance, "inbox_end", "reader_id")
    assert street.anna.id not in left
    assert left == {street.ben.id}


def test_secrets_never_stand_in_the_inbox(instance, client, inbox, run_jobs):
    anna = signed_in_person(instance, "Anna")
    client.post("/api/v1/sessions/email-link", json={"email": anna.email}).raise_for_status()
    client.post("/api/v1/accounts/password-reset", json={"email": anna.email}).raise_for_status()
    run_jobs()

    assert inbox(anna)["items"] == []

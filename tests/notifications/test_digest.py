"""One mail in the morning with everything that had time: once, in local time, whatever dies or stands still."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.accounts import service as accounts
from app.jobs.runner import Runner
from app.kernel.actor import SYSTEM, MemberRole
from app.notifications.mail import mailer
from app.notifications.rules import morning
from app.notifications.service import DIGEST_JOB, DIGEST_MAIL_JOB, begin_digests, digest_sender
from app.wiring import handlers
from tests.factories.bookings import Street
from tests.factories.mail import Page, text_of

LEIPZIG = ZoneInfo("Europe/Berlin")
BEN = "ben@example.org"


@pytest.fixture
def street(instance, client):
    """Ben wants to hear of requests and answers in the morning only."""
    street = Street(instance, client)
    wish = {"mail": "digest"}
    client.patch(
        "/api/v1/me/notifications/settings",
        json={"requests": wish, "messages": wish},
        headers=street.ben.headers,
    ).raise_for_status()
    return street


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=LEIPZIG).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-24T06:29:59+00:00", None),
        ("2026-11-24T06:30:00+00:00", "2026-11-24T07:30:00+01:00"),
        ("2026-11-24T22:59:00+00:00", "2026-11-24T07:30:00+01:00"),
        ("2026-11-24T23:01:00+00:00", None),
        ("2026-03-29T05:29:00+00:00", None),
        ("2026-03-29T05:30:00+00:00", "2026-03-29T07:30:00+02:00"),
        ("2026-10-25T06:30:00+00:00", "2026-10-25T07:30:00+01:00"),
    ],
)
def test_the_morning_begins_at_half_past_seven_by_the_clock_on_the_wall(now, begins):
    found = morning(datetime.fromisoformat(now), LEIPZIG)

    assert (found and found.isoformat()) == begins


def test_what_waits_comes_in_one_mail_in_the_morning(street, client, clock, mailbox, run_jobs):
    booking = street.requested()
    path = f"/api/v1/bookings/{booking['id']}/messages"
    client.post(path, json={"text": "May I?"}, headers=street.anna.headers).raise_for_status()
    street.requested(street.offer(title="Beamer & Leinwand"))
    run_jobs()
    clock.set(at(23, 22))
    run_jobs()
    assert mailbox.to(BEN) == []

    clock.set(at(24, 7, 30))
    run_jobs()

    [digest] = mailbox.to(BEN)
    assert digest["Subject"] == "3 things are new"
    text = text_of(digest)
    for subject in (
        "Somebody asks for Cordless drill",
        "A message about Cordless drill",
        "Somebody asks for Beamer & Leinwand",
    ):
        assert f"* {subject}\n" in text
        assert subject in Page(digest).words
    assert f"http://testserver/bookings/{booking['id']}" in text
    assert "http://testserver/notifications\n" in text
    assert digest["List-Unsubscribe"]


def test_once_a_day_and_nothing_on_a_day_without_news(street, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()
    for hour in (8, 9, 15):
        clock.set(at(24, hour))
        street.requested(street.offer(title=f"Asked for at {hour}"))
        run_jobs()
    assert len(mailbox.to(BEN)) == 1

    clock.set(at(25, 8))
    run_jobs()
    clock.set(at(26, 8))
    run_jobs()

    assert [mail["Subject"] for mail in mailbox.to(BEN)] == [
        "Somebody asks for Cordless drill",
        "3 things are new",
    ]


def test_after_days_without_a_clock_there_is_one_digest_and_not_at_night(street, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()

    clock.set(at(26, 3))
    run_jobs()
    assert mailbox.to(BEN) == []
    clock.set(at(26, 11))
    run_jobs()
    clock.set(at(26, 23))
    run_jobs()

    digests = [mail for mail in mailbox.to(BEN) if mail["Message-ID"].startswith("<digest-")]
    assert len(digests) == 1


def dying_runner(instance, **jobs):
    known = handlers(instance.transactions, instance.http, instance.files)
    return Runner(instance.database.writing, instance.transactions.clock, {**known, **jobs})


class Died(BaseException):
    """What a process does that is killed: nothing after it happens."""


def test_whoever_dies_after_beginning_leaves_one_digest_behind(street, instance, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()
    clock.set(at(24, 8))

    def begin_and_die(_payload):
        begin_digests(instance.transactions)
        raise Died

    with instance.transactions.writing(SYSTEM) as work:
        work.enqueue(DIGEST_JOB, {})
    with pytest.raises(Died):
        dying_runner(instance, **{DIGEST_JOB: begin_and_die}).run_due()
    clock.turn(timedelta(minutes=1))
    run_jobs()
    clock.turn(timedelta(minutes=20))
    run_jobs()

    assert len(mailbox.to(BEN)) == 1


def test_whoever_dies_before_noting_sends_the_same_mail_again_and_no_other(
    street, instance, clock, mailbox, run_jobs
):
    street.requested()
    run_jobs()
    clock.set(at(24, 8))

    def send_and_die(mail, *, now):
        mailer(instance.settings)(mail, now=now)
        raise Died

    begin_digests(instance.transactions)
    with pytest.raises(Died):
        dying_runner(
            instance, **{DIGEST_MAIL_JOB: digest_sender(instance.transactions, send_and_die)}
        ).run_due()
    street.requested(street.offer(title="Meanwhile"))
    clock.turn(timedelta(minutes=1))
    run_jobs()

    first, again = mailbox.to(BEN)
    assert first["Message-ID"] == again["Message-ID"]
    assert text_of(first) == text_of(again)


def test_two_workers_begin_a_digest_once(street, instance, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()
    clock.set(at(24, 8))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin_digests, [instance.transactions] * 4))
    run_jobs()

    assert len(mailbox.to(BEN)) == 1


def test_what_was_read_in_the_inbox_is_not_told_again(street, client, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()
    client.post("/api/v1/me/notifications/read-all", headers=street.ben.headers).raise_for_status()
    clock.set(at(24, 8))
    run_jobs()

    assert mailbox.to(BEN) == []


def test_who_leaves_an_organisation_is_told_nothing_more_of_it(
    street, instance, client, clock, mailbox, run_jobs
):
    founded = client.post("/api/v1/organisations", json={"name": "Repair café"}, headers=street.ben.headers)
    organisation_id, anna = UUID(founded.json()["id"]), street.anna
    with instance.transactions.writing(SYSTEM) as work:
        accounts.admit(work, organisation_id, anna.id, MemberRole.OWNER)
    street.requested(street.offer(organisation_id=organisation_id))
    run_jobs()
    own_page = f"/api/v1/organisations/{organisation_id}/members/{street.ben.id}"
    client.delete(own_page, headers=street.ben.headers).raise_for_status()
    clock.set(at(24, 8))
    run_jobs()

    assert [mail["Subject"] for mail in mailbox.to(BEN)] == []


def test_one_click_ends_the_whole_digest(street, client, clock, mailbox, run_jobs):
    street.requested()
    run_jobs()
    clock.set(at(24, 8))
    run_jobs()
    [digest] = mailbox.to(BEN)
    address = digest["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")

    client.post(address, data={"List-Unsubscribe": "One-Click"}).raise_for_status()

    found = client.get("/api/v1/me/notifications/settings", headers=street.ben.headers).json()
    assert {topic for topic, wish in found.items() if wish["mail"] == "off"} == {
        "requests",
        "messages",
        "listings",
        "matches",
        "searches",
    }

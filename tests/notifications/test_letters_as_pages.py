"""A letter as its reader sees it: calm, complete, in their language, and nobody else's words can change it."""

import re
from datetime import timedelta

import pytest

from app.jobs.runner import Runner
from app.notifications.mail import mailer
from app.notifications.service import MAIL_JOB, mail_sender
from app.wiring import handlers
from tests.factories.bookings import END, START, Street
from tests.factories.mail import Page, text_of

ANNA, BEN = "anna@example.org", "ben@example.org"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {other} {0} %s"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def test_a_page_says_what_when_where_and_with_whom_and_has_one_next_step(street, mailbox, run_jobs):
    booking = street.promised(units=1)
    run_jobs()

    page = Page(mailbox.last_to(ANNA))

    assert page.attributes["lang"] == ["en"]
    for words in (
        "Hello Anna,",
        "Ben says yes: Cordless drill is promised to you.",
        "Mon, 30 Nov 2026, 10:00 – Wed, 2 Dec 2026, 10:00",
        "Karl-Heine-Straße 1, 04229 Leipzig",
    ):
        assert words in page.words
    assert [link for link in page.links if "/bookings/" in link] == [
        f"http://testserver/bookings/{booking['id']}"
    ]


def test_both_parts_say_the_same(street, mailbox, run_jobs):
    street.promised()
    run_jobs()
    mail = mailbox.last_to(ANNA)

    def words(text):
        return set(re.findall(r"\w{3,}", text)) - {"http", "testserver", "bookings"}

    seen = words(Page(mail).words) - words(mail["Subject"])
    assert seen - words(text_of(mail)) == set()


def test_a_page_loads_nothing_and_brings_its_style_along(street, mailbox, run_jobs):
    street.promised()
    run_jobs()
    page = Page(mailbox.last_to(ANNA))

    assert set(page.tags) & {"img", "script", "link", "style", "iframe", "object", "form", "svg"} == set()
    assert set(page.attributes) & {"src", "srcset", "background", "class", "id"} == set()
    assert "url(" not in page.source
    assert "color-scheme" in page.attributes["name"]
    assert "width=device-width, initial-scale=1" in page.attributes["content"]


def test_where_it_is_stands_only_in_the_borrowers_letter_and_only_once_it_is_promised(
    street, mailbox, run_jobs
):
    booking = street.requested(message="Hello!")
    run_jobs()
    street.done("accept", booking, street.ben)
    run_jobs()

    street_in = {
        mail["Subject"]: "Karl-Heine-Straße" in mail.as_string() + text_of(mail) for mail in mailbox.mails
    }
    assert street_in["Yes: Cordless drill"]
    assert [subject for subject, inside in street_in.items() if inside] == ["Yes: Cordless drill"]


def test_a_title_and_a_message_stay_words(street, mailbox, run_jobs):
    booking = street.requested(street.offer(title=EVIL), message="</blockquote>" + EVIL)
    run_jobs()
    street.done("accept", booking, street.ben)
    run_jobs()

    for mail in mailbox.mails:
        page = Page(mail)
        assert set(page.tags) & {"script", "img"} == set()
        assert EVIL in page.words
        assert EVIL in text_of(mail)
        assert "Bcc" not in mail
    assert any("</blockquote>" in Page(mail).words for mail in mailbox.to(BEN))


def test_letters_about_one_booking_form_one_thread_and_each_has_an_id_of_its_own(street, mailbox, run_jobs):
    booking = street.promised()
    run_jobs()
    street.done("hand-over", booking, street.ben)
    run_jobs()

    mails = mailbox.to(ANNA)
    assert len(mails) == len({mail["Message-ID"] for mail in mails}) == 2
    assert {mail["References"] for mail in mails} == {f"<thread-{booking['id']}@testserver>"}
    assert {mail["Auto-Submitted"] for mail in mails} == {"auto-generated"}


def test_a_worker_that_dies_before_it_notes_sends_the_same_mail_under_the_same_id(
    street, instance, mailbox, run_jobs
):
    class Died(BaseException):
        pass

    def send_and_die(mail, *, now):
        mailer(instance.settings)(mail, now=now)
        raise Died

    street.requested()
    dying = Runner(
        instance.database.writing,
        instance.transactions.clock,
        {
            **handlers(instance.transactions, instance.http, instance.files),
            MAIL_JOB: mail_sender(instance.transactions, send_and_die),
        },
    )
    with pytest.raises(Died):
        dying.run_due()
    instance.transactions.clock.turn(timedelta(minutes=1))  # its lease has run out
    run_jobs()

    mails = mailbox.to(BEN)
    assert len(mails) == 2
    assert len({mail["Message-ID"] for mail in mails}) == 1


def test_overdue_is_an_offer_of_help_with_three_answers(street, clock, mailbox, run_jobs):
    booking = street.promised()
    clock.set(START)
    street.done("hand-over", booking, street.ben)
    run_jobs()
    clock.set(END + timedelta(minutes=1))
    run_jobs()

    mail = next(mail for mail in mailbox.to(ANNA) if mail["Subject"].startswith("Can we help?"))
    there = f"http://testserver/bookings/{booking['id']}?do="
    assert [link.removeprefix(there) for link in Page(mail).links if link.startswith(there)] == [
        "report-return",
        "propose-change",
        "raise-case",
    ]
    assert text_of(mail).count(there) == 3

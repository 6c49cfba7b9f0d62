"""Who wants to hear what: a switch per topic, and one click in a mail."""

import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app import logs
from app.settings import Settings
from tests.factories.bookings import Street
from tests.factories.mail import Page, text_of

SETTINGS = "/api/v1/me/notifications/settings"
INBOX = "/api/v1/me/notifications"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def switch(client):
    def switch(who, **topics):
        return client.patch(SETTINGS, json=topics, headers=who.headers)

    return switch


def subjects(mailbox, who):
    return [mail["Subject"] for mail in mailbox.to(who.email)]


def kinds(client, who):
    return [item["kind"] for item in client.get(INBOX, headers=who.headers).json()["items"]]


def test_everything_is_on_at_first_and_what_has_time_comes_in_the_morning(street, client):
    found = client.get(SETTINGS, headers=street.anna.headers).json()

    assert found["listings"] == {"mail": "digest", "inbox": "on"}
    assert {topic for topic, wish in found.items() if wish != {"mail": "at_once", "inbox": "on"}} == {
        "listings",
        "searches",
        "matches",
    }


def test_one_switch_changes_and_the_rest_stays(street, switch, client):
    switch(street.anna, messages={"mail": "off"}).raise_for_status()
    switch(street.anna, messages={"inbox": "off"}, queue={"mail": "digest"}).raise_for_status()

    found = client.get(SETTINGS, headers=street.anna.headers).json()
    assert found["messages"] == {"mail": "off", "inbox": "off"}
    assert found["queue"] == {"mail": "digest", "inbox": "on"}
    assert client.get(SETTINGS, headers=street.ben.headers).json()["messages"]["mail"] == "at_once"


@pytest.mark.parametrize(
    "topics", [{"account": {"mail": "off"}}, {"requests": {"mail": "never"}}, {"requests": None}]
)
def test_what_cannot_be_switched_is_refused(street, switch, topics):
    assert switch(street.anna, **topics).status_code == 422


def test_a_topic_that_is_off_is_not_mailed_and_not_shown(street, switch, client, mailbox, run_jobs):
    switch(street.ben, requests={"mail": "off"}, messages={"mail": "off", "inbox": "off"}).raise_for_status()
    street.requested(message="May I?")
    run_jobs()

    assert subjects(mailbox, street.ben) == []
    assert kinds(client, street.ben) == ["request"]


def test_that_a_promise_is_called_off_and_that_a_password_changed_is_told_in_any_case(
    street, switch, client, mailbox, run_jobs
):
    topics = client.get(SETTINGS, headers=street.anna.headers).json()
    everything = {topic: {"mail": "off", "inbox": "off"} for topic in topics}
    switch(street.anna, **everything).raise_for_status()
    booking = street.promised()
    street.done("cancel", booking, street.ben, reason="broken")
    client.post("/api/v1/accounts/password-reset", json={"email": street.anna.email}).raise_for_status()
    run_jobs()

    assert sorted(subjects(mailbox, street.anna)) == ["Cancelled: Cordless drill", "Set a new password"]
    assert kinds(client, street.anna) == ["cancel"]


def unsubscribe_of(mail):
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return re.fullmatch(r"<http://testserver(/api/v1/notifications/off/[\w-]+)>", mail["List-Unsubscribe"])[1]


def one_click(client, address):
    return client.post(
        address,
        content="List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


def test_one_click_ends_mails_of_a_topic_and_nothing_else(street, client, mailbox, run_jobs):
    street.requested()
    run_jobs()
    address = unsubscribe_of(mailbox.last_to(street.ben.email))

    assert one_click(client, address).status_code == 200
    assert one_click(client, address).status_code == 200, "twice is as good as once"
    street.requested()
    run_jobs()

    assert len(subjects(mailbox, street.ben)) == 1
    assert kinds(client, street.ben) == ["request", "request"]
    found = client.get(SETTINGS, headers=street.ben.headers).json()
    assert {topic for topic, wish in found.items() if wish["mail"] == "off"} == {"requests"}


def test_looking_at_the_address_changes_nothing_and_offers_a_button(street, client, mailbox, run_jobs):
    street.requested()
    run_jobs()
    address = unsubscribe_of(mailbox.last_to(street.ben.email))

    page = client.get(address, headers={"accept-language": "de"})

    assert page.headers["content-type"].startswith("text/html")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert '<form method="post">' in page.text
    assert "Anfragen nach Ihren Angeboten" in page.text
    assert client.get(SETTINGS, headers=street.ben.headers).json()["requests"]["mail"] == "at_once"


def test_a_forged_address_ends_nobodys_mails(street, client, mailbox, run_jobs):
    street.requested()
    run_jobs()
    address = unsubscribe_of(mailbox.last_to(street.ben.email))
    head, token = address.rsplit("/", 1)
    other = token[:43] + ("A" if token[43] != "A" else "B") + token[44:]

    for forged in (other, token[:-1], "A" * 100, "A", token[::-1]):
        assert one_click(client, f"{head}/{forged}").status_code == 404
        assert client.get(f"{head}/{forged}").status_code == 404
    assert client.get(SETTINGS, headers=street.ben.headers).json()["requests"]["mail"] == "at_once"


def test_letters_that_must_come_offer_no_way_out(street, client, mailbox, run_jobs):
    booking = street.promised()
    street.done("cancel", booking, street.ben, reason="broken")
    client.post("/api/v1/sessions/email-link", json={"email": street.anna.email}).raise_for_status()
    run_jobs()

    must = [mail for mail in mailbox.to(street.anna.email) if not mail["Subject"].startswith("Yes")]
    assert len(must) == 2
    for mail in must:
        assert "List-Unsubscribe" not in mail
        assert "settings" not in text_of(mail)
        assert not [link for link in Page(mail).links if "settings" in link]


def test_what_is_said_with_an_ask_comes_in_the_same_letter(street, client, mailbox, run_jobs):
    street.requested(message="For my shelf.")
    run_jobs()

    assert subjects(mailbox, street.ben) == ["Somebody asks for Cordless drill"]
    assert "> For my shelf.\n" in text_of(mailbox.last_to(street.ben.email))
    assert "For my shelf." in Page(mailbox.last_to(street.ben.email)).words


def write(client, booking, who, text):
    path = f"/api/v1/bookings/{booking['id']}/messages"
    client.post(path, json={"text": text}, headers=who.headers).raise_for_status()


def test_who_switches_off_gets_nothing_more_of_what_still_waits(
    street, switch, client, clock, mailbox, run_jobs
):
    booking = street.requested()
    write(client, booking, street.anna, "Hello?")
    run_jobs()
    write(client, booking, street.anna, "Are you there?")
    run_jobs()  # heard, and waits a little for more
    switch(street.ben, messages={"mail": "off"}).raise_for_status()
    clock.turn(timedelta(minutes=11))
    run_jobs()

    assert sum("message" in subject for subject in subjects(mailbox, street.ben)) == 1


def test_messages_in_a_row_share_a_mail(street, client, clock, mailbox, run_jobs):
    booking = street.requested()
    write(client, booking, street.anna, "Hello?")
    run_jobs()
    for text in ("Are you there?", "It is for Saturday.\nAnd <b>Sunday</b>."):
        write(client, booking, street.anna, text)
        run_jobs()
    before = len(subjects(mailbox, street.ben))

    clock.turn(timedelta(minutes=11))
    run_jobs()

    assert len(subjects(mailbox, street.ben)) == before + 1
    mail = mailbox.last_to(street.ben.email)
    assert mail["Subject"] == "Several messages about Cordless drill"
    assert "> Are you there?\n\n> It is for Saturday.\n> And <b>Sunday</b>." in text_of(mail)
    assert "b" not in Page(mail).tags
    assert "Hello?" not in text_of(mail), "that one came before"


def test_the_token_in_the_address_is_not_logged(street, client, mailbox, run_jobs):
    street.requested()
    run_jobs()
    address = unsubscribe_of(mailbox.last_to(street.ben.email))

    logs.configure(Settings(_env_file=None))
    with capture_logs() as lines:
        one_click(client, address)

    assert [line["path"] for line in lines if "path" in line] == ["/api/v1/notifications/off/…"]

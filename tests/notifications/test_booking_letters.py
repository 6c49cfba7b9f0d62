"""Both sides of a loan hear what the other did, and nobody hears it twice."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.bookings.events import BookingMoved
from app.bookings.rules.words import Action
from app.kernel.ids import new_id
from app.notifications import listeners
from app.notifications.booking_letters import TOLD
from tests.factories.bookings import Street
from tests.factories.mail import text_of

ANNA, BEN = "anna@example.org", "ben@example.org"


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def subjects(mailbox, address):
    return [mail["Subject"] for mail in mailbox.to(address)]


def test_a_loan_is_told_step_by_step_to_the_side_that_did_not_act(street, mailbox, run_jobs, clock):
    booking = street.promised()
    run_jobs()
    street.act("hand-over", booking, street.ben)
    street.act("take-back", booking, street.ben)
    run_jobs()

    assert [subject.partition(":")[0] for subject in subjects(mailbox, ANNA)] == [
        "Yes",
        "Handed over",
        "Back",
    ]
    assert [subject[:17] for subject in subjects(mailbox, BEN)] == ["Somebody asks for"]


def test_a_letter_names_the_thing_the_time_and_one_next_step(street, mailbox, run_jobs):
    booking = street.promised()
    run_jobs()

    text = text_of(mailbox.last_to(ANNA))

    assert "Ben says yes" in text
    assert "Mon 30. Nov 2026, 10:00" in text
    assert text.count(f"http://testserver/bookings/{booking['id']}") == 1


def test_a_german_reader_is_written_to_in_german_throughout(street, mailbox, run_jobs):
    street.client.patch(
        "/api/v1/me", json={"language": "de"}, headers={**street.anna.headers, "if-match": "*"}
    ).raise_for_status()
    booking = street.promised()
    run_jobs()

    mail = mailbox.last_to(ANNA)

    assert (mail["Content-Language"], mail["Subject"]) == ("de", "Zugesagt: Cordless drill")
    assert text_of(mail).split("\n\n-- \n")[0] == (
        "Guten Tag Anna,\n\n"
        "Ben sagt zu: Cordless drill, Mo. 30. Nov. 2026, 10:00 – Mi. 2. Dez., 10:00.\n\n"
        "Sehen Sie die Adresse und verabreden Sie die Übergabe:\n"
        f"http://testserver/bookings/{booking['id']}"
    )


def test_a_fact_heard_twice_is_told_once(street, instance, mailbox, run_jobs):
    booking = street.promised()
    run_jobs()
    before = len(mailbox.mails)
    event_id = new_id()
    moved = BookingMoved(
        booking_id=UUID(booking["id"]),
        listing_id=UUID(booking["listing"]["id"]),
        action="accept",
        role="provider",
        state_before="requested",
        state_after="confirmed",
        side="local",
        partner_id=None,
        version=2,
    )

    for _ in range(2):
        listeners.tell_the_other_side(instance.transactions, moved, event_id)
        run_jobs()

    assert len(mailbox.mails) == before + 1


def test_an_unanswered_request_reminds_the_provider_and_lapses_for_both(street, mailbox, run_jobs, clock):
    street.requested()
    run_jobs()

    clock.turn(timedelta(days=7))
    run_jobs()

    assert subjects(mailbox, ANNA)[-1].startswith("Lapsed")
    assert subjects(mailbox, BEN)[-1].startswith("Lapsed")


def test_every_step_in_the_table_is_one_the_lifecycle_knows():
    reminders = {
        "at_risk",
        "answer_due",
        "starts_soon",
        "due_soon",
        "overdue",
        "what_happened",
        "no_longer_fits",
    }
    known = {action.value for action in Action} | reminders | {"book", "message"}

    assert {step for step, _ in TOLD} <= known

"""Both sides of a loan hear what the other did, and nobody hears it twice."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.bookings.events import BookingMoved
from app.bookings.rules.reminders import TELLINGS, Reminder
from app.bookings.rules.table import ROWS
from app.federation.schemas import ExchangeAlarm
from app.federation.service import Alarm, erasing
from app.kernel.ids import new_id
from app.notifications import listeners
from app.notifications.kinds import KINDS, TOLD
from app.notifications.steps import SILENT, step_of
from app.notifications.wording import Moment, Notice, told
from app.notifications.words.partners import PARTNERS, about_partner
from app.notifications.words.sides import BORROWER, MODERATOR, PROVIDER
from tests.factories.bookings import END, START, Street
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
    assert "When it is: Mon, 30 Nov 2026, 10:00 – Wed, 2 Dec 2026, 10:00\n" in text
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
        "Ben sagt zu: „Cordless drill“ ist Ihnen versprochen.\n\n"
        "Was: Cordless drill\n"
        "Wann: Mo., 30. Nov. 2026, 10:00 – Mi., 2. Dez. 2026, 10:00\n"
        "Mit: Ben\n"
        "Wo: Karl-Heine-Straße 1, 04229 Leipzig\n\n"
        "Alles ansehen und das Weitere verabreden:\n"
        f"http://testserver/bookings/{booking['id']}"
    )


def test_t05_the_warning_of_what_may_come_late_names_what_else_there_is(street, mailbox, run_jobs, clock):
    drill = street.offer()
    street.handed_over(drill)
    tomorrow = (END + timedelta(hours=20), END + timedelta(hours=22))
    street.done("accept", street.ask(drill, by=street.stranger, at=tomorrow).json(), street.ben)
    clock.set(END + timedelta(minutes=1))
    run_jobs()

    [mail] = [
        text_of(mail)
        for mail in mailbox.mails
        if mail["Subject"] == "Perhaps not there in time: Cordless drill"
    ]

    assert "Free at another time: Thu, 3 Dec 2026, 10:15 – 12:15" in mail


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


def _steps():
    """Every step that the table of the lifecycle knows, as (step, side that did not take it)."""
    for row in ROWS:
        for role in row.who:
            for source in row.sources or {None}:
                step = step_of(row.action, role, source, row.target or source)
                for side in {BORROWER, PROVIDER} - {role}:
                    yield step, side


def test_whoever_did_not_act_hears_of_every_step_or_there_is_a_reason_for_silence():
    unheard = {told for told in _steps() if told not in TOLD and told not in SILENT}

    assert unheard == set()


def test_no_silence_is_kept_about_what_is_told_and_none_without_need():
    assert set(SILENT) & set(TOLD) == set()
    assert set(SILENT) - set(_steps()) == set()


def test_every_reminder_is_told_to_those_it_is_meant_for():
    meant = {(telling.reminder.value, role.value) for telling in TELLINGS for role in telling.whom}

    assert meant - set(TOLD) == set()
    assert {reminder.value for reminder in Reminder} - {step for step, _ in TOLD} == set()


def test_every_letter_about_a_booking_is_about_something_that_happens():
    happens = set(_steps()) | {("message", side) for side in (BORROWER, PROVIDER)}
    happens |= {("messages", side) for side in (BORROWER, PROVIDER)}
    happens |= {(reminder.value, side) for reminder in Reminder for side in (BORROWER, PROVIDER, MODERATOR)}
    happens |= {("partner_refused", BORROWER), ("partner_silent", BORROWER)}
    happens |= {("correct-record", side) for side in (BORROWER, PROVIDER)}

    assert set(TOLD) - happens == set()


def test_every_alarm_about_a_partner_has_a_letter():
    of_exchanges = {ExchangeAlarm.REMOVALS_HELD, ExchangeAlarm.OVER_QUOTA}
    alarms = {*Alarm, *of_exchanges, erasing.UNCONFIRMED, erasing.SPEAK}

    assert {about_partner(alarm) for alarm in alarms} == set(PARTNERS)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_can_be_said(kind, language):
    facts = dict.fromkeys(
        ("title", "other", "organisation", "inviter", "partner", "search"), "<b>Åsa & Co</b>"
    )
    named = (
        "booking_id",
        "listing_id",
        "organisation_id",
        "series_id",
        "group_id",
        "partner_id",
        "report_id",
        "search_id",
        "token",
        "count",
        "left",
    )
    ids = dict.fromkeys(named, "1")
    until = {"until": Moment(START, ZoneInfo("Europe/Berlin"))}

    said = told(Notice(KINDS[kind], facts | ids | until), language, home="https://depot.example")

    everything = " ".join(filter(None, (said.subject, said.says, said.hint, said.step.label)))
    assert "{" not in everything
    assert said.step.href.startswith("https://depot.example/")
    assert len(said.step.label) <= 60

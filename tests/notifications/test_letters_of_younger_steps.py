"""Letters of counter-offers, amendments, reports and the queue say what the reader must know to answer."""

from datetime import timedelta

import pytest

from tests.factories.bookings import END, START, Street
from tests.factories.listings import offer
from tests.factories.mail import text_of


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


@pytest.fixture
def subjects(mailbox, run_jobs):
    """What somebody was mailed since one last asked."""
    seen = {}

    def new(who):
        run_jobs()
        mails = mailbox.to(who.email)
        before, seen[who.email] = seen.get(who.email, 0), len(mails)
        return [mail["Subject"] for mail in mails[before:]]

    return new


def test_a_counter_offer_and_its_answer_reach_the_other_side(street, mailbox, subjects):
    booking = street.requested()
    subjects(street.anna)
    later = {
        "starts_at": (START + timedelta(days=7)).isoformat(),
        "ends_at": (END + timedelta(days=7)).isoformat(),
    }
    street.done("counter", booking, street.ben, **later)

    assert subjects(street.anna) == ["Another suggestion: Cordless drill"]
    letter = text_of(mailbox.last_to(street.anna.email))
    assert "When it is: Mon, 7 Dec 2026, 10:00" in letter
    assert "The suggestion stands until Sun, 29 Nov 2026" in letter
    subjects(street.ben)
    street.done("accept-counter", booking, street.anna)
    assert subjects(street.ben) == ["Agreed: Cordless drill"]


def test_a_proposed_change_says_what_is_proposed_and_what_holds_until_then(street, clock, mailbox, subjects):
    booking = street.promised()
    subjects(street.ben)
    street.done("propose-change", booking, street.anna, ends_at=(END + timedelta(days=1)).isoformat())

    assert subjects(street.ben) == ["A change? Cordless drill"]
    letter = text_of(mailbox.last_to(street.ben.email))
    assert "When it is: Mon, 30 Nov 2026, 10:00 – Wed, 2 Dec 2026, 10:00\n" in letter
    assert "Proposed instead: Mon, 30 Nov 2026, 10:00 – Thu, 3 Dec 2026, 10:00\n" in letter
    street.done("withdraw-change", booking, street.anna)
    assert subjects(street.ben) == ["As before: Cordless drill"]
    assert "Anna no longer wishes to change anything" in text_of(mailbox.last_to(street.ben.email))
    street.done("propose-change", booking, street.anna, ends_at=(END + timedelta(days=1)).isoformat())
    subjects(street.ben)
    clock.turn(timedelta(days=3))
    assert subjects(street.ben) == ["As before: Cordless drill"]
    assert subjects(street.anna)[-1] == "As before: Cordless drill"


def test_a_report_says_the_minutes_and_the_day_on_which_silence_agrees(street, clock, mailbox, subjects):
    tutoring = offer(
        street.instance,
        street.ben,
        kind="know_how",
        title="Sewing",
        know_how={"topics": ["sewing"], "level": "everyone", "form": "one_to_one"},
    ).id
    booking = street.promised(tutoring, at=(START, START + timedelta(hours=2)))
    clock.set(START + timedelta(hours=2))
    subjects(street.anna)
    street.done("report", booking, street.ben, minutes=95)

    assert "How long was it? Sewing" in subjects(street.anna)
    letter = text_of(mailbox.last_to(street.anna.email))
    assert "Minutes: 95\n" in letter
    assert "If you say nothing, that counts as agreed on Mon, 7 Dec 2026, 12:00." in letter


def test_somebody_in_the_queue_hears_that_it_is_their_turn_until_when(street, client, mailbox, subjects):
    drill = street.offer()
    first = street.promised(drill)
    body = {"starts_at": START.isoformat(), "ends_at": END.isoformat()}
    client.post(
        f"/api/v1/listings/{drill}/queue", json=body, headers=street.stranger.headers
    ).raise_for_status()
    assert subjects(street.ben)[1:] == [], "who waits asks nothing of the provider"
    street.done("cancel", first, street.anna)

    assert subjects(street.stranger) == ["It is your turn: Cordless drill"]
    assert "It is held for you until Wed, 25 Nov 2026, 09:00." in text_of(
        mailbox.last_to(street.stranger.email)
    )

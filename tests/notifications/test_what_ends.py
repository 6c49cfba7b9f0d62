"""Whatever ends by itself is told before, in time, once: listings, and the recognition of organisations."""

from datetime import timedelta

import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, StaffRole
from app.listings import service as listings
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.mail import Page, text_of


@pytest.fixture
def street(instance, client):
    return Street(instance, client)


def on_day(clock, run_jobs, days):
    """So many days later, in the morning after the digest."""
    clock.turn(timedelta(days=days))
    run_jobs()
    clock.turn(timedelta(days=1))
    run_jobs()


def subjects(mailbox, who):
    return [mail["Subject"] for mail in mailbox.to(who.email)]


def test_a_listing_says_a_week_before_that_it_ends_and_with_one_tap_it_stays(
    street, instance, clock, mailbox, run_jobs
):
    drill = street.offer()
    run_jobs()
    clock.turn(timedelta(days=172))
    run_jobs()
    assert subjects(mailbox, street.ben) == []
    on_day(clock, run_jobs, 1)
    on_day(clock, run_jobs, 1)

    assert subjects(mailbox, street.ben) == ["Still there? Cordless drill"]
    mail = mailbox.last_to(street.ben.email)
    renew = f"http://testserver/listings/{drill}?do=renew"
    assert renew in Page(mail).links
    assert f"Let it stay, in one tap:\n{renew}\n" in text_of(mail)

    with instance.transactions.writing(SYSTEM) as work:
        listings.renew(work, drill)
    on_day(clock, run_jobs, 10)
    assert subjects(mailbox, street.ben) == ["Still there? Cordless drill"]


def test_what_has_ended_is_told_and_can_be_brought_back(street, client, clock, mailbox, run_jobs):
    drill = street.offer()
    run_jobs()
    on_day(clock, run_jobs, 174)
    on_day(clock, run_jobs, 8)

    assert subjects(mailbox, street.ben) == [
        "Still there? Cordless drill",
        "No longer in the catalogue: Cordless drill",
    ]
    again = signed_in(street.instance, street.ben)
    [newest, _] = client.get("/api/v1/me/notifications", headers=again).json()["items"]
    assert (newest["kind"], newest["listing_id"]) == ("listing_expired", str(drill))


def signed_in(instance, who):
    with instance.transactions.writing(SYSTEM) as work:
        return {"Authorization": f"Bearer {accounts.open_session(work, who.id).access_token}"}


def test_an_organisation_hears_a_month_before_that_its_recognition_ends_and_once(
    street, instance, client, clock, mailbox, run_jobs
):
    mo = signed_in_person(instance, "Mo", staff=StaffRole.MODERATOR)
    home = client.post("/api/v1/organisations", json={"name": "Garden"}, headers=street.ben.headers).headers[
        "location"
    ]
    proof = {"proof": "tax_notice", "notice_date": "2026-11-01"}
    client.post(f"{home}/recognition", json=proof, headers=street.ben.headers).raise_for_status()
    until = (clock.now() + timedelta(days=100)).isoformat()
    approve = {"valid_until": until}
    client.post(f"{home}/recognition/approve", json=approve, headers=mo.headers).raise_for_status()
    run_jobs()

    for days in (69, 2, 1, 10):
        clock.turn(timedelta(days=days))
        run_jobs()
    assert subjects(mailbox, street.ben) == ["Garden is recognised", "The recognition of Garden ends soon"]
    clock.turn(timedelta(days=30))
    run_jobs()

    assert subjects(mailbox, street.ben)[2:] == ["The recognition of Garden has ended"]

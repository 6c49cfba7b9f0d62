"""Entrusting people with an instance, and finding them as operators name them."""

import pytest

from app.accounts import service as accounts
from app.accounts.problems import TokenSpent
from app.kernel.actor import NOBODY, SYSTEM, StaffRole
from app.kernel.problems import NotFound
from tests.factories.accounts import signed_in_person


def test_appointing_by_mail_address_and_dismissing_again(depot, instance):
    mira = signed_in_person(instance, "Mira")

    appointed = depot("admin", "appoint", "Mira@Example.org", "--role", "moderator")
    role_then = mira.actor_in(instance).staff
    dismissed = depot("admin", "dismiss", str(mira.id))

    assert (appointed.code, appointed.said) == (0, "Mira is now moderator.\n")
    assert role_then is StaffRole.MODERATOR
    assert (dismissed.code, dismissed.said) == (0, "Mira has no staff role any more.\n")
    assert mira.actor_in(instance).staff is None


def test_the_printed_token_makes_whoever_shows_it_an_admin_once(depot, instance):
    mira, otto = signed_in_person(instance, "Mira"), signed_in_person(instance, "Otto")

    token = depot("admin", "token").said.strip()
    with instance.transactions.writing(mira.actor_in(instance)) as work:
        accounts.claim_staff_role(work, token)

    assert mira.actor_in(instance).staff is StaffRole.ADMIN
    with (
        pytest.raises(TokenSpent),
        instance.transactions.writing(otto.actor_in(instance)) as work,
    ):
        accounts.claim_staff_role(work, token)


@pytest.mark.parametrize(
    "who", ["nobody@example.org", "Otto", "018f0000-0000-7000-8000-000000000000", "Hofladen e. V."]
)
def test_nobody_unknown_is_appointed(depot, instance, who):
    outcome = depot("admin", "appoint", who)

    assert outcome.code == 1
    assert outcome.remarked == f"There is nobody known as {who}.\n"


def test_an_organisation_is_no_person(depot, instance):
    with instance.transactions.writing(SYSTEM) as work:
        accounts.found_organisation(work, name="Hofladen e. V.")

    outcome = depot("admin", "appoint", "Hofladen e. V.")

    assert outcome.code == 1
    assert outcome.remarked == "Hofladen e. V. is no person.\n"


def test_a_name_that_two_organisations_share_means_neither(instance):
    with instance.transactions.writing(SYSTEM) as work:
        for _ in range(2):
            accounts.found_organisation(work, name="Hofladen e. V.")

    with (
        instance.transactions.reading(NOBODY) as reading,
        pytest.raises(NotFound, match="Several"),
    ):
        accounts.find_party(reading, "Hofladen e. V.")


def test_an_operator_suspends_lifts_and_sees_what_waits(depot, client, instance):
    mira, otto = signed_in_person(instance, "Mira"), signed_in_person(instance, "Otto")
    said = {"target": "person", "target_id": str(otto.id), "wrong": "fraud", "words": "He sells my drill."}
    made = client.post("/api/v1/reports", json=said, headers=mira.headers).json()["id"]

    waiting = depot("admin", "reports")
    suspended = depot("admin", "suspend", "otto@example.org", "--reason", "Fraud.", "--until", "2026-12-24")
    me = client.get("/api/v1/me", headers=otto.headers).json()
    lifted = depot("admin", "lift", "otto@example.org", "--reason", "It was not him.")
    again = depot("admin", "lift", "otto@example.org", "--reason", "It was not him.")

    assert waiting.said == f"2026-11-23  open      fraud       person Otto (Otto)  {made}\n"
    assert (suspended.code, suspended.said) == (0, "Otto is suspended until 2026-12-24.\n")
    assert (me["suspended"], me["suspended_until"]) == (True, "2026-12-24T00:00:00Z")
    assert (lifted.code, lifted.said) == (0, "Otto may offer and borrow again.\n")
    assert client.get("/api/v1/me", headers=otto.headers).json()["suspended"] is False
    assert (again.code, again.remarked) == (1, "This cannot be decided here now.\n")

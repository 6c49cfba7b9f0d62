"""Recognition: the organisation shows why, staff decide, the clock ends it."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, StaffRole
from tests.factories.accounts import signed_in_person

DECLARATION = {"proof": "declaration", "declaration": "We plant trees for everybody."}
NOTICE = {"proof": "tax_notice", "notice_date": "2024-05-02"}


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


@pytest.fixture
def mo(instance):
    return signed_in_person(instance, "Mo", staff=StaffRole.MODERATOR)


@pytest.fixture
def garden(client, anna):
    body = {"name": "Community garden"}
    return client.post("/api/v1/organisations", json=body, headers=anna.headers).headers["location"]


def step(client, garden, who, name="", body=None):
    return client.post(f"{garden}/recognition{name}", json=body or {}, headers=who.headers)


def is_recognised(client, garden):
    return client.get(garden).json()["recognised"]


def test_submitted_approved_and_known_to_everybody(client, instance, garden, anna, mo, mailbox, run_jobs):
    assert step(client, garden, anna, body=NOTICE).json()["state"] == "submitted"
    assert not is_recognised(client, garden)

    approved = step(client, garden, mo, "/approve").json()
    run_jobs()

    assert (approved["state"], approved["valid_until"]) == ("approved", "2029-05-02T00:00:00Z")
    assert is_recognised(client, garden)
    assert mailbox.last_to("anna@example.org")["Subject"] == "Community garden is recognised"
    with instance.transactions.reading(SYSTEM) as reading:
        organisation_id = client.get(garden).json()["id"]
        assert accounts.standing(reading, UUID(organisation_id)).recognised


def test_refused_with_a_reason_and_asked_again(client, garden, anna, mo):
    step(client, garden, anna, body=DECLARATION)

    assert step(client, garden, mo, "/reject").status_code == 422
    rejected = step(client, garden, mo, "/reject", {"note": "Whom do you plant them for?"}).json()

    assert (rejected["state"], rejected["note"]) == ("rejected", "Whom do you plant them for?")
    assert step(client, garden, anna, body=DECLARATION).json()["state"] == "submitted"


def test_revoked_it_counts_no_more(client, garden, anna, mo):
    step(client, garden, anna, body=DECLARATION)
    step(client, garden, mo, "/approve")

    step(client, garden, mo, "/revoke", {"note": "They sell the trees."})

    assert not is_recognised(client, garden)


def test_it_ends_at_its_moment_even_before_the_clock_comes_by(
    client, garden, anna, mo, clock, mailbox, run_jobs
):
    step(client, garden, anna, body=DECLARATION)
    step(client, garden, mo, "/approve", {"valid_until": "2026-11-24T08:00:00Z"})
    assert is_recognised(client, garden)
    run_jobs()

    clock.turn(timedelta(days=1))

    assert not is_recognised(client, garden)
    assert client.get(f"{garden}/recognition", headers=anna.headers).json()["state"] == "expired"
    run_jobs()
    assert mailbox.last_to("anna@example.org")["Subject"] == "The recognition of Community garden has ended"
    assert step(client, garden, anna, body=DECLARATION).json()["state"] == "submitted"


def test_a_decision_on_something_else_than_was_seen_is_refused(client, garden, anna, mo):
    step(client, garden, anna, body=DECLARATION)
    seen = {"If-Match": client.get(f"{garden}/recognition", headers=mo.headers).headers["etag"]}
    step(client, garden, mo, "/reject", {"note": "no"})
    step(client, garden, anna, body=DECLARATION)

    late = client.post(f"{garden}/recognition/approve", json={}, headers=mo.headers | seen)

    assert late.status_code == 412


def test_only_in_its_order(client, garden, anna, mo):
    assert step(client, garden, mo, "/approve").json()["code"] == "recognition_step_not_possible"
    step(client, garden, anna, body=DECLARATION)
    assert step(client, garden, anna, body=DECLARATION).status_code == 409
    assert step(client, garden, mo, "/revoke", {"note": "?"}).status_code == 409


@pytest.mark.parametrize(
    "proof",
    [
        {"proof": "tax_notice"},
        {"proof": "declaration"},
        {"proof": "declaration", "declaration": "x", "notice_date": "2024-05-02"},
        {"proof": "tax_notice", "notice_date": "2027-01-01"},
        {"proof": "tax_notice", "notice_date": "2021-11-23"},
    ],
)
def test_a_proof_that_proves_nothing_is_refused(client, garden, anna, proof):
    assert step(client, garden, anna, body=proof).status_code == 422


def test_the_proof_is_between_the_organisation_and_staff(client, instance, garden, anna, mo):
    bert = signed_in_person(instance, "Bert")
    step(client, garden, anna, body=DECLARATION)

    assert client.get(f"{garden}/recognition", headers=bert.headers).status_code == 403
    assert step(client, garden, bert, body=DECLARATION).status_code in (403, 409)
    assert step(client, garden, bert, "/approve").status_code == 403
    assert step(client, garden, anna, "/approve").status_code == 403
    waiting = client.get("/api/v1/organisations?recognition=submitted", headers=mo.headers).json()
    assert [organisation["name"] for organisation in waiting["items"]] == ["Community garden"]
    assert client.get("/api/v1/organisations?recognition=submitted", headers=bert.headers).status_code == 403

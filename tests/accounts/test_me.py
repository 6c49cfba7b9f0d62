"""One's own page: changing it, another address, taking everything along, being forgotten."""

from uuid import UUID

import pytest

from app.accounts import service as accounts
from app.kernel.actor import SYSTEM, MemberRole
from tests.factories.accounts import PASSWORD, signed_in_person
from tests.factories.mail import text_of

ME = "/api/v1/me"


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna", with_password=True)


def test_what_is_absent_stays_and_what_is_null_goes(client, anna):
    client.patch(ME, json={"phone": "0341 123"}, headers=anna.headers)
    renamed = client.patch(ME, json={"display_name": " Anna  B. "}, headers=anna.headers).json()
    unreachable = client.patch(ME, json={"phone": None}, headers=anna.headers).json()

    assert (renamed["display_name"], renamed["phone"]) == ("Anna B.", "0341 123")
    assert unreachable["phone"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"display_name": None},
        {"display_name": "\u200b\u202e"},
        {"language": "fr"},
        {"staff": "admin"},
        {"email": "x@example.org"},
    ],
)
def test_what_is_not_mine_to_set_is_refused(client, anna, change):
    assert client.patch(ME, json=change, headers=anna.headers).status_code == 422
    assert client.get(ME, headers=anna.headers).json()["staff"] is None


def test_another_address_counts_once_confirmed_and_the_old_one_is_told(client, anna, mailbox, run_jobs):
    change = {"email": "anna.new@example.org", "current_password": PASSWORD}
    assert client.post(f"{ME}/email", json=change, headers=anna.headers).status_code == 202
    run_jobs()
    assert client.get(ME, headers=anna.headers).json()["email"] == "anna@example.org"
    assert "If it was not you" in text_of(mailbox.last_to("anna@example.org"))

    token = mailbox.token_to("anna.new@example.org")
    assert client.post("/api/v1/accounts/verify", json={"token": token}).status_code == 204

    assert client.get(ME, headers=anna.headers).json()["email"] == "anna.new@example.org"


def test_the_address_of_another_account_is_not_taken_over(client, instance, anna, mailbox, run_jobs):
    signed_in_person(instance, "Bert")
    change = {"email": "bert@example.org", "current_password": PASSWORD}
    client.post(f"{ME}/email", json=change, headers=anna.headers)
    run_jobs()

    taken = client.post("/api/v1/accounts/verify", json={"token": mailbox.token_to("bert@example.org")})

    assert taken.json()["code"] == "token_spent"
    assert client.get(ME, headers=anna.headers).json()["email"] == "anna@example.org"


def test_another_address_needs_the_password(client, anna):
    change = {"email": "thief@example.org", "current_password": "guessed"}

    assert client.post(f"{ME}/email", json=change, headers=anna.headers).status_code == 401


def test_everything_can_be_taken_along(client, anna):
    client.post("/api/v1/organisations", json={"name": "Garden"}, headers=anna.headers)

    account = client.get(f"{ME}/export", headers=anna.headers).json()["account"]

    assert account["person"]["email"] == "anna@example.org"
    assert account["person"]["organisations"][0]["name"] == "Garden"
    assert len(account["sessions"]) == 1
    assert anna.token not in str(account)


def test_who_goes_leaves_no_name(client, instance, anna):
    marker = "Unmistakeable"
    client.patch(ME, json={"display_name": marker, "phone": marker}, headers=anna.headers)

    assert client.delete(ME, headers=anna.headers).status_code == 204

    assert client.get(ME, headers=anna.headers).status_code == 401
    with instance.transactions.reading(SYSTEM) as reading:
        (summary,) = accounts.party_summaries(reading, [anna.id]).values()
        assert summary.name == "…"
        assert accounts.recipients(reading, anna.id) == []
        assert accounts.contact(reading, anna.id).phone is None
        assert accounts.standing(reading, anna.id).suspended
    again = {"email": "anna@example.org", "password": PASSWORD}
    assert client.post("/api/v1/sessions", json=again).status_code == 401


def test_the_last_owner_cannot_go_while_others_are_there(client, instance, anna):
    bert = signed_in_person(instance, "Bert")
    garden = client.post("/api/v1/organisations", json={"name": "Garden"}, headers=anna.headers).json()
    members = f"/api/v1/organisations/{garden['id']}/members"
    with instance.transactions.writing(SYSTEM) as work:
        accounts.admit(work, UUID(garden["id"]), bert.id, MemberRole.MEMBER)

    assert client.delete(ME, headers=anna.headers).json()["code"] == "last_owner"
    client.patch(f"{members}/{bert.id}", json={"role": "owner"}, headers=anna.headers)
    assert client.delete(ME, headers=anna.headers).status_code == 204

    assert (
        client.get(f"/api/v1/organisations/{garden['id']}", headers=bert.headers).json()["my_role"] == "owner"
    )


def test_an_organisation_goes_with_its_only_member(client, anna):
    garden = client.post("/api/v1/organisations", json={"name": "Garden"}, headers=anna.headers).json()

    client.delete(ME, headers=anna.headers)

    assert client.get(f"/api/v1/organisations/{garden['id']}").status_code == 404


def test_the_first_admin_shows_the_operators_token_once(client, instance, anna):
    with instance.transactions.writing(SYSTEM) as work:
        token = accounts.first_admin_token(work)

    claimed = client.post(f"{ME}/staff-role", json={"token": token}, headers=anna.headers)

    assert claimed.json()["staff"] == "admin"
    bert = signed_in_person(instance, "Bert")
    assert client.post(f"{ME}/staff-role", json={"token": token}, headers=bert.headers).status_code == 422


def test_the_instance_introduces_itself(client):
    answer = client.get("/api/v1/instance")

    assert answer.json()["region"]["name"] == "Leipzig"
    assert answer.headers["cache-control"] == "public, max-age=60"

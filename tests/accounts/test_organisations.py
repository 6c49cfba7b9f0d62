"""Organisations: founding, editing, joining, roles, leaving."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kernel.actor import StaffRole
from tests.factories.accounts import signed_in_person
from tests.factories.mail import text_of

HOME = "/api/v1/organisations"


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna")


@pytest.fixture
def bert(instance):
    return signed_in_person(instance, "Bert")


@pytest.fixture
def garden(client, anna):
    """An organisation that Anna founded: its address."""
    body = {"name": "Community garden", "email": "garden@example.org"}
    return client.post(HOME, json=body, headers=anna.headers).headers["location"]


def add(client, garden, by, whom, role="member"):
    body = {"person_id": str(whom.id), "role": role}
    return client.post(f"{garden}/members", json=body, headers=by.headers)


@pytest.fixture
def ada(instance):
    """An admin, who may let somebody in at once."""
    return signed_in_person(instance, "Ada", staff=StaffRole.ADMIN)


def test_who_founds_it_owns_it(client, anna):
    answer = client.post(HOME, json={"name": "Community garden"}, headers=anna.headers)

    assert (answer.status_code, answer.json()["my_role"]) == (201, "owner")
    assert client.get(answer.headers["location"]).json()["name"] == "Community garden"


def test_contact_data_is_for_its_members(client, garden, anna, bert):
    assert client.get(garden, headers=anna.headers).json()["email"] == "garden@example.org"
    assert client.get(garden, headers=bert.headers).json()["email"] is None
    assert client.get(garden).json()["email"] is None


def test_editing_names_the_version_seen(client, garden, anna, bert):
    seen = {"If-Match": client.get(garden).headers["etag"]}

    assert client.patch(garden, json={"name": "G"}, headers=anna.headers).status_code == 428
    assert client.patch(garden, json={"name": "G"}, headers=bert.headers | seen).status_code == 403
    changed = client.patch(garden, json={"name": "G", "email": None}, headers=anna.headers | seen)
    assert (changed.json()["name"], changed.json()["email"], changed.json()["version"]) == ("G", None, 2)
    assert client.patch(garden, json={"name": "H"}, headers=anna.headers | seen).status_code == 412


@pytest.mark.parametrize("field", ["name", "description"])
def test_what_an_organisation_must_have_cannot_be_null(client, garden, anna, field):
    assert (
        client.patch(garden, json={field: None}, headers=anna.headers | {"If-Match": "*"}).status_code == 422
    )


def test_one_sees_ones_own_page_by_page(client, anna, bert):
    for number in range(3):
        client.post(HOME, json={"name": f"Club {number}"}, headers=anna.headers)
    client.post(HOME, json={"name": "Bert's"}, headers=bert.headers)

    first = client.get(f"{HOME}?mine=true&limit=2", headers=anna.headers).json()
    second = client.get(f"{HOME}?mine=true&limit=2&after={first['next']}", headers=anna.headers).json()

    assert [club["name"] for club in first["items"] + second["items"]] == ["Club 0", "Club 1", "Club 2"]
    assert second["next"] is None
    assert client.get(f"{HOME}?limit=2&after={first['next']}").json()["code"] == "bad_cursor"
    assert client.get(f"{HOME}?mine=true").status_code == 401


def test_members_are_for_members(client, garden, anna, bert, ada):
    assert client.get(f"{garden}/members", headers=bert.headers).status_code == 403

    assert add(client, garden, ada, bert).json()["name"] == "Bert"

    names = [
        member["name"] for member in client.get(f"{garden}/members", headers=bert.headers).json()["items"]
    ]
    assert names == ["Anna", "Bert"]
    assert add(client, garden, ada, bert).json()["code"] == "already_member"


def test_a_role_counts_from_the_next_request_on(client, garden, anna, bert, ada):
    seen = {"If-Match": "*"}
    add(client, garden, ada, bert)
    assert client.patch(garden, json={"name": "G"}, headers=bert.headers | seen).status_code == 403

    promoted = client.patch(f"{garden}/members/{bert.id}", json={"role": "manager"}, headers=anna.headers)

    assert promoted.json()["role"] == "manager"
    assert client.patch(garden, json={"name": "G"}, headers=bert.headers | seen).status_code == 200
    client.delete(f"{garden}/members/{bert.id}", headers=anna.headers)
    assert client.patch(garden, json={"name": "H"}, headers=bert.headers | seen).status_code == 403


def test_nobody_promotes_themselves(client, garden, anna, bert, ada):
    add(client, garden, ada, bert, "manager")

    refused = client.patch(f"{garden}/members/{bert.id}", json={"role": "owner"}, headers=bert.headers)

    assert refused.status_code == 403


def test_the_last_owner_stays(client, garden, anna, bert, ada):
    assert client.delete(f"{garden}/members/{anna.id}", headers=anna.headers).json()["code"] == "last_owner"
    stepping_down = client.patch(f"{garden}/members/{anna.id}", json={"role": "member"}, headers=anna.headers)
    assert stepping_down.json()["code"] == "last_owner"
    add(client, garden, ada, bert, "owner")
    assert client.delete(f"{garden}/members/{anna.id}", headers=anna.headers).status_code == 204


def test_of_two_owners_leaving_at_once_one_stays(client, garden, anna, bert, ada):
    add(client, garden, ada, bert, "owner")

    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(
                lambda one: client.delete(f"{garden}/members/{one.id}", headers=one.headers), (anna, bert)
            )
        )

    assert sorted(answer.status_code for answer in answers) == [204, 409]


def test_somebody_invited_by_mail_joins_by_the_token(client, garden, anna, bert, mailbox, run_jobs):
    body = {"email": "someone@example.org", "role": "manager"}
    invited = client.post(f"{garden}/members", json=body, headers=anna.headers)
    run_jobs()
    token = mailbox.token_to("someone@example.org")

    assert (invited.json()["status"], invited.json()["person_id"]) == ("invited", None)
    assert "Anna" in text_of(mailbox.last_to("someone@example.org"))
    joined = client.post("/api/v1/me/organisations", json={"token": token}, headers=bert.headers)
    assert (joined.json()["name"], joined.json()["role"]) == ("Community garden", "manager")
    again = client.post("/api/v1/me/organisations", json={"token": token}, headers=bert.headers)
    assert again.json()["code"] == "token_spent"


def test_inviting_says_nothing_about_accounts(client, garden, anna, bert):
    known, unknown = (
        client.post(f"{garden}/members", json={"email": email, "role": "member"}, headers=anna.headers)
        for email in ("bert@example.org", "nobody@example.org")
    )

    assert known.json().keys() == unknown.json().keys()
    assert {**known.json(), "since": 0} == {**unknown.json(), "since": 0}


def test_nobody_becomes_a_member_without_having_agreed(client, garden, anna, bert, mailbox, run_jobs):
    """Or else whoever saw somebody's id could make them an owner, and an organisation's promises would show their
    address.
    """
    invited = add(client, garden, anna, bert, "owner")
    run_jobs()

    assert (invited.status_code, invited.json()["status"], invited.json()["name"]) == (201, "invited", "Bert")
    assert client.get(garden, headers=bert.headers).json()["my_role"] is None
    token = mailbox.token_to(bert.email)
    client.post("/api/v1/me/organisations", json={"token": token}, headers=bert.headers)
    assert client.get(garden, headers=bert.headers).json()["my_role"] == "owner"


def test_a_stranger_finds_no_door(client, garden, anna, bert, ada):
    member = f"{garden}/members/{anna.id}"

    assert add(client, garden, bert, bert).status_code == 403
    assert client.patch(member, json={"role": "member"}, headers=bert.headers).status_code == 403
    assert client.delete(member, headers=bert.headers).status_code == 403
    assert add(client, garden, ada, bert, "owner").status_code == 201

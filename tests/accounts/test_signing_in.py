"""Signing in and out, a forgotten password, and patience with those who guess."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.api.cookies import COOKIE
from tests.factories.accounts import PASSWORD, signed_in_person

LOCAL = {"Origin": "http://testserver"}


def sign_in(client, email="anna@example.org", password=PASSWORD):
    client.cookies.clear()  # a program, not a browser
    return client.post("/api/v1/sessions", json={"email": email, "password": password})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def is_in(client, headers):
    return client.get("/api/v1/me", headers=headers).status_code == 200


@pytest.fixture
def anna(instance):
    return signed_in_person(instance, "Anna", with_password=True)


def test_a_browser_is_given_a_cookie_scripts_cannot_read(client, anna):
    answer = sign_in(client)

    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/api/v1/me").json()["email"] == "anna@example.org"
    assert client.delete("/api/v1/sessions/current", headers=LOCAL).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_unknown_addresses_and_wrong_passwords_are_refused_alike(client, anna, instance):
    signed_in_person(instance, "Nopassword")

    answers = [
        sign_in(client, email, "not this one at all")
        for email in ("anna@example.org", "nobody@example.org", "nopassword@example.org")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.json()["code"], answer.json()["detail"]) for answer in answers}) == 1


def test_signing_out_ends_this_session_only(client, anna):
    other = bearer(sign_in(client))
    client.cookies.clear()

    assert client.delete("/api/v1/sessions/current", headers=anna.headers).status_code == 204

    assert not is_in(client, anna.headers)
    assert is_in(client, other)


def test_signing_out_everywhere(client, anna):
    other = bearer(sign_in(client))
    client.cookies.clear()

    client.delete("/api/v1/sessions", headers=anna.headers)

    assert not is_in(client, anna.headers)
    assert not is_in(client, other)


def test_a_link_signs_in_once(client, anna, mailbox, run_jobs):
    asked = client.post("/api/v1/sessions/email-link", json={"email": "anna@example.org"})
    run_jobs()
    token = mailbox.token_to("anna@example.org")

    assert asked.status_code == 202
    assert client.post("/api/v1/sessions", json={"token": token}).status_code == 201
    again = client.post("/api/v1/sessions", json={"token": token}, headers=LOCAL)
    assert again.json()["code"] == "token_spent"


def test_of_rivals_with_one_link_one_gets_in(client, anna, mailbox, run_jobs):
    client.post("/api/v1/sessions/email-link", json={"email": "anna@example.org"})
    run_jobs()
    token = mailbox.token_to("anna@example.org")

    def use(_number):  # the winner's cookie lands in the jar that all share, so they speak as a page of ours
        return client.post("/api/v1/sessions", json={"token": token}, headers=LOCAL)

    with ThreadPoolExecutor(4) as rivals:
        answers = list(rivals.map(use, range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


def test_a_link_is_good_for_ten_minutes(client, anna, clock, mailbox, run_jobs):
    client.post("/api/v1/sessions/email-link", json={"email": "anna@example.org"})
    run_jobs()

    clock.turn(timedelta(minutes=10))

    token = mailbox.token_to("anna@example.org")
    assert client.post("/api/v1/sessions", json={"token": token}).status_code == 422


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, anna, mailbox, run_jobs):
    for path in ("sessions/email-link", "accounts/password-reset"):
        known = client.post(f"/api/v1/{path}", json={"email": "anna@example.org"})
        unknown = client.post(f"/api/v1/{path}", json={"email": "nobody@example.org"})
        assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    run_jobs()

    assert {mail["To"].addresses[0].addr_spec for mail in mailbox.mails} == {"anna@example.org"}


def test_a_new_password_by_mail_ends_every_session(client, anna, mailbox, run_jobs):
    client.post("/api/v1/accounts/password-reset", json={"email": "anna@example.org"})
    run_jobs()
    new = {"token": mailbox.token_to("anna@example.org"), "password": "seven swans on the canal"}

    assert client.post("/api/v1/accounts/password-reset", json=new).json() == {"status": "password_changed"}
    run_jobs()

    assert not is_in(client, anna.headers)
    assert sign_in(client).status_code == 401
    assert sign_in(client, password="seven swans on the canal").status_code == 201
    assert mailbox.last_to("anna@example.org")["Subject"] == "Your password was changed"
    assert client.post("/api/v1/accounts/password-reset", json=new, headers=LOCAL).status_code == 422


def test_a_sign_in_link_does_not_reset_a_password(client, anna, mailbox, run_jobs):
    client.post("/api/v1/sessions/email-link", json={"email": "anna@example.org"})
    run_jobs()
    wrong = {"token": mailbox.token_to("anna@example.org"), "password": "seven swans on the canal"}

    assert client.post("/api/v1/accounts/password-reset", json=wrong).status_code == 422


def test_changing_the_password_ends_all_other_sessions(client, anna):
    other = bearer(sign_in(client))
    client.cookies.clear()
    change = {"current_password": PASSWORD, "new_password": "seven swans on the canal"}

    assert client.post("/api/v1/me/password", json=change, headers=anna.headers).status_code == 204

    assert is_in(client, anna.headers)
    assert not is_in(client, other)


def test_a_stolen_token_does_not_change_the_password(client, anna):
    change = {"current_password": "guessed", "new_password": "seven swans on the canal"}

    assert client.post("/api/v1/me/password", json=change, headers=anna.headers).status_code == 401
    assert sign_in(client).status_code == 201


def test_who_guesses_waits_longer_each_time(client, anna, clock):
    guesses = [sign_in(client, password="guess").status_code for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    clock.turn(timedelta(seconds=2))
    assert sign_in(client, password="guess").status_code == 401

    waiting = sign_in(client, password=PASSWORD)

    assert waiting.status_code == 429
    assert 1 <= int(waiting.headers["retry-after"]) <= 3
    clock.turn(timedelta(seconds=3))
    assert sign_in(client).status_code == 201
    assert sign_in(client, password="guess").status_code == 401


def test_guessing_many_names_from_one_address_is_slowed_down(client):
    guesses = [sign_in(client, f"person{number}@example.org", "guess").status_code for number in range(11)]

    assert guesses == [401] * 10 + [429]


def test_parallel_guesses_are_counted_one_by_one(client, anna):
    with ThreadPoolExecutor(8) as guessers:
        answers = list(guessers.map(lambda _: sign_in(client, password="guess").status_code, range(12)))

    assert answers.count(401) == 5
    assert answers.count(429) == 7

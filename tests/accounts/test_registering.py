"""Coming to have an account. Nobody learns from us who has one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.factories.accounts import PASSWORD, signed_in_person
from tests.factories.mail import text_of

ANNA = {"email": "anna@example.org", "password": PASSWORD, "display_name": "Anna", "language": "en"}


def sign_in(client, email="anna@example.org", password=PASSWORD):
    client.cookies.clear()  # a program, not a browser
    return client.post("/api/v1/sessions", json={"email": email, "password": password})


def test_register_confirm_sign_in(client, mailbox, run_jobs):
    assert client.post("/api/v1/accounts", json=ANNA).status_code == 202
    run_jobs()
    token = mailbox.token_to("anna@example.org")
    assert client.post("/api/v1/accounts/verify", json={"token": token}).status_code == 204

    session = sign_in(client).json()
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {session['access_token']}"}).json()

    assert (me["email"], me["display_name"], me["language"]) == ("anna@example.org", "Anna", "en")
    assert session["token_type"] == "bearer"


def test_without_the_mail_there_is_no_way_in(client, mailbox, run_jobs):
    client.post("/api/v1/accounts", json=ANNA)

    refused = sign_in(client)
    run_jobs()

    assert (refused.status_code, refused.json()["code"]) == (403, "email_unconfirmed")
    assert len(mailbox.to("anna@example.org")) == 2
    assert sign_in(client, password="something else").json()["code"] == "credentials_wrong"


def test_a_known_address_answers_like_a_new_one_and_only_its_owner_hears(client, instance, mailbox, run_jobs):
    signed_in_person(instance, "Anna", with_password=True)

    known = client.post("/api/v1/accounts", json={**ANNA, "password": "an attacker's own choice"})
    new = client.post("/api/v1/accounts", json={**ANNA, "email": "bert@example.org"})
    run_jobs()

    assert (known.status_code, known.json()) == (new.status_code, new.json())
    assert known.headers.keys() == new.headers.keys()
    assert mailbox.last_to("anna@example.org")["Subject"] == "You have an account already"
    assert sign_in(client).status_code == 201


def test_upper_and_lower_case_are_one_address(client, instance, mailbox, run_jobs):
    signed_in_person(instance, "Anna", with_password=True)

    client.post("/api/v1/accounts", json={**ANNA, "email": "ANNA@Example.org"})
    run_jobs()

    assert len(mailbox.to("anna@example.org")) == 1
    assert sign_in(client, email="Anna@EXAMPLE.org").status_code == 201


def test_of_two_registrations_the_latest_counts_and_only_its_mail(client, mailbox, run_jobs):
    client.post("/api/v1/accounts", json={**ANNA, "password": "a squatter's password"})
    run_jobs()
    squatters = mailbox.token_to("anna@example.org")
    client.post("/api/v1/accounts", json=ANNA)
    run_jobs()

    assert client.post("/api/v1/accounts/verify", json={"token": squatters}).status_code == 422
    token = mailbox.token_to("anna@example.org")
    assert client.post("/api/v1/accounts/verify", json={"token": token}).status_code == 204
    assert sign_in(client, password="a squatter's password").status_code == 401
    assert sign_in(client).status_code == 201


def test_of_rivals_with_one_address_nobody_fails_and_one_account_comes_of_it(client, mailbox, run_jobs):
    with ThreadPoolExecutor(4) as rivals:
        answers = list(rivals.map(lambda _: client.post("/api/v1/accounts", json=ANNA).status_code, range(4)))
    run_jobs()
    client.post("/api/v1/accounts/verify", json={"token": mailbox.token_to("anna@example.org")})

    assert answers == [202] * 4
    assert sign_in(client).status_code == 201


def test_a_squatter_is_locked_out_by_whoever_reads_the_mail(client, mailbox, run_jobs):
    client.post("/api/v1/accounts", json={**ANNA, "password": "a squatter's password"})
    client.post("/api/v1/sessions/email-link", json={"email": "anna@example.org"})
    run_jobs()

    assert (
        client.post("/api/v1/sessions", json={"token": mailbox.token_to("anna@example.org")}).status_code
        == 201
    )
    assert sign_in(client, password="a squatter's password").status_code == 401


@pytest.mark.parametrize("later", [timedelta(days=3), timedelta(days=4)])
def test_a_confirmation_comes_in_time_or_not_at_all(client, clock, mailbox, run_jobs, later):
    client.post("/api/v1/accounts", json=ANNA)
    run_jobs()
    token = mailbox.token_to("anna@example.org")

    clock.turn(later)

    spent = client.post("/api/v1/accounts/verify", json={"token": token})
    assert (spent.status_code, spent.json()["code"]) == (422, "token_spent")


def test_who_never_confirms_is_forgotten(client, instance, clock, mailbox, run_jobs):
    client.post("/api/v1/accounts", json=ANNA)
    run_jobs()

    clock.turn(timedelta(days=15))
    run_jobs()

    assert sign_in(client).json()["code"] == "credentials_wrong"


@pytest.mark.parametrize(
    "password",
    ["short", "passwordpassword", "qwertzuiop12", "aaaaaaaaaaaaaaaaaaaa", "anna@example.org", "x" * 257],
)
def test_a_password_that_is_guessed_first_is_refused(client, password):
    refused = client.post("/api/v1/accounts", json={**ANNA, "password": password})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/password")
    assert password not in refused.text


def test_every_character_of_a_long_password_counts(client, mailbox, run_jobs):
    long = "thirteen geese walk slowly over the market and nobody minds them at all"
    client.post("/api/v1/accounts", json={**ANNA, "password": long})
    run_jobs()
    client.post("/api/v1/accounts/verify", json={"token": mailbox.token_to("anna@example.org")})

    assert sign_in(client, password=long[:-1]).status_code == 401
    assert sign_in(client, password=long).status_code == 201


def test_mails_to_one_address_have_an_end(client, mailbox, run_jobs):
    answers = [client.post("/api/v1/accounts", json=ANNA).status_code for _ in range(6)]

    assert answers == [202] * 5 + [429]


def test_the_mail_speaks_its_readers_language_and_names_one_step(client, mailbox, run_jobs):
    client.post("/api/v1/accounts", json=ANNA)
    run_jobs()

    mail = mailbox.last_to("anna@example.org")

    assert mail["Content-Language"] == "en"
    assert text_of(mail).count("http://testserver/confirm?token=") == 1

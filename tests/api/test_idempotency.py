"""The same request twice has one effect."""

from concurrent.futures import ThreadPoolExecutor

import pytest

KEY = {"idempotency-key": "1c8e4c4e-a-key"}


def test_a_repeated_request_gets_the_stored_answer(client, noted):
    first = client.post("/probes", json={"text": "a"}, headers=KEY)
    second = client.post("/probes", json={"text": "a"}, headers=KEY)

    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["etag"] == first.headers["etag"]
    assert noted() == 1


def test_a_key_used_for_something_else_is_refused(client, noted):
    client.post("/probes", json={"text": "a"}, headers=KEY)

    other = client.post("/probes", json={"text": "b"}, headers=KEY)

    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert noted() == 1


def test_another_address_is_another_scope(client, noted):
    client.post("/probes", json={"text": "a"}, headers=KEY)
    client.post("/probes/fleeting", json={"text": "a"}, headers=KEY)

    assert noted() == 2


def test_a_refusal_is_not_stored(client):
    refused = client.post("/probes", json={"text": "refuse"}, headers=KEY)
    accepted = client.post("/probes", json={"text": "a"}, headers=KEY)

    assert (refused.status_code, accepted.status_code) == (404, 201)


def test_some_answers_are_never_stored(client, noted):
    for _ in range(2):
        client.post("/probes/fleeting", json={"text": "a"}, headers=KEY)

    assert noted() == 2


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "tab\tinside"])
def test_a_key_that_is_none_is_refused(client, key):
    assert client.post("/probes", json={"text": "a"}, headers={"idempotency-key": key}).status_code == 422


def test_a_hundred_at_once_have_one_effect_and_equal_answers(client, noted):
    with ThreadPoolExecutor(100) as pool:
        answers = list(
            pool.map(lambda _: client.post("/probes", json={"text": "a"}, headers=KEY), range(100))
        )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 99
    assert noted() == 1


def test_old_answers_are_forgotten(client, clock, run_jobs, noted):
    from datetime import timedelta

    client.post("/probes", json={"text": "a"}, headers=KEY)
    clock.turn(timedelta(days=8))
    run_jobs()

    client.post("/probes", json={"text": "a"}, headers=KEY)

    assert noted() == 2

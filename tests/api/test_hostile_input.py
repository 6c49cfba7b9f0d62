"""Whatever strangers send gets a clear 4xx, and nothing of it is echoed or kept."""

import pytest

from tests import hostile

HOSTILE = hostile.BODIES | {"nothing": b""}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused_with_a_problem(client, noted, body):
    answer = client.post("/probes", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert noted() == 0


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_not_read_as_json(client, kind):
    headers = {"content-type": kind} if kind else {}

    answer = client.post("/probes", content=b'{"text": "a"}', headers=headers)

    assert answer.status_code == 415


def test_what_was_sent_is_not_echoed(client):
    answer = client.post("/probes", json={"text": "a", "password": "hunter2hunter2"})

    assert answer.status_code == 422
    assert "hunter2" not in answer.text
    assert answer.json()["errors"][0]["pointer"] == "/password"


@pytest.mark.parametrize(
    "query", ["?unknown=1", "?limit=1&limit=2", "?after=%00", "?limit=0", "?limit=101", "?limit=x", "?x%00=1"]
)
def test_unknown_repeated_and_impossible_parameters_are_refused(client, query):
    answer = client.get(f"/probes{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_nul_in_the_path_is_refused(client):
    assert client.get("/probes/a%00b").status_code == 422


def test_too_large_a_body_is_refused_whether_announced_or_not(client, settings):
    def chunks():
        for _ in range(settings.max_body_bytes // 10_000 + 2):
            yield b"x" * 10_000

    headers = {"content-type": "application/json"}
    announced = client.post("/probes", content=b"x" * (settings.max_body_bytes + 1), headers=headers)
    streamed = client.post("/probes", content=chunks(), headers=headers)

    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert announced.json()["type"] == "/problems/too-large"

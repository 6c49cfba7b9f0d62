"""Whatever strangers send gets a clear 4xx, and nothing of it is echoed or kept."""

import pytest

HOSTILE = {
    "an escaped NUL": rb'{"text": "a\u0000b"}',
    "a raw NUL": b'{"text": "a\x00b"}',
    "half a character": rb'{"text": "\ud800"}',
    "half a character as key": rb'{"\ud800": 1}',
    "NaN": b'{"text": "a", "count": NaN}',
    "Infinity": b'{"text": "a", "count": Infinity}',
    "a float beyond all": b'{"text": "a", "count": 1e999}',
    "an integer of 5000 digits": b'{"text": "a", "count": ' + b"9" * 5000 + b"}",
    "an integer beyond 2^63": b'{"text": "a", "count": 9223372036854775808}',
    "a hundred thousand arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested objects": b'{"text": ' * 200 + b"1" + b"}" * 200,
    "a key twice": b'{"text": "a", "text": "b"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "Latin-1": '{"text": "\u00e4"}'.encode("latin-1"),
    "no JSON": b"text=a",
    "half a JSON": b'{"text": "a"',
    "an array": b'["a"]',
    "a naive time": b'{"text": "a", "at": "2026-11-28T10:00:00"}',
    "a time as number": b'{"text": "a", "at": 1795000000}',
    "a time as digits": b'{"text": "a", "at": "1795000000"}',
    "a year beyond all": b'{"text": "a", "at": "99999-01-01T00:00:00Z"}',
    "the first moment, eastwards": b'{"text": "a", "at": "0001-01-01T00:00:00+14:00"}',
    "an unknown field": b'{"text": "a", "owner": "me"}',
    "a number as text": b'{"text": 5}',
    "a truth as number": b'{"text": "a", "count": true}',
    "digits as number": b'{"text": "a", "count": "5"}',
    "nothing": b"",
}


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

"""The manners of every endpoint: versions, pages, caching, languages, methods, problems."""

import pytest
from fastapi.testclient import TestClient

from app.main import create_app


def test_a_created_thing_says_where_it_is(client):
    answer = client.post("/probes", json={"text": "a"})

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/probes/{answer.json()['id']}"


def test_a_commit_that_fails_is_never_answered_with_success(client, instance, monkeypatch, noted):
    from sqlmodel import Session

    def fail(_session):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Session, "commit", fail)
    answer = client.post("/probes", json={"text": "a"})
    monkeypatch.undo()

    assert answer.status_code == 500
    assert noted() == 0


def test_a_refusal_undoes_everything(client, noted):
    answer = client.post("/probes", json={"text": "refuse"})

    assert answer.status_code == 404
    assert noted() == 0


def test_a_mistake_of_ours_tells_an_id_and_nothing_else(client):
    answer = client.post("/probes", json={"text": "stumble"}, headers={"x-request-id": "find-me"})

    assert answer.status_code == 500
    assert answer.json()["request_id"] == "find-me"
    assert "secret" not in answer.text


def test_an_edit_without_a_version_is_428_and_with_an_old_one_412(client):
    without = client.patch("/probes/a", json={"text": "b"})
    stale = client.patch("/probes/a", json={"text": "b"}, headers={"if-match": '"2"'})
    garbage = client.patch("/probes/a", json={"text": "b"}, headers={"if-match": "three"})
    seen = client.get("/probes/a").headers["etag"]
    good = client.patch("/probes/a", json={"text": "b"}, headers={"if-match": seen})
    any_version = client.patch("/probes/a", json={"text": "b"}, headers={"if-match": "*"})

    statuses = [answer.status_code for answer in (without, stale, garbage, good, any_version)]
    assert statuses == [428, 412, 422, 200, 200]


def test_an_unchanged_thing_is_not_sent_again(client):
    etag = client.get("/probes/a").headers["etag"]

    again = client.get("/probes/a", headers={"if-none-match": f'"other", {etag}'})

    assert (again.status_code, again.content) == (304, b"")


def test_pages_link_to_the_next(client):
    first = client.get("/probes?limit=5")
    last = client.get("/probes", params={"limit": 5, "after": first.json()["next"]})

    assert first.headers["link"] == '<http://testserver/probes?limit=5&after=abc>; rel="next"'
    assert last.json()["next"] is None
    assert "link" not in last.headers


def test_public_reads_may_be_cached_and_others_not(client):
    assert client.get("/probes").headers["cache-control"] == "public, max-age=60"
    assert client.get("/probes/a").headers["cache-control"] == "no-store"


def test_head_answers_like_get_without_a_body(client):
    get, head = client.get("/probes/a"), client.head("/probes/a")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_a_wrong_method_hears_all_right_ones(client):
    answer = client.put("/probes/a", json={})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_content_has_no_body(client):
    answer = client.delete("/probes/a")

    assert (answer.status_code, answer.content) == (204, b"")


def test_endpoints_for_the_signed_in_refuse_strangers(client):
    answer = client.post("/probes/own", headers={"authorization": "Bearer nonsense"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [("en", "en"), ("de-AT,de;q=0.9", "de"), ("fr, en;q=0.5", "en"), ("", "de"), (";;q", "de")],
)
def test_problems_speak_the_readers_language(client, wanted, spoken):
    answer = client.get("/nowhere", headers={"accept-language": wanted})

    assert answer.status_code == 404
    assert answer.headers["content-language"] == spoken


def test_secure_headers_stand_on_every_answer(client):
    for answer in (
        client.get("/probes/a"),
        client.get("/nowhere"),
        client.post("/probes", json={"text": "stumble"}),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-request-id"]


class TestBrowsersElsewhere:
    """Frontends on other origins, which the operator named."""

    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"cors_origins": ["https://app.example"]})

    def test_a_named_origin_may_read_answers_and_errors(self, client):
        for answer in (
            client.get("/probes/a", headers={"origin": "https://app.example"}),
            client.post("/probes", json={"text": "stumble"}, headers={"origin": "https://app.example"}),
        ):
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
            assert "ETag" in answer.headers["access-control-expose-headers"]

    def test_another_origin_may_not(self, client):
        answer = client.get("/probes/a", headers={"origin": "https://evil.example"})

        assert "access-control-allow-origin" not in answer.headers


def test_the_openapi_document_names_problems_and_security(instance):
    with TestClient(create_app(instance=instance)) as caller:
        document = caller.get("/api/v1/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert "Problem" in document["components"]["schemas"]
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}


class TestRates:
    """Somebody who asks too often waits."""

    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"rate_per_minute": 3})

    def test_who_asks_too_often_hears_when_to_come_back(self, client):
        answers = [client.get("/probes/a") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
        assert answers[0].headers["ratelimit"].startswith('"default";r=2;t=')
        assert 1 <= int(answers[3].headers["retry-after"]) <= 60
        assert answers[3].json()["type"] == "/problems/too-many"

    def test_probes_are_always_answered(self, client):
        assert {client.get("/health/ready").status_code for _ in range(5)} == {200}

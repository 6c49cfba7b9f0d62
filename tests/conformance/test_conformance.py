"""`depot conformance` judges our own instance, over HTTP and as a stranger would; and its hands stay where they belong."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app import wiring
from app.bookings.rules.words import Action
from app.cli import cli
from app.conformance.rules import RULES
from app.conformance.rules_loans import ACTIONS
from app.main import create_app
from app.settings import Settings
from tests.conformance.judging import broken, judge, passed
from tests.serving import free_port, serving


@pytest.fixture
def judged_instance(database_url: str, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Our instance, served for the test, and a port it may call."""
    port, callback = free_port(), free_port()
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        data_dir=tmp_path,
        public_url=f"http://127.0.0.1:{port}",
        outbound_allow=[f"127.0.0.1:{callback}"],
        federation_poll_seconds=1,
        log_level="error",
        rate_per_minute=0,
        max_active_bookings=0,
        test_control=True,
        federation_commands_a_minute=100_000,
    )
    instance = wiring.open_instance(settings)
    with serving(create_app(instance=instance), port=port) as url:
        yield url, callback
    instance.close()


def test_our_instance_keeps_every_rule_that_can_be_judged_from_outside(
    judged_instance: tuple[str, int],
) -> None:
    url, callback = judged_instance

    verdicts = judge(url, callback=callback, control=f"{url}/dfp-test/v1")

    assert broken(verdicts) == {}
    assert len(passed(verdicts)) >= 58


def test_the_suite_tries_every_action_there_is() -> None:
    assert {*Action} <= {*ACTIONS}


def test_every_rule_of_the_suite_has_a_verdict_and_a_name_of_its_own() -> None:
    names = [rule.name for rule in RULES]

    assert len(names) == len(set(names))
    assert {f"T-{number:02}" for number in range(1, 53)} <= set(names)


class TestTheTestControl:
    def test_is_refused_for_an_instance_that_others_can_reach(self) -> None:
        with pytest.raises(ValidationError, match="loopback"):
            Settings(_env_file=None, public_url="https://leipzig.example", test_control=True)

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_is_not_there_unless_it_was_asked_for(self, client: httpx.Client) -> None:
        assert client.get("/dfp-test/v1").status_code == 404
        assert client.post("/dfp-test/v1/invite", json={}).status_code == 404

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_answers_only_programs_of_this_machine(self, judged_instance: tuple[str, int]) -> None:
        url, _ = judged_instance
        there = f"{url}/dfp-test/v1"

        assert "invite" in httpx.get(there).json()["can"]
        for headers in ({"Host": "evil.example"}, {"Content-Type": "text/plain"}):
            refused = httpx.post(f"{there}/invite", content=b"{}", headers=headers)
            assert refused.status_code == 403
        good = {"Content-Type": "application/json"}
        assert httpx.post(f"{there}/levitate", content=b"{}", headers=good).status_code == 404
        assert httpx.post(f"{there}/clock", content=b'{"wrong": 1}', headers=good).status_code == 422


class TestTheCommand:
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_says_of_every_rule_how_it_stands_and_why(self, judged_instance: tuple[str, int]) -> None:
        url, _ = judged_instance

        told = CliRunner().invoke(cli, ["conformance", url, "--json"])
        verdicts = {one["rule"]: one for one in map(json.loads, told.stdout.splitlines())}

        assert told.exit_code == 0, told.output
        assert verdicts.keys() == {rule.name for rule in RULES}
        assert verdicts["L1-keys"]["result"] == "passed"
        assert verdicts["T-02"]["result"] == "not judged"
        assert "--invite" in verdicts["T-02"]["reason"]

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["ftp://depot.example"], "not the address of an instance"),
            (["http://127.0.0.1:9", "--invite", "hello"], "This is not an invite"),
            (["http://127.0.0.1:9", "--control", "http://127.0.0.1:9"], "cannot be judged"),
            (["http://127.0.0.1:9", "--only", "T-99"], "There is no rule T-99"),
            (["http://127.0.0.1:9", "--listen", "here"], "not host:port"),
        ],
    )
    def test_refuses_in_one_sentence(
        self, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from app.cli import main

        with pytest.raises(SystemExit) as ended:
            main(["conformance", *arguments])

        told = capsys.readouterr().err
        assert ended.value.code == 1
        assert sentence in told
        assert len(told.strip().splitlines()) == 1

    def test_fails_where_nobody_answers(self) -> None:
        told = CliRunner().invoke(cli, ["conformance", "http://127.0.0.1:9", "--only", "L1-keys"])

        assert told.exit_code == 1
        assert "FAILED      L1-discovery" in told.stdout


def test_the_judge_shares_nothing_with_the_house() -> None:
    """Not even through the standard library's ways around the floors."""
    folder = Path(sys.modules["app.conformance"].__file__ or "").parent
    foreign = [
        line
        for path in folder.glob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "importlib" in line
        or (line.startswith(("from app", "import app")) and "app.conformance" not in line)
    ]

    assert foreign == []

"""Two operators pair their instances from the command line, over real HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.cli.schema import opened
from app.main import create_app
from app.settings import Settings
from tests.cli.conftest import Outcome
from tests.serving import free_port, serving

Operator = Callable[..., Outcome]


@pytest.fixture
def operator(
    depot: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, int, int], Operator]:
    """Somebody at the terminal of an instance of this name and port, which may call another port."""

    def sit_down(name: str, port: int, partner_port: int) -> Operator:
        def run(*words: str) -> Outcome:
            monkeypatch.setenv("DEPOT_NAME", name)
            monkeypatch.setenv("DEPOT_DATABASE_URL", f"sqlite:///{tmp_path / name}.db")
            monkeypatch.setenv("DEPOT_PUBLIC_URL", f"http://127.0.0.1:{port}")
            monkeypatch.setenv("DEPOT_OUTBOUND_ALLOW", f'["127.0.0.1:{partner_port}"]')
            return depot("partners", *words)

        return run

    return sit_down


@pytest.fixture
def leipzig_and_halle(operator) -> Iterator[tuple[Operator, Operator]]:
    """Two operators whose instances are serving."""
    here, there = free_port(), free_port()
    operators = operator("Leipzig", here, there), operator("Halle", there, here)
    with ExitStack() as stack:
        for ask, port in zip(operators, (here, there), strict=True):
            ask("list")  # the first command makes the database
            instance = stack.enter_context(opened(Settings(_env_file=None)))
            stack.enter_context(serving(create_app(instance=instance), port=port))
        yield operators


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pairing_polling_suspending_and_ending(leipzig_and_halle):
    leipzig, halle = leipzig_and_halle

    invited = leipzig("invite")
    accepted = halle("accept", invited.said.strip())
    polled = halle("poll", "Leipzig")
    suspended = halle("suspend", "Leipzig")
    resumed = halle("resume", "Leipzig")
    ended = halle("end", "Leipzig", "--yes")

    assert invited.code == 0, invited.remarked
    assert accepted.said.startswith("Leipzig (http://127.0.0.1:"), accepted.remarked
    assert "Leipzig  active, fresh" in polled.said
    assert "listing: 0 known, read" in polled.said
    assert "Leipzig  suspended" in suspended.said
    assert "Leipzig  active" in resumed.said
    assert "Leipzig  ended" in ended.said
    assert "Halle" in leipzig("list").said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_looking_first_granting_less_and_changing_it_later(leipzig_and_halle):
    leipzig, halle = leipzig_and_halle
    invite = leipzig("invite", "--review", "--grant", "listing.read").said.strip()

    accepted = halle("accept", invite, "--grant", "request.create")
    too_early = halle("poll", "Leipzig")
    confirmed = leipzig("confirm", "Halle")
    again = leipzig("confirm", "Halle")
    granted = leipzig("grants", "Halle", "--grant", "request.create")

    assert "has to confirm it" in accepted.said, accepted.remarked
    assert "Leipzig  pending" in too_early.said
    assert "Halle  active" in confirmed.said
    assert (again.code, again.remarked) == (1, "A partnership that is active cannot confirm.\n")
    assert "They may here: ask for them. We may there: ask for them." in granted.said
    shown = leipzig("show", "Halle").said
    assert "Their catalogue: 0 known, never read." in shown
    assert "Our residents' requests there: 0 known" in shown
    assert leipzig("release", "Halle").remarked == "Nothing is held back at this partner.\n"
    assert leipzig("quarantine").remarked == "Nothing was put aside.\n"
    elsewhere = leipzig("meet-at", "Halle", "http://10.0.0.1")
    assert elsewhere.code == 1
    assert elsewhere.remarked.startswith("The other instance could not be reached")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_partner_nobody_knows_and_an_invite_that_is_none_are_refused(operator):
    halle = operator("Halle", free_port(), 1)

    for outcome in (halle("suspend", "Dresden"), halle("accept", "nonsense")):
        assert outcome.code == 1
        assert outcome.remarked.count("\n") == 1
    assert halle("suspend", "Dresden").remarked == "No partner is known as Dresden.\n"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_invite_from_an_instance_that_is_away_is_one_sentence(operator):
    port = free_port()
    invite = operator("Leipzig", port, 1)("invite").said.strip()

    outcome = operator("Halle", free_port(), port)("accept", invite)

    assert outcome.code == 1
    assert outcome.remarked.startswith("The other instance could not be reached")
    assert outcome.remarked.count("\n") == 1

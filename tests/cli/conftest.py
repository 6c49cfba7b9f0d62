"""Commands are run as `main` runs them, against this test's own database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main


@dataclass(frozen=True)
class Outcome:
    code: int
    said: str
    remarked: str


@pytest.fixture
def depot(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run `depot …` in this process; answers its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEPOT_DATABASE_URL", database_url)
    monkeypatch.setenv("DEPOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DEPOT_LOG_LEVEL", "error")

    def run(*words: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), said.out, said.err)

    return run

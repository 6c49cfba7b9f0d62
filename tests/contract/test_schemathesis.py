"""Schemathesis, all checks, against a real server: no answer the document does not know, and never a 5xx."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.main import create_app
from tests.contract import world as worlds
from tests.factories.accounts import signed_in_person
from tests.serving import serving

HERE = Path(__file__).parent


@pytest.fixture
def fuzz(instance, world, tmp_path):
    """Run schemathesis as Anna, so many cases an operation; answers what it printed and whether all was well."""
    leavers = [signed_in_person(instance, f"Leaver {number}").token for number in range(200)]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HERE.parents[1]),
        "SCHEMATHESIS_HOOKS": "tests.contract.fuzzing",
        "TOKEN": world.anna.token,
        "LEAVERS": " ".join(leavers),
    }

    def run(cases: int) -> subprocess.CompletedProcess[str]:
        with serving(create_app(instance=instance)) as address:
            return subprocess.run(
                [
                    Path(sys.executable).parent / "st",
                    "--no-color",
                    f"--config-file={HERE / 'fuzzing.toml'}",
                    "run",
                ]
                + [f"{address}/api/v1/openapi.json", f"--header=Authorization: Bearer {world.anna.token}"]
                + ["--checks=all", f"--max-examples={cases}", "--seed=1", "--suppress-health-check=all"],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

    return run


def test_a_few_strange_calls_of_every_operation_are_answered_as_documented(fuzz):
    found = fuzz(8)

    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr


@pytest.mark.long
def test_fifty_strange_calls_of_every_operation_are_answered_as_documented(fuzz):
    found = fuzz(50)

    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr

"""Schemathesis, all checks, against a real server: no answer the document does not know, and never a 5xx."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.main import create_app
from tests.contract.document import OPERATIONS
from tests.contract.world import NOON
from tests.factories.accounts import signed_in_person
from tests.serving import serving

HERE = Path(__file__).parent


def _bookings(client, world) -> list[str]:
    """Ben asks for Anna's listing on ten more days, so that there is something to answer."""
    ids = [world.ids["booking_id"]]
    for days in range(1, 11):
        starts_at = datetime.fromisoformat(NOON) + timedelta(days=days)
        body = {
            "listing_id": world.ids["listing_id"],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
        }
        answer = client.post("/api/v1/bookings", json=body, headers=world.ben.headers)
        ids.append(answer.json()["id"])
    return ids


@pytest.fixture
def fuzz(instance, client, world, tmp_path):
    """Run schemathesis as Anna, so many cases an operation."""
    things = {
        "listings": [world.ids["listing_id"]],
        "bookings": _bookings(client, world),
        "organisations": [world.ids["organisation_id"]],
        "people": [world.ids["person_id"]],
    }
    config = tmp_path / "fuzzing.toml"
    lines = [f"{name}.values = {json.dumps(ids)}\n" for name, ids in things.items()]
    config.write_text((HERE / "fuzzing.toml").read_text("utf-8") + "".join(lines))
    leavers = [signed_in_person(instance, f"Leaver {number}").token for number in range(300)]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HERE.parents[1]),
        "SCHEMATHESIS_HOOKS": "tests.contract.fuzzing",
        "TOKEN": world.anna.token,
        "LEAVERS": " ".join(leavers),
    }

    def run(cases: int) -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).parent / "st", "--no-color", f"--config-file={config}", "run"]
        options = ["--checks=all", f"--max-examples={cases}", "--seed=1", "--suppress-health-check=all"]
        options += [
            f"--exclude-operation-id={operation.id}" for operation in OPERATIONS if operation.is_stream
        ]
        with serving(create_app(instance=instance)) as address:
            return subprocess.run(
                [*command, f"{address}/api/v1/openapi.json", *options],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

    return run


def _assert_well(found, client, world):
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr
    still_there = client.get("/api/v1/me", headers=world.anna.headers)
    assert still_there.status_code == 200, "Whoever asked was gone before the end."


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it takes less than SQLite does
def test_a_few_strange_calls_of_every_operation_are_answered_as_documented(fuzz, client, world):
    _assert_well(fuzz(8), client, world)


@pytest.mark.long
def test_fifty_strange_calls_of_every_operation_are_answered_as_documented(fuzz, client, world):
    _assert_well(fuzz(50), client, world)

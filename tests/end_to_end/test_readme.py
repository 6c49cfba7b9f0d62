"""The README is true: its start line starts a town, and its walk-through leads from registering to the return."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.serving import free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ADDRESS = "127.0.0.1:8000"
PATIENCE = 120


def blocks_after(mark: str) -> list[str]:
    """The fenced blocks between a mark and the next heading."""
    [section] = re.findall(rf"^<!-- {mark} -->\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    return re.findall(r"^```\w+\n(.*?)^```", section, re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Town:
    """The demo as the README starts it, on a port of its own."""

    address: str
    log: Path

    def token_mailed_to(self, address: str) -> str:
        """The token of the mail to this address, once it is in the log."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.log.read_text("utf-8").splitlines():
                said = json.loads(line) if line.startswith("{") and line.endswith("}") else {}
                if said.get("event") == "mail" and said["to"] == address:
                    return re.findall(r"token=([\w-]+)", said["text"])[0]
            time.sleep(0.05)
        raise AssertionError("No mail was written to the log.")


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    """Started by the last command of the README's start line, in an empty folder and environment,
    but with a log that a program can read.
    """
    line = blocks_after("start")[0].strip()
    program, *arguments = shlex.split(line.split("&&")[-1])
    assert Path(program).name == "depot"
    port = free_port()
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "app", *arguments, f"--port={port}"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DEPOT_LOG_FORMAT": "json"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/ready", server, log)
        yield Town(f"127.0.0.1:{port}", log)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text("utf-8"))


def test_the_walk_through_leads_from_registering_to_the_return(town, tmp_path):
    script = tmp_path / "walk-through.sh"
    commands = "\n".join(blocks_after("walk-through")).replace(ADDRESS, town.address)
    script.write_text(f"set -euo pipefail\n{commands}", "utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

    with subprocess.Popen(["bash", script], cwd=tmp_path, **pipes) as walk:
        printed, complaints = walk.communicate(
            town.token_mailed_to("ada@example.org") + "\n", timeout=PATIENCE
        )

    assert walk.returncode == 0, printed + complaints
    found, last = _documents(printed)[-2:]
    assert [listing["title"] for listing in found["items"]] == ["Apple press"]
    assert "Karl-Heine" not in json.dumps(found)
    assert (last["state"], last["outcome"]) == ("completed", "fulfilled")
    assert [event["action"] for event in last["events"]] == [
        "request",
        "accept",
        "hand-over",
        "take-back",
        "complete",
    ]
    assert [record["kind"] for record in last["records"]] == ["hand_over", "return"]


def _documents(printed: str) -> list[dict]:
    """The JSON documents that were printed over several lines."""
    return [json.loads(text) for text in re.findall(r"^\{\n.*?^\}", printed, re.DOTALL | re.MULTILINE)]


def test_both_lines_are_one_line():
    for mark in ("start", "test"):
        assert blocks_after(mark)[0].count("\n") == 1

"""Two regions as two real server processes, with real files, a real loan, and both of them killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from app import wiring
from app.kernel.clock import SystemClock
from app.settings import Settings
from tests.conftest import ROOT
from tests.factories.accounts import Neighbour, signed_in_person
from tests.serving import free_port

PATIENCE = 60
TOOLS = ROOT / "tests" / "listings" / "data" / "tool-library-items.csv"
T = TypeVar("T")


@dataclass
class Server:
    """One region in a process of its own, which can be killed and started again."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command("serve", "--port", str(self.port)), cwd=ROOT, env=self.environment
        )
        wait_for(lambda: httpx.get(f"{self.url}/health/live").status_code == 200)

    def kill(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def command(self, *words: str) -> str:
        done = subprocess.run(
            self._command(*words), cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def resident(self, name: str) -> Neighbour:
        instance = wiring.open_instance(
            Settings(_env_file=None, database_url=self.environment["DEPOT_DATABASE_URL"])
        )
        try:
            return signed_in_person(instance, name)
        finally:
            instance.close()

    def get(self, path: str, who: Neighbour | None = None, **query: str) -> Any:
        answer = httpx.get(f"{self.url}{path}", params=query, headers=who.headers if who else {}, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, who: Neighbour, **body: Any) -> Any:
        answer = httpx.post(f"{self.url}{path}", json=body, headers=who.headers, timeout=20)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def only_booking(self, who: Neighbour) -> dict[str, Any]:
        [summary] = self.get("/api/v1/bookings", who)["items"]
        return dict(self.get(f"/api/v1/bookings/{summary['id']}", who))

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "app", *words]


def wait_for(look: Callable[[], T], patience: float = PATIENCE) -> T:
    """Look until what is hoped for is there; nobody answering is not there yet."""
    deadline = time.monotonic() + patience
    while True:
        with suppress(httpx.TransportError):
            found = look()
            if found:
                return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.3)  # more often, and the rate limit answers


@pytest.fixture
def servers(database_url: str, second_database_url: str, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Leipzig and Halle, serving."""
    ports = free_port(), free_port()

    def region(name: str, url: str, own: int, other: int) -> Server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
        return Server(
            environment
            | {
                "DEPOT_NAME": f"Depot {name}",
                "DEPOT_DATABASE_URL": url,
                "DEPOT_DATA_DIR": str(tmp_path / name),
                "DEPOT_PUBLIC_URL": f"http://127.0.0.1:{own}",
                "DEPOT_OUTBOUND_ALLOW": json.dumps([f"127.0.0.1:{other}"]),
                "DEPOT_FEDERATION_POLL_SECONDS": "2",
                "DEPOT_LOG_LEVEL": "error",
            },
            own,
        )

    leipzig = region("Leipzig", database_url, *ports)
    halle = region("Halle", second_database_url, *reversed(ports))
    with ExitStack() as stack:
        for server in (leipzig, halle):
            server.start()
            stack.callback(server.kill)
        yield leipzig, halle


def story(booking: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(event["action"], event["role"], event["state_after"]) for event in booking["events"]]


def test_a_loan_across_two_regions_survives_the_sudden_death_of_both(servers: tuple[Server, Server]) -> None:
    leipzig, halle = servers
    ben, hanna = leipzig.resident("Ben"), halle.resident("Hanna")

    halle.command("partners", "accept", leipzig.command("partners", "invite"))
    leipzig.command("import", str(TOOLS), "--mapping", "tool-library", "--owner", ben.email, "--yes")
    there = leipzig.get("/api/v1/listings", limit="1")["items"][0]
    [here] = wait_for(lambda: [it for it in everything(halle) if it["title"] == there["title"]])
    assert here["origin"]["instance"]
    assert here["origin"]["fresh_at"] is not None

    open_to_partners(leipzig, there["id"], ben)
    wait_for(lambda: halle.get(f"/api/v1/listings/{here['id']}")["federation"] == "bookable")
    leipzig.kill()
    start = SystemClock().now().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=3)
    halle.post(
        "/api/v1/bookings",
        hanna,
        listing_id=here["id"],
        starts_at=start.isoformat(),
        ends_at=(start + timedelta(days=2)).isoformat(),
        message="Für das Straßenfest",
    )
    assert halle.only_booking(hanna)["exchange"]["status"] == "sending"
    leipzig.start()
    wait_for(lambda: halle.only_booking(hanna)["exchange"]["status"] == "in_sync")

    act(leipzig, ben, "accept")
    wait_for(lambda: halle.only_booking(hanna)["state"] == "confirmed")
    wait_for(lambda: leipzig.only_booking(ben)["contact"]["email"] == hanna.email)

    halle.kill()
    act(leipzig, ben, "hand-over")
    halle.start()
    wait_for(lambda: halle.only_booking(hanna)["state"] == "handed_over")

    act(halle, hanna, "report-return")
    wait_for(lambda: leipzig.only_booking(ben)["state"] == "return_reported")
    act(leipzig, ben, "take-back")
    wait_for(lambda: halle.only_booking(hanna)["state"] == "returned")

    assert story(halle.only_booking(hanna)) == story(leipzig.only_booking(ben))


def everything(server: Server) -> list[dict[str, Any]]:
    """All that a visitor can find, page by page."""
    found, after = [], ""
    while True:
        page = server.get("/api/v1/listings", limit="100", **({"after": after} if after else {}))
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]


def open_to_partners(server: Server, listing_id: str, owner: Neighbour) -> None:
    answer = httpx.patch(
        f"{server.url}/api/v1/listings/{listing_id}",
        json={"federation": "bookable"},
        headers=owner.headers | {"If-Match": "*"},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text


def act(server: Server, who: Neighbour, action: str) -> None:
    server.post(f"/api/v1/bookings/{server.only_booking(who)['id']}/{action}", who)

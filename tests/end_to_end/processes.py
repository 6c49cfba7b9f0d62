"""Regions in processes of their own, their residents, and the commands of their staff."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.factories.mail import Mailbox
from tests.serving import free_port

PASSWORD = "vier gelbe Leitern im Keller"
PATIENCE = 180
"""Seconds. Whoever failed while it was killed is left alone for up to two minutes (`outbound/patience.py`)."""
Json = dict[str, Any]


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it never came")


@dataclass
class Person:
    """Somebody signed in somewhere."""

    region: "Region"
    email: str
    token: str = ""

    def ask(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> Json:
        answer = httpx.request(
            method,
            f"{self.region.url}/api/v1{path}",
            json=body,
            headers={"authorization": f"Bearer {self.token}"} | (headers or {}),
            timeout=60,
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def act(self, booking: str, action: str, **body: Any) -> Json:
        return self.ask("POST", f"/bookings/{booking}/{action}", body)

    def booking(self, booking: str) -> Json:
        return self.ask("GET", f"/bookings/{booking}")

    def sees(self, booking: str, state: str) -> Json:
        """The booking, as soon as this person sees it in this state."""
        return eventually(lambda: (found := self.booking(booking))["state"] == state and found)


@dataclass
class Region:
    """One instance of depot in processes of its own."""

    name: str
    folder: Path
    mailbox: Mailbox
    partner_ports: list[int]
    database_url: str = ""
    port: int = field(default_factory=free_port)
    public_port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its residents reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        """Where its partners reach it; another place only if something stands in between."""
        return f"http://127.0.0.1:{self.public_port or self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
        return inherited | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DEPOT_NAME": f"Depot {self.name}",
            "DEPOT_REGION": self.name,
            "DEPOT_PUBLIC_URL": self.public_url,
            "DEPOT_DATA_DIR": str(self.folder),
            "DEPOT_DATABASE_URL": self.database_url,
            "DEPOT_OUTBOUND_ALLOW": json.dumps([f"127.0.0.1:{port}" for port in self.partner_ports]),
            "DEPOT_FEDERATION_POLL_SECONDS": "1",
            "DEPOT_MAIL_HOST": "127.0.0.1",
            "DEPOT_MAIL_PORT": str(self.mailbox.port),
            "DEPOT_MAIL_SECURITY": "none",
            "DEPOT_LOG_LEVEL": "warning",
        }

    def depot(self, *words: str) -> str:
        """Run one command of the command line; what it said."""
        command = [sys.executable, "-m", "app", *words]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self) -> None:
        command = [sys.executable, "-m", "app", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, cwd=self.folder)
        eventually(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready").is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Pull the plug: SIGKILL, nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, if it is still there."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def resident(self, name: str) -> Person:
        """Somebody registers, reads the mail, confirms and signs in."""
        person = Person(self, f"{name.lower()}@example.org")
        told = {"email": person.email, "password": PASSWORD, "display_name": name, "language": "de"}
        httpx.post(f"{self.url}/api/v1/accounts", json=told).raise_for_status()
        eventually(lambda: self.mailbox.to(person.email))
        token = self.mailbox.token_to(person.email)
        httpx.post(f"{self.url}/api/v1/accounts/verify", json={"token": token}).raise_for_status()
        signed_in = httpx.post(
            f"{self.url}/api/v1/sessions", json={"email": person.email, "password": PASSWORD}
        ).raise_for_status()
        person.token = signed_in.json()["access_token"]
        return person


def pair(inviting: Region, accepting: Region) -> None:
    """The staff of one invite those of the other."""
    invite = next(word for word in inviting.depot("partners", "invite").split() if word.startswith("dfp1:"))
    accepting.depot("partners", "accept", invite)


def story(person: Person, booking: str) -> list[tuple[str, str, str]]:
    """What happened: every step, who took it and where it led."""
    return [
        (event["action"], event["role"], event["state_after"]) for event in person.booking(booking)["events"]
    ]

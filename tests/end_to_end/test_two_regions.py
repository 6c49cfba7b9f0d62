"""Two regions, one loan: two real processes that speak HTTP, real files, real mails, and each process killed once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kernel.clock import SystemClock
from tests import postgres
from tests.factories.mail import Mailbox, serving_mail
from tests.serving import free_port

HERE = Path(__file__).parents[1] / "listings" / "data"
DATA = next(
    (up / "shared" / "data" for up in Path(__file__).parents if (up / "shared" / "data").is_dir()), HERE
)
PASSWORD = "vier gelbe Leitern im Keller"
PATIENCE = 60
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

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = httpx.request(
            method,
            f"{self.region.url}/api/v1{path}",
            json=body,
            headers={"authorization": f"Bearer {self.token}"},
            timeout=20,
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
    partner_port: int
    database_url: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
        return inherited | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "DEPOT_NAME": f"Depot {self.name}",
            "DEPOT_REGION": self.name,
            "DEPOT_PUBLIC_URL": self.url,
            "DEPOT_DATA_DIR": str(self.folder),
            "DEPOT_DATABASE_URL": self.database_url,
            "DEPOT_OUTBOUND_ALLOW": f'["127.0.0.1:{self.partner_port}"]',
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


@pytest.fixture(params=["sqlite", "postgresql"])
def regions(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: postgres.Server
) -> Iterator[tuple[Region, Region]]:
    ports = free_port(), free_port()
    urls = [postgres_server.create() if request.param == "postgresql" else "" for _ in range(2)]
    with serving_mail() as mailbox:
        made = []
        for index, name in enumerate(["Leipzig", "Halle"]):
            folder = tmp_path / name
            folder.mkdir()
            made.append(Region(name, folder, mailbox, ports[1 - index], urls[index], ports[index]))
        try:
            for region in made:
                region.serve()
            yield made[0], made[1]
        finally:
            for region in made:
                if region.process is not None and region.process.poll() is None:
                    region.process.terminate()
                    region.process.wait(timeout=30)
    for url in filter(None, urls):
        postgres_server.drop(url)


def import_everything(leipzig: Region, owner: Person) -> None:
    for file, mapping, options in [
        ("leipzig-organisations.csv", "leipzig-organisations", []),
        ("leipzig-offers.csv", "leipzig-offers", ["--set", "kind=know_how"]),
        ("tool-library-items.csv", "tool-library", ["--set", "federation=bookable"]),
    ]:
        words = ["import", str(DATA / file), "--mapping", mapping, "--owner", owner.email, "--yes", *options]
        leipzig.depot(*words)


def pair(leipzig: Region, halle: Region) -> None:
    invite = next(word for word in leipzig.depot("partners", "invite").split() if word.startswith("dfp1:"))
    halle.depot("partners", "accept", invite)


def found_in(region: Region, words: str) -> Json | None:
    answer = httpx.get(f"{region.url}/api/v1/listings", params={"q": words, "limit": 1}, timeout=20)
    items = answer.raise_for_status().json()["items"]
    return items[0] if items else None


def story(person: Person, booking: str) -> list[tuple[str, str, str]]:
    """What happened: every step, who took it and where it led."""
    return [
        (event["action"], event["role"], event["state_after"]) for event in person.booking(booking)["events"]
    ]


def test_a_resident_of_halle_borrows_in_leipzig_and_brings_it_back(regions: tuple[Region, Region]) -> None:
    leipzig, halle = regions
    ada, ben = leipzig.resident("Ada"), halle.resident("Ben")
    import_everything(leipzig, ada)
    pair(leipzig, halle)

    plane = eventually(lambda: found_in(halle, "steel square"))
    assert plane["origin"]["instance"] != ""
    assert plane["origin"]["fresh_at"] is not None
    assert eventually(lambda: found_in(halle, "Familientreff"))["kind"] == "know_how"

    leipzig.kill()
    starts_at = (SystemClock().now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    asked = ben.ask(
        "POST",
        "/bookings",
        {
            "listing_id": plane["id"],
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(days=2)).isoformat(),
            "units": 1,
            "message": "Für den Kaninchenstall.",
        },
    )
    assert (asked["state"], asked["exchange"]["status"]) == ("requested", "sending")
    here = asked["id"]
    leipzig.serve()

    there = eventually(lambda: ada.ask("GET", "/bookings?role=provider")["items"])[0]["id"]
    assert ada.booking(there)["contact"] is None
    ada.act(there, "accept")
    promised = ben.sees(here, "confirmed")
    assert promised["contact"] is not None

    halle.kill()
    ada.act(there, "hand-over", units=1)
    halle.serve()
    ben.sees(here, "handed_over")

    ben.act(here, "report-return")
    ada.sees(there, "return_reported")
    ada.act(there, "take-back", units=1)
    ben.sees(here, "returned")
    ben.act(here, "complete")

    ended_there, ended_here = ada.sees(there, "completed"), ben.sees(here, "completed")
    assert ended_there["outcome"] == ended_here["outcome"] == "fulfilled"
    assert ended_here["exchange"]["status"] == "in_sync"
    assert story(ada, there) == story(ben, here)


def test_a_listing_that_is_withdrawn_disappears_from_the_other_region(regions: tuple[Region, Region]) -> None:
    leipzig, halle = regions
    ada = leipzig.resident("Ada")
    pair(leipzig, halle)
    chairs = {
        "purpose": "offer",
        "kind": "equipment",
        "title": "Zwanzig Klappstühle",
        "description": "Aus Holz.",
        "category": "chairs",
        "units": 20,
    }
    listing = ada.ask("POST", "/listings", chairs)["id"]
    ada.ask("POST", f"/listings/{listing}/publish")
    eventually(lambda: found_in(halle, "Klappstühle"))

    ada.ask("POST", f"/listings/{listing}/close", {"reason": "withdrawn"})

    eventually(lambda: found_in(halle, "Klappstühle") is None)

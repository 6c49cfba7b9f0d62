"""Two regions in one process, each a whole instance, connected by their own HTTP interfaces.

regions = Regions(leipzig, halle, clock, line)
regions.pair()
regions.settle()
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient

from app import wiring
from app.federation.schemas import PartnerRead
from app.federation.service import pairing, partners
from app.kernel.actor import SYSTEM
from app.kernel.clock import TurnableClock
from app.main import create_app
from app.outbound.http import Answer, Unreachable
from app.settings import Settings
from app.wiring import Instance


@dataclass
class Line:
    """The network between instances, with the faults that networks have.

    `intercept` sees every request and may raise or answer in the other side's place; `lose` may drop the answer
    to a request that did arrive; what ends like `lose_on_the_way` does not arrive. `sent` remembers what went
    over the line.
    """

    regions: dict[str, TestClient] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of the last request."""
    lose_on_the_way: str = "nothing is lost"
    intercept: Callable[[str, str, bytes], Answer | None] = lambda _method, _url, _body: None
    lose: Callable[[str, str], bool] = lambda _method, _url: False

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        max_bytes: int = 8_000_000,
    ) -> Answer:
        self.sent.append((method, url))
        self.headers = headers or {}
        if url.endswith(self.lose_on_the_way):
            raise Unreachable("it was lost on the way")
        answer = self.intercept(method, url, body)
        if answer is not None:
            return answer
        parts = urlsplit(url)
        region = self.regions.get(f"{parts.scheme}://{parts.netloc}")
        if region is None:
            raise Unreachable(f"{parts.netloc} does not answer")
        got = region.request(method, url, headers=dict(headers or {}), content=body, follow_redirects=False)
        if self.lose(method, url):
            raise Unreachable("the answer was lost")
        assert len(got.content) <= max_bytes
        return Answer(
            got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content
        )


@dataclass(frozen=True)
class Region:
    """One instance, a caller of its API, and the network it calls through."""

    instance: Instance
    client: TestClient
    line: Line

    def partner(self) -> PartnerRead:
        """Its only partner, as its staff sees it."""
        with self.instance.transactions.reading(SYSTEM) as reading:
            [partner] = partners.all_partners(reading).items
            return partner

    def invite(self) -> str:
        with self.instance.transactions.writing(SYSTEM) as work:
            return pairing.invite(work).invite

    def accept(self, invite: str) -> PartnerRead:
        return pairing.accept(self.instance.transactions, self.line, invite)

    def found(self, words: str) -> list[dict[str, Any]]:
        """What a visitor finds."""
        answer = self.client.get("/api/v1/listings", params={"q": words})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


@dataclass(frozen=True)
class Regions:
    """Leipzig and Halle."""

    leipzig: Region
    halle: Region
    clock: TurnableClock
    line: Line

    def pair(self) -> None:
        """Halle accepts an invite of Leipzig."""
        self.halle.accept(self.leipzig.invite())
        self.settle()

    def exchange(self) -> None:
        """Let a step at one counter reach the other: loans wait for no other news."""
        for _ in range(2):
            while self.leipzig.instance.runner.run_due() + self.halle.instance.runner.run_due():
                pass
            self.clock.turn(timedelta(seconds=2))

    def settle(self) -> None:
        """Let both regions work until they have nothing to say to each other, pauses between news included."""
        for _ in range(3):
            while self.leipzig.instance.runner.run_due() + self.halle.instance.runner.run_due():
                pass
            self.clock.turn(timedelta(seconds=11))


@contextmanager
def two_regions(
    database_urls: tuple[str, str], folder: Path, clock: TurnableClock, line: Line
) -> Iterator[Regions]:
    """Leipzig and Halle on databases of their own, not yet paired."""
    with ExitStack() as stack:

        def open_region(name: str, url: str) -> Region:
            settings = Settings(
                _env_file=None,
                name=f"Depot {name}",
                region=name,
                database_url=url,
                data_dir=folder / name,
                public_url=f"https://{name.lower()}.example",
                log_level="error",
                jobs="worker",
            )
            instance = wiring.open_instance(settings, clock=clock, http=line)
            stack.callback(instance.close)
            client = stack.enter_context(
                TestClient(create_app(instance=instance), base_url=settings.public_url)
            )
            line.regions[settings.public_url] = client
            return Region(instance, client, line)

        leipzig, halle = (
            open_region(name, url) for name, url in zip(("Leipzig", "Halle"), database_urls, strict=True)
        )
        yield Regions(leipzig, halle, clock, line)


def moved(region: Region, regions: Regions, public_url: str) -> Region:
    """The same region under another address; nobody answers at the old one."""
    settings = region.instance.settings.model_copy(update={"public_url": public_url})
    instance = wiring.open_instance(settings, clock=regions.clock, http=region.line)
    instance.prepare()
    client = TestClient(create_app(instance=instance), base_url=public_url)
    region.line.regions.pop(region.instance.settings.public_url)
    region.line.regions[public_url] = client
    return Region(instance, client, region.line)

"""Many clients at once. Each asks, with one key, until it has a definite answer, and every call is written down."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.factories.accounts import Neighbour

Row = dict[str, Any]
PATIENCE = 90.0
"""How many seconds a client asks for an answer before it gives up; then the run has failed."""


def tomorrow() -> datetime:
    """A whole hour of tomorrow, from which on things are wanted."""
    start = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 - the server runs by the machine's clock
    return start.replace(minute=0, second=0, microsecond=0)


@dataclass
class Crowd:
    """Callers of one server, what they heard, and who may answer them."""

    base: str
    may_answer: Callable[[int], bool]
    history: list[Row] = field(default_factory=list)
    errors: int = 0
    unexpected: int = 0
    strangers: set[int] = field(default_factory=set)

    def client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        return httpx.AsyncClient(base_url=self.base, limits=limits, timeout=60, trust_env=False)

    async def call(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        body: Row | None,
        headers: dict[str, str],
        **facts: Any,
    ) -> Row:
        """Ask until the answer is definite; what stands in the history is the last answer, sent as the first ask was."""
        first = time.monotonic()
        row: Row = {**facts, "sent": first, "answered": None, "status": None, "body": {}, "content": ""}
        self.history.append(row)
        while time.monotonic() < first + PATIENCE:
            try:
                answer = await client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                self.errors += 1
                await asyncio.sleep(0.05)
                continue
            pid = int(answer.headers["x-served-by"])
            if not self.may_answer(pid):
                self.strangers.add(pid)
            if answer.status_code < 500:
                row["answered"], row["status"] = time.monotonic(), answer.status_code
                row["body"], row["content"] = (
                    answer.json() if answer.content else {},
                    hashlib.sha256(answer.content).hexdigest(),
                )
                row["etag"] = answer.headers.get("etag")
                return row
            self.errors += 1
            self.unexpected += answer.status_code != 503
            await asyncio.sleep(0.1)
        return row

    async def create(
        self, client: httpx.AsyncClient, who: Neighbour, listing: str, start: datetime, end: datetime, units: int = 1,
        *, key: str | None = None,
    ) -> Row:  # fmt: skip
        """Ask for something; the purpose of the booking is the key, so that everybody can see whose it is."""
        key = key or str(uuid4())
        spoken = {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "units": units}
        body = {"listing_id": listing, "purpose": key, **spoken}
        headers = who.headers | {"Idempotency-Key": key}
        facts = {"listing": listing, "key": key, "who": str(who.id), **spoken}
        return await self.call(client, "POST", "/api/v1/bookings", body, headers, kind="create", **facts)

    async def act(self, client: httpx.AsyncClient, who: Neighbour, action: str, booking: Row) -> Row:
        """Take a step on a booking that somebody here has created."""
        key = str(uuid4())
        reason = {"reason": "because"} if action == "cancel" else {}
        facts = {name: booking[name] for name in ("listing", "starts_at", "ends_at", "units")}
        path = f"/api/v1/bookings/{booking['body']['id']}/{action}"
        headers = who.headers | {"Idempotency-Key": key}
        return await self.call(
            client,
            "POST",
            path,
            reason,
            headers,
            kind=action,
            key=key,
            booking=booking["body"]["id"],
            **facts,
        )

    def lines(self) -> str:
        return "\n".join(json.dumps(row) for row in self.history)


async def storm(
    crowd: Crowd, people: list[Neighbour], listing: str, units: int, windows: int, clients: int = 48
) -> None:
    """For each of so many windows, one after the other and each beginning as the one before ends, all at once want a unit."""
    async with crowd.client() as client:
        for number in range(windows):
            start = tomorrow() + timedelta(hours=number)
            end = start + timedelta(hours=1)
            crowd.history.append(
                {
                    "kind": "crowd",
                    "listing": listing,
                    "units": units,
                    "starts_at": start.isoformat(),
                    "status": None,
                }
            )
            rivals = [people[rival % len(people)] for rival in range(clients)]
            await asyncio.gather(*(crowd.create(client, who, listing, start, end) for who in rivals))


class Market:
    """A mixed load: people ask, answer, call off, look, ask again with the same key, and providers change what there is."""

    def __init__(
        self, crowd: Crowd, people: list[Neighbour], provider: Neighbour, listings: dict[str, int], seed: int
    ) -> None:
        self.crowd, self.people, self.provider = crowd, people, provider
        self.listings = list(listings)
        self.editing = {listing: asyncio.Lock() for listing in listings}
        self.random = random.Random(seed)
        self.open: list[tuple[Row, Neighbour, str]] = []
        self.done = 0
        self.start = tomorrow()

    async def run(self, operations: int, *, clients: int = 16) -> None:
        async with self.crowd.client() as client:
            await asyncio.gather(*(self._visit(client, operations) for _ in range(clients)))

    async def _visit(self, client: httpx.AsyncClient, operations: int) -> None:
        while self.done < operations:
            self.done += 1
            dice = self.random.random()
            if dice < 0.45 or not self.open:
                await self._ask(client)
            elif dice < 0.88:
                await self._move(client)
            elif dice < 0.95:
                await self._edit(client)
            else:
                await self._ask_again(client)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        who, listing = self.random.choice(self.people), self.random.choice(self.listings)
        start = self.start + timedelta(hours=self.random.randrange(24))
        end = start + timedelta(hours=self.random.randint(1, 6))
        made = await self.crowd.create(client, who, listing, start, end, self.random.randint(1, 2))
        if made["status"] == 201:
            await self._read(client, made, who, made["body"])
            self.open.append((made, who, "requested"))

    async def _move(self, client: httpx.AsyncClient) -> None:
        made, borrower, state = self.open.pop(self.random.randrange(len(self.open)))
        steps = ["accept", "accept", "decline", "withdraw"] if state == "requested" else ["cancel"]
        action = self.random.choice(steps)
        who = borrower if action == "withdraw" else self.provider
        moved = await self.crowd.act(client, who, action, made)
        if moved["status"] == 200:
            await self._read(client, made, who, moved["body"])
        if action == "accept":
            self.open.append((made, borrower, "confirmed" if moved["status"] == 200 else "requested"))

    async def _read(self, client: httpx.AsyncClient, made: Row, who: Neighbour, known: Row) -> None:
        path = f"/api/v1/bookings/{known['id']}"
        facts = {"kind": "read", "booking": known["id"], "seen": known["version"], "listing": made["listing"]}
        await self.crowd.call(client, "GET", path, None, who.headers, **facts)

    async def _ask_again(self, client: httpx.AsyncClient) -> None:
        made, who, _ = self.random.choice(self.open)
        start, end = (datetime.fromisoformat(made[name]) for name in ("starts_at", "ends_at"))
        again = await self.crowd.create(
            client, who, made["listing"], start, end, made["units"], key=made["key"]
        )
        again["again"] = True

    async def _edit(self, client: httpx.AsyncClient) -> None:
        """Change words, or how many there are; one at a time for each listing, in the version just read."""
        listing = self.random.choice(self.listings)
        path, headers = f"/api/v1/listings/{listing}", self.provider.headers
        async with self.editing[listing]:
            seen = await self.crowd.call(client, "GET", path, None, headers, kind="look", listing=listing)
            if seen["status"] != 200:
                return
            units = self.random.choice([None, 2, 3, 4])
            body = {"title": f"Chairs {uuid4()}"} if units is None else {"units": units}
            facts = {"listing": listing, "units": units, "seen": seen["body"]["version"], "key": str(uuid4())}
            await self.crowd.call(
                client, "PATCH", path, body, headers | {"If-Match": seen["etag"]}, kind="edit", **facts
            )

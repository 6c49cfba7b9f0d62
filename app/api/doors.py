"""What endpoints open: units of work, or a desk for what does something slow in between."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import anyio

from app.api.streams import Streams
from app.kernel import unit_of_work
from app.kernel.actor import Actor
from app.outbound.files import Files
from app.outbound.http import Http
from app.settings import Settings

T = TypeVar("T")


class Authenticate(Protocol):
    """Turns a token into an actor, or NOBODY; given to the app by `main`, so that api needs no domain."""

    def __call__(self, reading: unit_of_work.Reading, token: str) -> Actor: ...


@dataclass(frozen=True)
class Desk:
    """Opens units of work for an endpoint that does something slow in between, never inside."""

    transactions: unit_of_work.Transactions
    actor: Actor
    language: str
    client: str
    files: Files
    http: Http

    @property
    def settings(self) -> Settings:
        return self.transactions.settings

    def writing(self) -> AbstractContextManager[unit_of_work.UnitOfWork]:
        return self.transactions.writing(self.actor)

    def reading(self) -> AbstractContextManager[unit_of_work.Reading]:
        return self.transactions.reading(self.actor)


@dataclass(frozen=True)
class Then(Generic[T]):
    """What a desk leaves to be done in one unit of work, after everything slow; its answer is the endpoint's.

    Only so is an `Idempotency-Key` kept in the transaction of the effect.
    """

    do: Callable[[unit_of_work.UnitOfWork], T]


@dataclass
class Threads:
    """How many units of work run at a time: few on SQLite, never more than the pool holds."""

    database: anyio.CapacityLimiter
    slow: anyio.CapacityLimiter  # desks: hashing passwords must not keep readers waiting


@dataclass(frozen=True)
class Door:
    """What the endpoints of one app share; `main` puts it into `app.state.door`."""

    transactions: unit_of_work.Transactions
    authenticate: Authenticate
    threads: Threads
    streams: Streams
    files: Files
    http: Http

    @property
    def settings(self) -> Settings:
        return self.transactions.settings

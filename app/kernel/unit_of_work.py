"""One request, one unit of work: who acts, what time it is, one session, and what came of it.

Transactions begin and end here and nowhere else. Facts recorded during the work are written to the event log, and
the jobs that carry them to their listeners are enqueued, in the same transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session

from app.kernel import audit, event_log
from app.kernel.actor import Actor
from app.kernel.clock import Clock
from app.kernel.database import Database
from app.kernel.events import Event
from app.kernel.problems import Problem
from app.settings import Settings

T = TypeVar("T")


class Enqueue(Protocol):
    """Puts a job into the queue within the session's transaction (see `app.jobs.queue`)."""

    def __call__(
        self,
        session: Session,
        *,
        name: str,
        payload: dict[str, Any],
        now: datetime,
        run_at: datetime | None = None,
        key: str | None = None,
    ) -> None: ...


@dataclass(frozen=True)
class Hearing:
    """Who hears of which fact. `at_once` runs inside the transaction, `later` in a job of its own per listener."""

    at_once: Mapping[type[Event], Sequence[Callable[["UnitOfWork", Any], None]]] = field(default_factory=dict)
    later: Mapping[type[Event], Sequence[str]] = field(default_factory=dict)


class Reading:
    """A look at things: actor, now, session. Nothing is written."""

    def __init__(self, *, actor: Actor, now: datetime, session: Session, settings: Settings) -> None:
        self.actor = actor
        self.now = now
        self.session = session
        self.settings = settings


class UnitOfWork(Reading):
    """A change: everything in it happens, or nothing."""

    def __init__(
        self,
        *,
        actor: Actor,
        now: datetime,
        session: Session,
        settings: Settings,
        enqueue: Enqueue,
        hearing: Hearing,
    ) -> None:
        super().__init__(actor=actor, now=now, session=session, settings=settings)
        self._enqueue = enqueue
        self._hearing = hearing
        self.has_jobs = False
        self.deeds: list[audit.Deed] = []
        self._last: dict[Callable[[Session, Sequence[Any]], None], list[Any]] = {}

    def record(self, happened: Event) -> None:
        """Tell a fact: it is logged, heard at once by those who must, and later by those who may."""
        event_id = event_log.write(self.session, happened, actor=self.actor, now=self.now)
        for mark in self._hearing.at_once.get(type(happened), ()):
            mark(self, happened)
        for listener in self._hearing.later.get(type(happened), ()):
            self.enqueue("events.hear", {"event_id": str(event_id), "listener": listener})

    def account_for(
        self, action: str, *, about: str, about_id: UUID | None, party_id: UUID | None = None, why: str = ""
    ) -> None:
        """Put down what somebody did because they are entrusted with the instance; written as the work ends."""
        self.deeds.append(
            audit.Deed(action=action, about=about, about_id=about_id, party_id=party_id, why=why)
        )

    def at_last(self, do: Callable[[Session, Sequence[T]], None], item: T) -> None:
        """Have this done with all items that were given for it, once, as the work ends: for what others wait for as
        shortly as can be. What an attempt has undone may be among the items.
        """
        self._last.setdefault(do, []).append(item)

    def end(self) -> None:
        """Do what was to be done at last."""
        for do, items in self._last.items():
            do(self.session, items)
        audit.write(self.session, self.deeds, actor=self.actor, now=self.now)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may fail by itself: a problem undoes what happened in it, and nothing that came before."""
        with self.session.begin_nested():
            yield

    def enqueue(
        self, name: str, payload: dict[str, Any], *, run_at: datetime | None = None, key: str | None = None
    ) -> None:
        """Have a job run after this transaction; those of one `key` that wait run once."""
        self.has_jobs = True
        self._enqueue(self.session, name=name, payload=payload, now=self.now, run_at=run_at, key=key)


class Transactions:
    """Opens units of work: for the API, the worker, the command line and the pages alike.

    `wake` is called after a commit that left jobs behind; a runner in this process then looks at once.
    """

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, *, enqueue: Enqueue, hearing: Hearing
    ) -> None:
        self.database = database
        self.clock = clock
        self.settings = settings
        self.wake: Callable[[], None] = lambda: None
        self._enqueue = enqueue
        self._hearing = hearing

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[UnitOfWork]:
        """One unit of work, committed when the block ends well, undone when it does not.

        A Problem that leaves traces is committed, too, and raised afterwards: the lock is held until it is counted.
        """
        refusal: Problem | None = None
        with self.database.writing() as session:
            work = UnitOfWork(
                actor=actor,
                now=self.clock.now(),
                session=session,
                settings=self.settings,
                enqueue=self._enqueue,
                hearing=self._hearing,
            )
            try:
                yield work
                work.end()
            except Problem as problem:
                if not problem.leaves_traces:
                    raise
                refusal = problem
        if work.has_jobs:
            self.wake()
        if refusal is not None:
            raise refusal

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[Reading]:
        """One look at things."""
        with self.database.reading() as session:
            yield Reading(actor=actor, now=self.clock.now(), session=session, settings=self.settings)

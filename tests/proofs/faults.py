"""Faults to plant, from outside and in the server's own processes only: the proofs must find each (quality.md c6).

Where a fault shows only when something happens at a bad moment, the fault makes that moment longer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.sql.selectable import GenerativeSelect
from sqlmodel import Session

from app.bookings.rules.words import Effect
from app.bookings.service import effects
from app.kernel import database, event_log, idempotency
from app.kernel.intervals import Interval
from app.listings.rules import capacity
from app.listings.service import values


def no_lock() -> None:
    """Look, then write: nobody is kept from doing the same. (On SQLite the writer would still hold the whole file.)"""
    GenerativeSelect.with_for_update = lambda self, **_: self


def repeatable_read() -> None:
    """Everybody looks at how things were when they began."""
    _with_engine(isolation_level="REPEATABLE READ")


def careless_commits() -> None:
    """PostgreSQL says yes before anything is written."""
    _with_engine(connect_args={"options": "-c synchronous_commit=off"})


def _with_engine(**settings: Any) -> None:
    create = database.create_engine
    database.create_engine = lambda url, **usual: create(url, **(usual | settings))
    database.Database.assert_fit = lambda _self: None  # which would refuse to start


def answer_before_commit() -> None:
    """The answer leaves, the commit follows."""

    @contextmanager
    def writing(self: database.Database) -> Iterator[Session]:
        session = Session(self._writer, expire_on_commit=False)
        try:
            session.connection()
            yield session
        except BaseException:
            session.close()
            raise

        def commit() -> None:
            time.sleep(0.05)
            session.commit()
            session.close()

        threading.Thread(target=commit).start()

    database.Database.writing = writing


def key_ignored() -> None:
    """The same request twice has two effects."""
    idempotency.claim = lambda *_, **__: None
    idempotency.store = lambda *_, **__: None


def key_in_its_own_transaction() -> None:
    """The key is kept whatever becomes of the effect."""
    claim, store = idempotency.claim, idempotency.store

    def claim_apart(session: Session, **values: Any) -> Any:
        with Session(session.get_bind(), expire_on_commit=False) as apart:
            found = claim(apart, **values)
            apart.commit()
        return found

    def store_apart(session: Session, **values: Any) -> None:
        with Session(session.get_bind()) as apart:
            store(apart, **values)
            apart.commit()

    idempotency.claim, idempotency.store = claim_apart, store_apart


def accept_without_looking() -> None:
    """Who holds is promised, whatever was closed or taken out since."""
    effects.EFFECTS[Effect.RECHECK] = lambda *_: None


def one_too_long() -> None:
    """What ends when something else begins collides with it: `<=` where `<` was meant."""
    seen_by, around = capacity.seen_by, values.around

    def too_long(newcomer: Any, other: Any) -> Interval:
        right = seen_by(newcomer, other)
        return Interval(right.start, right.end + timedelta(microseconds=1))

    def wider(span: Interval, limits: Any) -> Interval:
        right = around(span, limits)
        return Interval(right.start - timedelta(seconds=1), right.end)

    capacity.seen_by, values.around = too_long, wider


def event_apart() -> None:
    """What happened is told in a transaction of its own, before it has happened."""
    write = event_log.write

    def write_apart(session: Session, happened: Any, **who: Any) -> Any:
        with Session(session.get_bind(), expire_on_commit=False) as apart:
            event_id = write(apart, happened, **who)
            apart.commit()
        time.sleep(0.03)
        return event_id

    event_log.write = write_apart


def sqlite_begins_late() -> None:
    """A writer takes the lock when it writes, after it has looked."""
    begin = database.Database.__init__

    def without(self: database.Database, *arguments: Any, **settings: Any) -> None:
        begin(self, *arguments, **settings)
        self._writer = self.engine

    database.Database.__init__ = without


@dataclass(frozen=True)
class Fault:
    """One way in which the application could be wrong, and what must find it.

    Found is what violates one of `trips`, what is answered with 500, and, where `or_a_storm`, what makes more than a tenth
    of all callers ask again.
    """

    plant: Callable[[], None]
    trips: frozenset[str]
    crowds: bool = False
    sqlite: bool = False
    kills: int = 0
    restarts: int = 0
    or_a_storm: bool = False
    found_in_seconds: bool = False


def _trips(*invariants: str) -> frozenset[str]:
    return frozenset(invariants)


FAULTS: dict[str, Fault] = {
    "no-lock": Fault(no_lock, _trips("I1"), crowds=True, found_in_seconds=True),
    "repeatable-read": Fault(repeatable_read, _trips("I1"), crowds=True, or_a_storm=True),
    "answer-before-commit": Fault(answer_before_commit, _trips("I2", "I8"), kills=3),
    "careless-commits": Fault(careless_commits, _trips("I2"), restarts=3),
    "key-ignored": Fault(key_ignored, _trips("I3", "I4"), found_in_seconds=True),
    "key-in-its-own-transaction": Fault(key_in_its_own_transaction, _trips("I3", "I4", "I9"), kills=3),
    "accept-without-looking": Fault(accept_without_looking, _trips("I1"), found_in_seconds=True),
    "one-too-long": Fault(one_too_long, _trips("I5"), crowds=True, found_in_seconds=True),
    "event-apart": Fault(event_apart, _trips("I6"), kills=4),
    "sqlite-begins-late": Fault(sqlite_begins_late, _trips("I1"), crowds=True, sqlite=True, or_a_storm=True),
}

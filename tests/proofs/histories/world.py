"""Where histories happen: an instance whose time stands still until somebody turns it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from app.bookings import service as bookings
from app.jobs import queue
from app.jobs.queue import Share
from app.wiring import Instance
from tests.conftest import MONDAY
from tests.factories.accounts import signed_in_person
from tests.factories.bookings import Street
from tests.factories.listings import offer

HOUR = timedelta(hours=1)
BORROWERS = ("anna", "cora", "dora")
_TURNS = Share(frozenset({bookings.TURNS_JOB}), others=False)


class FrozenClock:
    """Time stands still until somebody turns it."""

    def __init__(self) -> None:
        self.moment = MONDAY

    def now(self) -> datetime:
        return self.moment


def at(hour: float) -> datetime:
    return MONDAY + hour * HOUR


def hour_of(moment: datetime) -> int:
    return round((moment - MONDAY) / HOUR)


class World:
    """An instance with a provider, borrowers and a moderator; every history begins with an empty calendar."""

    def __init__(self, instance: Instance, street: Street, clock: FrozenClock) -> None:
        self.instance, self.client, self.clock = instance, street.client, clock
        self.people = {"anna": street.anna, "ben": street.ben, "moderator": street.moderator}
        self.people |= {name.lower(): signed_in_person(instance, name) for name in ("Cora", "Dora")}
        self.actors = {name: one.actor_in(instance) for name, one in self.people.items()}
        self._lasting = set(self._filled())

    def begin(self, **settings: Any) -> UUID:
        """A new listing at the beginning of time, and nothing left of the history before."""
        self.clock.moment = MONDAY
        with self.instance.database.writing() as session:
            for table in self._filled(session.connection()):
                if table not in self._lasting:
                    session.connection().execute(text(f"DELETE FROM {table}"))
        return offer(self.instance, self.people["ben"], **settings).id

    def _filled(self, connection: Connection | None = None) -> list[str]:
        """The tables with rows, those that refer to others first."""
        if connection is None:
            with self.instance.database.reading() as session:
                return self._filled(session.connection())
        tables = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
        return [name for name in tables if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()]

    def turn_to(self, hour: int) -> None:
        """It is this hour, and what is due has been done."""
        self.clock.moment = at(hour)
        for _ in range(10):
            if not bookings.sweep(self.instance.transactions):
                return
        raise AssertionError("There is always something due.")

    def run_turns(self) -> None:
        """Run the jobs that look at queues, as many as were called for; other jobs do not move bookings."""
        while True:
            with self.instance.database.writing() as session:
                now = self.clock.now()
                held = queue.lease(session, now=now, until=now + HOUR, by="the proof", share=_TURNS)
            if held is None:
                return
            bookings.offer_turns(self.instance.transactions, UUID(held.payload["listing_id"]))
            with self.instance.database.writing() as session:
                queue.finish(session, held)

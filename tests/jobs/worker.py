"""A worker process to be killed: notes each job in the table `ran`, and never comes back from one named `stuck`."""

import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.jobs.runner import Runner
from app.kernel.clock import TurnableClock
from app.kernel.database import Database


def main(url: str, start: str) -> None:
    database = Database(url)

    def note(payload: Mapping[str, Any]) -> None:
        with database.writing() as session:
            session.connection().execute(text("INSERT INTO ran VALUES (:number)"), payload)

    def stick(_payload: Mapping[str, Any]) -> None:
        print("stuck", flush=True)  # noqa: T201 - tells the test
        threading.Event().wait()

    handlers = {"note": note, "stuck": stick}
    Runner(database.writing, TurnableClock(datetime.fromisoformat(start)), handlers, threads=2).start()
    threading.Event().wait()


main(*sys.argv[1:])

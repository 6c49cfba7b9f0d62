"""An erasure outlives every backup: who was forgotten stands, as an id alone, in a file beside the database.

A database brought back from before knows them again; then they are forgotten again before anybody is served. With a
bucket for files it stands there, too: a machine that takes the place of another has not its disk.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import structlog

from app.accounts import repository
from app.accounts.events import PersonErased
from app.accounts.service import people
from app.kernel.actor import SYSTEM, Actor, ActorKind
from app.kernel.problems import Problem
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.outbound.files import Files
from app.settings import Settings

KEEP_JOB: Final = "accounts.keep_erasure"
FILE: Final = "erasures.log"
_FOLDER: Final = "erasures"

log = structlog.get_logger("depot.accounts")


def remember_erased(work: UnitOfWork, erased: PersonErased) -> None:
    """Have the file written; a job, so that it is written for certain, and only if the erasure holds."""
    work.enqueue(KEEP_JOB, {"person_id": str(erased.person_id), "at": work.now.isoformat()})


def erasure_keeper(settings: Settings, files: Files) -> Callable[[Mapping[str, Any]], None]:
    """The handler that writes one line; the same line twice says no more."""

    def keep(payload: Mapping[str, Any]) -> None:
        if files.are_shared:
            files.put(f"{_FOLDER}/{payload['person_id']}", payload["at"].encode())
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (settings.data_dir / FILE).open("a", encoding="ascii") as file:
            file.write(f"{payload['at']} person {payload['person_id']}\n")
            file.flush()
            os.fsync(file.fileno())

    return keep


def forget_again(transactions: Transactions, files: Files) -> int:
    """Forget whoever was forgotten before and is back; answers how many.

    Who by the database brought back has something handed over stays until that is settled, and is told to the
    operator; the next start tries again.
    """
    with transactions.reading(SYSTEM) as reading:
        back = repository.not_erased(reading.session, sorted(_forgotten(transactions.settings, files)))
    done = 0
    for person_id in back:
        try:
            with transactions.writing(Actor(ActorKind.PERSON, person_id)) as work:
                people.erase(work)
            done += 1
        except Problem as refused:
            log.warning("erased_person_is_back", person_id=str(person_id), why=str(refused))
    return done


def _forgotten(settings: Settings, files: Files) -> set[UUID]:
    found = set()
    if files.are_shared:
        found |= {UUID(key.rpartition("/")[2]) for key in files.older_than(None, under=_FOLDER)}
    file = settings.data_dir / FILE
    if not file.is_file():
        return found
    for line in file.read_text("ascii", "replace").splitlines():
        match line.split():
            case [_, "person", person_id]:
                found.add(UUID(person_id))
    return found

"""Noticing that the database was brought back from a backup (federation.md §2.5, rule 9).

A mark in the database stands in a file outside it, too; a backup changes both after it was taken. Who opens the
backup finds another mark in the file, or none, and begins new epochs: numbers given out since then are unknown here.
"""

from typing import Final

import structlog

from app.federation.service import publishing
from app.kernel import secrets
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.settings import Settings

SECRET: Final = "generation"  # noqa: S105 - its name
_FILE: Final = "generation"

log = structlog.get_logger("depot.federation")


def notice_restore(transactions: Transactions) -> None:
    """Have partners read everything again if this database is not the one that was here before."""
    with transactions.writing(SYSTEM) as work:
        transactions.database.alone(work.session)
        if _known(work.settings) == secrets.ensure(work.session, SECRET).hex():
            return
        if publishing.rotate_epochs(work):
            log.warning("feeds_begin_anew")
        mark = _renewed(work)
    _remember(transactions.settings, mark)


def copied(transactions: Transactions) -> None:
    """A copy was made: from now on it differs from the database it was made of."""
    with transactions.writing(SYSTEM) as work:
        mark = _renewed(work)
    _remember(transactions.settings, mark)


def _renewed(work: UnitOfWork) -> str:
    return secrets.renew(work.session, SECRET).hex()


def _known(settings: Settings) -> str:
    file = settings.data_dir / _FILE
    return file.read_text("ascii", "replace").strip() if file.is_file() else ""


def _remember(settings: Settings, mark: str) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / _FILE).write_text(mark + "\n", "ascii")

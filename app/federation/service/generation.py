"""Noticing that the database was brought back from a backup (federation.md §2.5, rule 9).

A mark in the database stands in a file outside it, too; `depot backup` changes both after the copy was taken. Who opens
the backup finds another mark in the file, or none, and begins new epochs: numbers given out since then are unknown
here. A copy made by hand has the same mark; but the file also knows how far each feed had got, and such a copy has
lost numbers that were given out, or it has lost nothing that a partner could know of.
"""

import os
from collections.abc import Mapping
from typing import Final

import structlog

from app.federation import published
from app.federation.service import publishing
from app.kernel import secrets
from app.kernel.actor import SYSTEM
from app.kernel.database import PREPARING, hold
from app.kernel.unit_of_work import Transactions, UnitOfWork
from app.settings import Settings

SECRET: Final = "generation"  # noqa: S105 - its name
_FILE: Final = "generation"

log = structlog.get_logger("depot.federation")


def notice_restore(transactions: Transactions) -> None:
    """Have partners read everything again if this database is not the one that was here before."""
    with transactions.writing(SYSTEM) as work:
        hold(work.session, PREPARING)
        mark, given_out = _known(work.settings)
        heads = published.heads(work.session)
        lost = any(heads.get(feed, 0) < head for feed, head in given_out.items())
        if mark == secrets.ensure(work.session, SECRET).hex() and not lost:
            return
        if publishing.rotate_epochs(work):
            log.warning("feeds_begin_anew")
        mark, heads = _renewed(work), published.heads(work.session)
    _remember(transactions.settings, mark, heads)


def note_heads(transactions: Transactions) -> None:
    """Write beside the database how far each feed has got; and notice if it has gone back under a running process."""
    with transactions.reading(SYSTEM) as look:
        heads = published.heads(look.session)
        mark = secrets.get(look.session, SECRET).hex()
    known, given_out = _known(transactions.settings)
    if any(heads.get(feed, 0) < head for feed, head in given_out.items()):
        notice_restore(transactions)
    elif mark == known and heads != given_out:
        _remember(transactions.settings, mark, heads)


def copied(transactions: Transactions) -> None:
    """A copy was made: from now on it differs from the database it was made of."""
    with transactions.writing(SYSTEM) as work:
        mark, heads = _renewed(work), published.heads(work.session)
    _remember(transactions.settings, mark, heads)


def _renewed(work: UnitOfWork) -> str:
    return secrets.renew(work.session, SECRET).hex()


def _known(settings: Settings) -> tuple[str, dict[str, int]]:
    """The mark, and the highest number of each feed."""
    file = settings.data_dir / _FILE
    mark, *lines = file.read_text("ascii", "replace").split("\n") if file.is_file() else [""]
    pairs = [line.rpartition(" ") for line in lines]
    return mark.strip(), {feed: int(head) for feed, _, head in pairs if feed and head.isdecimal()}


def _remember(settings: Settings, mark: str, heads: Mapping[str, int]) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    lines = [mark, *(f"{feed} {head}" for feed, head in sorted(heads.items()))]
    written = settings.data_dir / f"{_FILE}.{os.getpid()}"
    written.write_text("\n".join(lines) + "\n", "ascii")
    written.replace(settings.data_dir / _FILE)

"""Making the index of search anew from the listings, some at a time, while everybody goes on."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from app.jobs.runner import Handler
from app.kernel.actor import SYSTEM
from app.kernel.unit_of_work import Reading, Transactions, UnitOfWork
from app.listings import indexing

JOB: Final = "listings.index"
AT_ONCE: Final = 500
_A_FEW: Final = 2_000
_PER_JOB: Final = 20


def ensure(work: UnitOfWork) -> None:
    """See to it that the whole index is of this version: at once where there are few listings, else by a job."""
    if indexing.is_current(work.session):
        return
    if indexing.count_listings(work.session, most=_A_FEW) < _A_FEW:
        after = None
        while after := indexing.rebuild_some(work.session, after=after, limit=AT_ONCE):
            pass
        indexing.finish(work.session)
    else:
        work.enqueue(JOB, {"after": None}, key=JOB)


def rebuild(transactions: Transactions) -> Iterator[int]:
    """Make the index anew; says again and again how many more listings are done. What was found before is found
    meanwhile, and what changes meanwhile is kept as always.
    """
    after: UUID | None = None
    while True:
        with transactions.writing(SYSTEM) as work:
            after = indexing.rebuild_some(work.session, after=after, limit=AT_ONCE)
            if after is None:
                indexing.finish(work.session)
                return
        yield AT_ONCE


def count(reading: Reading) -> int:
    """How many listings there are in all."""
    return indexing.count_listings(reading.session)


def amiss(reading: Reading) -> int:
    """How many listings search should find and does not, or should not and does; there should never be one."""
    return indexing.amiss(reading.session)


def handler(transactions: Transactions) -> Handler:
    """The same as a job, which comes back until it is done."""

    def run(payload: Mapping[str, Any]) -> None:
        after = UUID(payload["after"]) if payload["after"] else None
        for _ in range(_PER_JOB):
            with transactions.writing(SYSTEM) as work:
                after = indexing.rebuild_some(work.session, after=after, limit=AT_ONCE)
                if after is None:
                    indexing.finish(work.session)
                    return
        with transactions.writing(SYSTEM) as work:
            work.enqueue(JOB, {"after": str(after)}, key=f"{JOB}:{after}")

    return run

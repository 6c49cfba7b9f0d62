"""The queue's statements. They belong to the caller's transaction: rolled back with it, visible with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from app.jobs.tables import Job
from app.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job until `until`. `attempt` counts from 1 and tells this lease from a later one."""

    id: UUID
    name: str
    payload: Mapping[str, Any]
    key: str | None
    attempt: int
    until: datetime


def enqueue(
    session: Session,
    *,
    name: str,
    payload: dict[str, Any],
    now: datetime,
    run_at: datetime | None = None,
    key: str | None = None,
) -> None:
    """Have `name` run with `payload` after this transaction, not before `run_at`.

    Of one key at most one job waits; a second one is not added, but the first starts no later than it would have.
    The waiting one is locked until this transaction ends, so that it cannot start without seeing the change: enqueue
    late in the transaction, several keys in a stable order.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    due = run_at or now
    add = insert(Job).values(
        id=new_id(), name=name, payload=payload, key=key, run_at=due, attempts=0, created_at=now
    )
    if key is not None:
        add = add.on_conflict_do_update(
            index_elements=["key"],
            index_where=col(Job.attempts) == 0,
            set_={"run_at": _earlier(due)},
        )
    session.exec(add)


def lease(session: Session, *, now: datetime, until: datetime, by: str) -> Lease | None:
    """Take the job that has been due the longest, unless somebody holds it; None when nothing is due."""
    longest_due = (
        select(Job.id)
        .where(
            col(Job.failed_at).is_(None),
            col(Job.run_at) <= now,
            or_(col(Job.lease_until).is_(None), col(Job.lease_until) <= now),
        )
        .order_by(col(Job.run_at), col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = session.exec(
        update(Job)
        .where(col(Job.id) == longest_due)
        .values(attempts=col(Job.attempts) + 1, lease_until=until, leased_by=by)
        .returning(col(Job.id), col(Job.name), col(Job.payload), col(Job.key), col(Job.attempts))
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if taken is None else Lease(*taken, until=until)


def finish(session: Session, held: Lease) -> bool:
    """Forget a job that is done. False when the lease had run out and somebody else took the job over."""
    return session.exec(delete(Job).where(*_still(held))).rowcount == 1


def put_back(session: Session, held: Lease, *, run_at: datetime, error: str) -> bool:
    """Let a job that failed wait for its next attempt."""
    return _let_go(session, held, run_at=run_at, last_error=error)


def give_up(session: Session, held: Lease, *, now: datetime, error: str) -> bool:
    """Keep a job that failed for good, for people to see."""
    return _let_go(session, held, failed_at=now, last_error=error)


def keep_scheduled(session: Session, *, name: str, now: datetime, next_slot: datetime) -> None:
    """See to it that exactly one job of this schedule exists: due at once if new, else no later than its next slot."""
    known = session.exec(
        update(Job)
        .where(col(Job.key) == schedule_key(name), col(Job.failed_at).is_(None))
        .values(run_at=_earlier(next_slot))
        .execution_options(synchronize_session=False)
    )
    if known.rowcount == 0:
        enqueue(session, name=name, payload={}, now=now, key=schedule_key(name))


def schedule_key(name: str) -> str:
    """Name the key that makes a scheduled job the only one of its kind."""
    return f"schedule:{name}"


def _let_go(session: Session, held: Lease, **values: Any) -> bool:
    letting_go = (
        update(Job)
        .where(*_still(held))
        .values(lease_until=None, leased_by=None, **values)
        .execution_options(synchronize_session=False)
    )
    return session.exec(letting_go).rowcount == 1


def _still(held: Lease) -> tuple[Any, Any]:
    return (col(Job.id) == held.id, col(Job.attempts) == held.attempt)


def _earlier(moment: datetime) -> Any:
    return case((col(Job.run_at) > moment, moment), else_=col(Job.run_at))

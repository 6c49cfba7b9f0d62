"""The queue's statements. They belong to the caller's transaction: rolled back with it, visible with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import delete, not_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from app.jobs.tables import Job
from app.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job, held under the name `by`, which is used for no other. `attempt` counts from 1."""

    id: UUID
    name: str
    payload: Mapping[str, Any]
    key: str | None
    attempt: int
    by: str


@dataclass(frozen=True, slots=True)
class Share:
    """Of all jobs those of these names or, `others`, all but those."""

    names: frozenset[str] = frozenset()
    others: bool = True


EVERYTHING: Final = Share()


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

    Those of one `key` that wait run once, at the earliest of their times and with the payload of that one;
    all of their changes are committed by then. One that has started does not count: it may have looked too
    early.
    """
    session.add(Job(id=new_id(), name=name, payload=payload, key=key, run_at=run_at or now, created_at=now))


def lease(
    session: Session, *, now: datetime, until: datetime, by: str, share: Share = EVERYTHING
) -> Lease | None:
    """Take the job that has been due the longest, unless somebody holds it; None when nothing is due."""
    named = col(Job.name).in_(sorted(share.names))
    longest_due = (
        select(Job.id)
        .where(
            not_(named) if share.others else named,
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
        .returning(
            col(Job.id),
            col(Job.name),
            col(Job.payload),
            col(Job.key),
            col(Job.attempts),
            col(Job.leased_by),
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        return None
    held = Lease(*taken)
    if held.key is not None:
        _drop_waiting(session, held.key)
    return held


def renew(session: Session, *, by: Collection[str], until: datetime) -> None:
    """Hold these leases for longer, those that nobody has taken over."""
    session.exec(
        update(Job)
        .where(col(Job.leased_by).in_(by))
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def finish(session: Session, held: Lease) -> bool:
    """Forget a job that is done. False when the lease had run out and somebody else took the job over."""
    return session.exec(delete(Job).where(*_still(held))).rowcount == 1


def put_back(session: Session, held: Lease, *, run_at: datetime, error: str) -> bool:
    """Let a job that failed wait for its next attempt."""
    return _let_go(session, held, run_at=run_at, last_error=error)


def give_up(session: Session, held: Lease, *, now: datetime, error: str) -> bool:
    """Keep a job that failed for good, for people to see."""
    return _let_go(session, held, failed_at=now, last_error=error)


def given_up(session: Session) -> Sequence[tuple[str, str | None]]:
    """The jobs that failed for good, oldest first: their names and what went wrong."""
    return session.exec(
        select(Job.name, Job.last_error)
        .where(col(Job.failed_at).is_not(None))
        .order_by(col(Job.failed_at))
        .limit(100)
    ).all()


def reschedule(session: Session, held: Lease, *, run_at: datetime, error: str | None) -> bool:
    """Let a scheduled job, whatever came of it, wait for its next slot as if it were new."""
    return _let_go(session, held, run_at=run_at, attempts=0, last_error=error)


def keep_scheduled(session: Session, *, name: str, now: datetime, due: datetime, latest: datetime) -> None:
    """See that a schedule has its one row: new ones start at `due`, and so do those given up or due after
    `latest`.

    The row is for ever and its id is made of the name, so that many workers add it once and lease it in
    turn.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    begin = {"run_at": due, "attempts": 0, "failed_at": None}
    session.exec(
        insert(Job)
        .values(id=schedule_id(name), name=name, payload={}, created_at=now, **begin)
        .on_conflict_do_update(
            index_elements=["id"],
            set_=begin,
            where=or_(col(Job.failed_at).is_not(None), col(Job.run_at) > latest),
        )
    )


def schedule_id(name: str) -> UUID:
    """Tell the id of a schedule's row."""
    return uuid5(NAMESPACE_OID, f"depot schedule {name}")


def _drop_waiting(session: Session, key: str) -> None:
    """Drop the waiting jobs of a key when one starts; skip what another worker is just taking."""
    waiting = (
        select(Job.id).where(col(Job.key) == key, col(Job.attempts) == 0).with_for_update(skip_locked=True)
    )
    session.exec(delete(Job).where(col(Job.id).in_(waiting)).execution_options(synchronize_session=False))


def _let_go(session: Session, held: Lease, **values: Any) -> bool:
    letting_go = (
        update(Job)
        .where(*_still(held))
        .values(lease_until=None, leased_by=None, **values)
        .execution_options(synchronize_session=False)
    )
    return session.exec(letting_go).rowcount == 1


def _still(held: Lease) -> tuple[Any, ...]:
    """Tell this lease from a later one of the same job."""
    return col(Job.id) == held.id, col(Job.leased_by) == held.by

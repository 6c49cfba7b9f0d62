"""The same request twice has one effect: the answer is stored in the transaction of the effect.

After draft-ietf-httpapi-idempotency-key-header. Only 2xx answers are stored: whatever else happens rolls back, and
the key with it. A rival with the same key waits for the first: on SQLite for the writer's lock, on PostgreSQL for
the row of the unique key.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary, delete, func, or_
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Field, Session, SQLModel, col

from app.kernel.problems import Problem
from app.kernel.text import message

KEPT: Final = timedelta(days=7)


class KeyReused(Problem):
    """422: this Idempotency-Key was used before for another request."""

    slug = "idempotency-key-reused"
    title = message("This Idempotency-Key was already used for a different request. Use a new key.")
    status = 422


class StoredAnswer(SQLModel, table=True):
    """One answered request. `scope` hashes who asked, how and where; `fingerprint` what."""

    __tablename__ = "idempotency_key"

    scope: str = Field(primary_key=True, max_length=64)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: str = Field(max_length=64)
    actor_id: UUID | None = Field(default=None, index=True)
    status: int | None = None
    headers: str = ""
    body: bytes = Field(default=b"", sa_type=LargeBinary)
    created_at: datetime = Field(index=True)


def digest(*parts: bytes) -> str:
    """SHA-256 over length-prefixed parts, so that no two lists of parts look alike."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(len(part).to_bytes(8) + part)
    return hashed.hexdigest()


def claim(
    session: Session, *, scope: str, key: str, fingerprint: str, actor_id: UUID | None, now: datetime
) -> StoredAnswer | None:
    """None: the key is ours, go on. Otherwise the answer stored for it; raises KeyReused for another request."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    values = {
        "scope": scope,
        "key": key,
        "fingerprint": fingerprint,
        "actor_id": actor_id,
        "created_at": now,
        "headers": "",
        "body": b"",
    }
    claimed = session.execute(
        insert(StoredAnswer).values(**values).on_conflict_do_nothing().returning(col(StoredAnswer.key))
    ).first()
    if claimed:
        return None
    stored = session.get_one(StoredAnswer, (scope, key))
    if stored.fingerprint != fingerprint:
        raise KeyReused
    return stored


def store(session: Session, *, scope: str, key: str, status: int, headers: str, body: bytes) -> None:
    """Keep the answer for the key claimed in this transaction."""
    stored = session.get_one(StoredAnswer, (scope, key))
    stored.status, stored.headers, stored.body = status, headers, body


def give_back(session: Session, *, scope: str, key: str) -> None:
    """Let go of a key claimed in this transaction, which ends with a refusal and is kept nevertheless."""
    session.delete(session.get_one(StoredAnswer, (scope, key)))


def forget_old(session: Session, *, now: datetime) -> int:
    """Drop answers older than a week; returns how many."""
    result = session.connection().execute(
        delete(StoredAnswer).where(col(StoredAnswer.created_at) < now - KEPT)
    )
    return result.rowcount


def forget_answers_about(session: Session, person_id: UUID) -> None:
    """Drop everything that was answered to somebody who has gone, and what others were answered about them."""
    body, named = col(StoredAnswer.body), str(person_id).encode()
    sqlite = session.get_bind().dialect.name == "sqlite"
    about = func.instr(body, named) > 0 if sqlite else body.bool_op("LIKE")(b"%" + named + b"%")
    theirs = or_(col(StoredAnswer.actor_id) == person_id, about)
    session.connection().execute(delete(StoredAnswer).where(theirs))

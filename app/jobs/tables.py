"""The queue."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from app.kernel.columns import JsonColumn, Row

_NEVER_TRIED = text("attempts = 0")
_NOT_FAILED = text("failed_at IS NULL")


class Job(Row, table=True):
    """Something to be done at `run_at` or soon after; gone when done, kept with `failed_at` when given up.

    A job waits while `attempts` is 0. Each start counts, and leases the row until `lease_until`. Of one key
    several may wait, and the first to start takes the place of all: a unique index would make every
    transaction that enqueues a key wait for every other one to commit.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_run_at", "run_at", sqlite_where=_NOT_FAILED, postgresql_where=_NOT_FAILED),
        Index("ix_job_key", "key", sqlite_where=_NEVER_TRIED, postgresql_where=_NEVER_TRIED),
    )

    name: str = Field(max_length=100)
    payload: dict[str, Any] = Field(sa_type=JsonColumn)
    key: str | None = Field(default=None, max_length=200)
    run_at: datetime
    attempts: int = 0
    lease_until: datetime | None = None
    leased_by: str | None = Field(default=None, max_length=100)
    last_error: str | None = Field(default=None, max_length=500)
    created_at: datetime
    failed_at: datetime | None = None

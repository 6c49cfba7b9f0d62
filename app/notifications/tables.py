"""Letters: who is to be told what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.kernel.columns import JsonColumn, Row


class Letter(Row, table=True):
    """One fact to tell one reader. Holds ids only; what it says is looked up when the mail is composed."""

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("event_id", "reader_id", "topic"),)

    event_id: UUID
    reader_id: UUID
    topic: str = Field(max_length=80)
    facts: dict[str, Any] = Field(sa_type=JsonColumn)
    created_at: datetime = Field(index=True)
    sent_at: datetime | None = None
    refused: str | None = Field(default=None, max_length=300)

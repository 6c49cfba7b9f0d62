"""Every query about letters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete

from app.kernel.ids import new_id
from app.notifications.tables import Letter


def add_letter(
    session: Session, *, event_id: UUID, reader_id: UUID, topic: str, facts: Mapping[str, Any], now: datetime
) -> UUID | None:
    """Write a letter down; None when this reader was told of this fact before."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"event_id": event_id, "reader_id": reader_id, "topic": topic, "facts": dict(facts)}
    written: UUID | None = session.execute(
        insert(Letter)
        .values(id=new_id(), created_at=now, **row)
        .on_conflict_do_nothing()
        .returning(col(Letter.id))
    ).scalar()
    return written


def forget_letters(session: Session, *, before: datetime) -> None:
    """Drop old letters."""
    session.execute(delete(Letter).where(col(Letter.created_at) < before))


def forget_letters_to(session: Session, reader_id: UUID) -> None:
    """Drop every letter to this reader."""
    session.execute(delete(Letter).where(col(Letter.reader_id) == reader_id))

"""Every query about letters, digests and switches."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from app.kernel.ids import new_id
from app.notifications.rules import MailWhen
from app.notifications.tables import Digest, Letter, Switch


def add_letter(session: Session, letter: Mapping[str, Any]) -> UUID | None:
    """Write a letter down; None when this reader was told of this fact before."""
    written: UUID | None = session.execute(
        _insert(session)(Letter)
        .values(id=new_id(), **letter)
        .on_conflict_do_nothing(index_elements=["event_id", "reader_id", "kind"])
        .returning(col(Letter.id))
    ).scalar()
    return written


def unsent_with(session: Session, letter_id: UUID, *, bundled: Collection[str]) -> Sequence[Letter]:
    """The letter, unless its mail has gone, with those of its thread that are mailed together with it, oldest first."""
    letter = session.get(Letter, letter_id)
    if letter is None or letter.sent_at is not None or letter.mail is not MailWhen.AT_ONCE:
        return []
    if letter.kind not in bundled:
        return [letter]
    return session.exec(
        select(Letter)
        .where(
            col(Letter.reader_id) == letter.reader_id,
            col(Letter.kind) == letter.kind,
            col(Letter.thread_id) == letter.thread_id,
            col(Letter.mail) == MailWhen.AT_ONCE,
            col(Letter.sent_at).is_(None),
        )
        .order_by(col(Letter.id))
    ).all()


def last_mailed(
    session: Session, reader_id: UUID, kind: str, thread_id: UUID, *, after: datetime
) -> datetime | None:
    """When this reader last got a mail of this kind in this thread, if that was after this moment."""
    return session.exec(
        select(func.max(col(Letter.sent_at))).where(
            col(Letter.reader_id) == reader_id,
            col(Letter.kind) == kind,
            col(Letter.thread_id) == thread_id,
            col(Letter.sent_at) > after,
        )
    ).one()


def note_sent(session: Session, ids: Collection[UUID], *, now: datetime, refused: str | None) -> None:
    """Write down that these letters have left, or why the server would not take them."""
    session.execute(
        update(Letter).where(col(Letter.id).in_(ids)).values(sent_at=now, refused=refused)
    )  # their reader may have left meanwhile: then there are none


def switch_of(session: Session, person_id: UUID, topic: str) -> Switch | None:
    """How this person wants to hear of this topic, if not as usual."""
    return session.exec(
        select(Switch).where(col(Switch.person_id) == person_id, col(Switch.topic) == topic)
    ).first()


def forget_before(session: Session, moment: datetime) -> None:
    """Drop old letters and digests."""
    session.execute(delete(Letter).where(col(Letter.created_at) < moment))
    session.execute(delete(Digest).where(col(Digest.created_at) < moment))


def forget_person(session: Session, person_id: UUID) -> None:
    """Drop every letter to this reader and how they wanted to be told."""
    session.execute(delete(Letter).where(col(Letter.reader_id) == person_id))
    session.execute(delete(Digest).where(col(Digest.reader_id) == person_id))
    session.execute(delete(Switch).where(col(Switch.person_id) == person_id))


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert

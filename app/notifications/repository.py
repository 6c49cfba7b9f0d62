"""Every query about letters, digests and switches."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from app.kernel.ids import new_id
from app.notifications.rules import MailWhen, Wish
from app.notifications.tables import Digest, InboxEnd, Letter, Switch


def add_letter(session: Session, letter: Mapping[str, Any]) -> UUID | None:
    """Write a letter down; None when this reader was told of this fact before."""
    written: UUID | None = session.execute(
        _insert(session)(Letter)
        .values(id=new_id(), **letter)
        .on_conflict_do_nothing(index_elements=["event_id", "reader_id", "kind"])
        .returning(col(Letter.id))
    ).scalar()
    return written


def number(session: Session, shown: Sequence[tuple[UUID, UUID]]) -> None:
    """Give letters their positions in their readers' inboxes: pairs of reader and letter, in the order of telling.

    Each inbox stays locked until the transaction ends, so positions come in the order of commits. Inboxes are taken
    in the order of ids: nobody waits in a circle.
    """
    by_reader: dict[UUID, list[UUID]] = {}
    for reader_id, letter_id in shown:
        by_reader.setdefault(reader_id, []).append(letter_id)
    insert = _insert(session)(InboxEnd).values(
        [{"reader_id": one, "position": len(by_reader[one])} for one in sorted(by_reader)]
    )
    further = col(InboxEnd.position) + insert.excluded.position
    ends = session.execute(
        insert.on_conflict_do_update(index_elements=["reader_id"], set_={"position": further}).returning(
            col(InboxEnd.reader_id), col(InboxEnd.position)
        )
    ).all()
    session.execute(
        update(Letter),
        [
            {"id": letter_id, "position": position}
            for reader_id, end in ends
            for position, letter_id in enumerate(
                by_reader[reader_id], start=end - len(by_reader[reader_id]) + 1
            )
        ],
    )


def inbox_ends(session: Session, readers: Collection[UUID]) -> Mapping[UUID, int]:
    """How far these readers' inboxes have come; those who were never told anything are left out."""
    asked = select(InboxEnd.reader_id, InboxEnd.position).where(col(InboxEnd.reader_id).in_(readers))
    return dict(session.exec(asked).all())


def inbox_after(session: Session, reader_id: UUID, position: int, *, limit: int) -> Sequence[Letter]:
    """What came into this reader's inbox after a position, for whomever it was, oldest first."""
    return session.exec(
        select(Letter)
        .where(col(Letter.reader_id) == reader_id, col(Letter.position) > position)
        .order_by(col(Letter.position))
        .limit(limit)
    ).all()


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


def waiting_readers(session: Session, morning: datetime, *, limit: int) -> Sequence[UUID]:
    """For whom letters have waited since before this morning, and who has had no digest of its day."""
    had = select(Digest.id).where(
        col(Digest.reader_id) == col(Letter.reader_id), col(Digest.day) == morning.date()
    )
    return session.exec(
        select(Letter.reader_id)
        .where(*_waiting(morning), ~had.exists())
        .distinct()
        .order_by(col(Letter.reader_id))
        .limit(limit)
    ).all()


def begin_digest(session: Session, reader_id: UUID, morning: datetime, *, now: datetime) -> UUID | None:
    """Put every letter that waits into this reader's digest of this morning; None when somebody else has begun it."""
    digest_id: UUID | None = session.execute(
        _insert(session)(Digest)
        .values(id=new_id(), reader_id=reader_id, day=morning.date(), created_at=now)
        .on_conflict_do_nothing(index_elements=["reader_id", "day"])
        .returning(col(Digest.id))
    ).scalar()
    if digest_id is not None:
        session.execute(
            update(Letter)
            .where(*_waiting(morning), col(Letter.reader_id) == reader_id)
            .values(digest_id=digest_id)
        )
    return digest_id


def unsent_digest(session: Session, digest_id: UUID) -> Digest | None:
    """The digest, unless its mail has gone."""
    digest = session.get(Digest, digest_id)
    return digest if digest and digest.sent_at is None else None


def in_digest(session: Session, digest_id: UUID) -> Sequence[Letter]:
    """What is in it and has not been read in the inbox meanwhile, oldest first."""
    return session.exec(
        select(Letter)
        .where(col(Letter.digest_id) == digest_id, col(Letter.read_at).is_(None))
        .order_by(col(Letter.id))
    ).all()


def note_digest_sent(session: Session, digest_id: UUID, *, now: datetime, refused: str | None) -> None:
    """Write down that a digest has left, or why not."""
    sent = {"sent_at": now, "refused": refused}
    session.execute(update(Digest).where(col(Digest.id) == digest_id).values(**sent))
    session.execute(update(Letter).where(col(Letter.digest_id) == digest_id).values(**sent))


def inbox(
    session: Session,
    reader_id: UUID,
    *,
    parties: Collection[UUID],
    kinds: Collection[str] | None,
    unread: bool,
    before: UUID | None,
    limit: int,
) -> Sequence[Letter]:
    """Letters that this reader may read, newest first, older than `before`."""
    query = select(Letter).where(*_shown_to(reader_id, parties))
    if kinds is not None:
        query = query.where(col(Letter.kind).in_(kinds))
    if unread:
        query = query.where(col(Letter.read_at).is_(None))
    if before is not None:
        query = query.where(col(Letter.id) < before)
    return session.exec(query.order_by(col(Letter.id).desc()).limit(limit)).all()


def letter_to(
    session: Session, letter_id: UUID, reader_id: UUID, *, parties: Collection[UUID]
) -> Letter | None:
    """This letter, if it is this reader's to read."""
    mine = _shown_to(reader_id, parties)
    return session.exec(select(Letter).where(col(Letter.id) == letter_id, *mine)).first()


def count_unread(session: Session, reader_id: UUID, *, parties: Collection[UUID]) -> int:
    """How many letters this reader has not read."""
    unread = (*_shown_to(reader_id, parties), col(Letter.read_at).is_(None))
    return session.exec(select(func.count(col(Letter.id))).where(*unread)).one()


def mark_all_read(session: Session, reader_id: UUID, *, now: datetime) -> None:
    """Note that this reader has read everything."""
    session.execute(
        update(Letter)
        .where(col(Letter.reader_id) == reader_id, col(Letter.shown).is_(True), col(Letter.read_at).is_(None))
        .values(read_at=now)
    )


def hush(session: Session, reader_id: UUID, kinds: Collection[str]) -> None:
    """Let no mail come of these letters that have not left yet."""
    session.execute(
        update(Letter)
        .where(
            col(Letter.reader_id) == reader_id,
            col(Letter.kind).in_(kinds),
            col(Letter.sent_at).is_(None),
            col(Letter.digest_id).is_(None),
        )
        .values(mail=MailWhen.OFF)
    )


def switches_of(session: Session, person_id: UUID) -> Mapping[str, Wish]:
    """What this person wishes where that is not as usual, by topic."""
    found = session.exec(select(Switch).where(col(Switch.person_id) == person_id)).all()
    return {one.topic: Wish(one.mail, one.inbox) for one in found}


def set_switch(session: Session, person_id: UUID, topic: str, wish: Wish) -> None:
    """Write a wish down."""
    wished = {"mail": wish.mail, "inbox": wish.inbox}
    session.execute(
        _insert(session)(Switch)
        .values(id=new_id(), person_id=person_id, topic=topic, **wished)
        .on_conflict_do_update(index_elements=["person_id", "topic"], set_=wished)
    )


def forget_before(session: Session, moment: datetime) -> None:
    """Drop old letters and digests."""
    session.execute(delete(Letter).where(col(Letter.created_at) < moment))
    session.execute(delete(Digest).where(col(Digest.created_at) < moment))


def forget_person(session: Session, person_id: UUID) -> None:
    """Drop every letter to this reader and how they wanted to be told."""
    session.execute(delete(Letter).where(col(Letter.reader_id) == person_id))
    session.execute(delete(InboxEnd).where(col(InboxEnd.reader_id) == person_id))
    session.execute(delete(Digest).where(col(Digest.reader_id) == person_id))
    session.execute(delete(Switch).where(col(Switch.person_id) == person_id))


def _waiting(morning: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Letter.mail) == MailWhen.DIGEST,
        col(Letter.digest_id).is_(None),
        col(Letter.created_at) < morning,
    )


def _shown_to(reader_id: UUID, parties: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    """Only letters in this reader's inbox; those of an organisation only while they speak for it."""
    return col(Letter.reader_id) == reader_id, col(Letter.shown).is_(True), col(Letter.party_id).in_(parties)


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert

"""Letters: who is to be told what. Digests: what was told in one mail. Switches: who wants to hear what."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kernel.columns import JsonColumn, Row, text_enum
from app.notifications.rules import Inbox, MailWhen

_WAITING = text("mail = 'digest' AND digest_id IS NULL")


class Letter(Row, table=True):
    """One fact to tell one reader. Holds ids and times only; what it says is looked up when somebody reads it.

    `party_id` is for whom the reader reads it: themself, or an organisation that they speak for. Mails of one
    `thread_id` belong together. Where `mail` says so it waits for the day's digest; `shown` letters stand in the inbox.
    Their `position` there is a number for each reader, without gaps, in the order of commits: who has seen one has seen
    all before it.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("event_id", "reader_id", "kind"),
        Index("ix_letter_reader_id_id", "reader_id", "id"),
        Index("ix_letter_reader_id_position", "reader_id", "position", unique=True),
        Index("ix_letter_waiting", "reader_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    event_id: UUID
    reader_id: UUID
    party_id: UUID | None = None
    kind: str = Field(max_length=80)
    facts: dict[str, Any] = Field(sa_type=JsonColumn)
    thread_id: UUID | None = None
    mail: MailWhen = Field(sa_type=text_enum(MailWhen))
    shown: bool = False
    position: int | None = None
    created_at: datetime = Field(index=True)
    read_at: datetime | None = None
    sent_at: datetime | None = None
    refused: str | None = Field(default=None, max_length=300)
    digest_id: UUID | None = Field(default=None, index=True)


class InboxEnd(SQLModel, table=True):
    """How far a reader's inbox has come: the position of the last letter in it, also when that has been dropped."""

    __tablename__ = "inbox_end"

    reader_id: UUID = Field(primary_key=True)
    position: int


class Digest(Row, table=True):
    """What one reader was told in one mail on one day of theirs. One row a day: two workers cannot both begin it."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("reader_id", "day"),)

    reader_id: UUID
    day: date
    created_at: datetime = Field(index=True)
    sent_at: datetime | None = None
    refused: str | None = Field(default=None, max_length=300)


class Switch(Row, table=True):
    """How one person wants to hear of one topic, where that is not as usual."""

    __tablename__ = "notice_switch"
    __table_args__ = (UniqueConstraint("person_id", "topic"),)

    person_id: UUID
    topic: str = Field(max_length=40)
    mail: MailWhen = Field(sa_type=text_enum(MailWhen))
    inbox: Inbox = Field(sa_type=text_enum(Inbox))

"""Reports and decisions, as stored."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlmodel import Field

from app.kernel.columns import Row, text_enum
from app.moderation.rules import Action, Ground, State, TargetKind, Wrong


class Report(Row, table=True):
    """What somebody finds wrong with a target, as it was then: `title` and `shown`.

    `party_id` is whom it concerns, None where they live elsewhere; `reporter_id` is None where the staff began it.
    """

    __tablename__ = "report"
    __table_args__ = (Index(None, "state", "id"),)

    target: TargetKind = Field(sa_type=text_enum(TargetKind))
    target_id: UUID = Field(index=True)
    party_id: UUID | None = Field(default=None, foreign_key="party.id", index=True)
    reporter_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    booking_id: UUID | None = None
    wrong: Wrong = Field(sa_type=text_enum(Wrong))
    words: str = Field(sa_type=Text)
    title: str = Field(max_length=200)
    shown: str = Field(sa_type=Text)
    state: State = Field(sa_type=text_enum(State))
    objection: str | None = Field(default=None, sa_type=Text)
    objected_by: UUID | None = Field(default=None, foreign_key="person.id")
    objected_at: datetime | None = None
    decided_at: datetime | None = Field(default=None, index=True)
    created_at: datetime


class Decision(Row, table=True):
    """What the staff decided, and why. `until` ends a suspension; `decided_by` is None at the command line."""

    __tablename__ = "decision"

    report_id: UUID = Field(foreign_key="report.id", ondelete="CASCADE", index=True)
    action: Action = Field(sa_type=text_enum(Action))
    ground: Ground | None = Field(default=None, sa_type=text_enum(Ground))
    statement: str = Field(sa_type=Text)
    until: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime

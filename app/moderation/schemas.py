"""Reports, decisions, accounts and numbers on the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.schemas import Command, Instant, ListQuery, ReadModel, Text
from app.kernel.text import message
from app.moderation.rules import Action, Ground, State, TargetKind, Wrong

_Words = Annotated[Text, Field(min_length=1, max_length=2_000)]
_Statement = Annotated[Text, Field(min_length=1, max_length=4_000)]


class ReportCreate(Command):
    """What is wrong, with what."""

    target: TargetKind
    target_id: UUID
    wrong: Wrong
    words: _Words = Field(
        description="What is wrong with it, in your words. The staff reads it, whoever it concerns does not.",
        examples=["The drill has no guard, somebody will get hurt."],
    )


class ReportsQuery(ListQuery):
    """Which of those that concern you."""

    concerning_me: bool = Field(
        default=False, description="Decisions about you or what is yours, instead of what you have reported."
    )


class DecisionRead(ReadModel):
    """What the staff decided."""

    id: UUID
    action: Action = Field(description="`uphold` and `lift` are about what was decided before.")
    ground: Ground | None = Field(description="On what it rests; null where nobody has to bear anything.")
    statement: str | None = Field(
        description="The reasons. Null for who reported it, where they concern somebody else."
    )
    until: Instant | None = Field(description="When a suspension ends by itself; null: not at all.")
    decided_at: Instant = Field(description="When it was decided. No machine decides.")


class FiledReportRead(ReadModel):
    """A report as those see it who made it, or whom a decision on it concerns."""

    id: UUID
    target: TargetKind
    target_id: UUID
    title: str = Field(description="What it was called when it was reported.")
    wrong: Wrong
    words: str | None = Field(description="For who made the report; null for everybody else.")
    state: State
    decisions: list[DecisionRead] = Field(description="What was decided, the oldest first.")
    may_object: bool = Field(description="Whether you can object to the last decision now.")
    object_until: Instant | None = Field(description="Until when you can; null where you cannot.")
    created_at: Instant


class Objection(Command):
    """Why a decision is wrong."""

    words: _Words = Field(
        description="What the staff has not seen, in your words.",
        examples=["The guard is on now: see photo."],
    )


class CasesQuery(ListQuery):
    """Which reports."""

    state: State | None = Field(
        default=None, description="Only these; `open` and `objected` wait for the staff."
    )
    target: TargetKind | None = Field(default=None, description="Only reports of these.")


class SomebodyRead(ReadModel):
    """A person or an organisation that a report has to do with."""

    id: UUID
    name: str


class ConcernedRead(SomebodyRead):
    """Whom it concerns."""

    suspended: bool
    suspended_until: Instant | None


class CaseDecisionRead(DecisionRead):
    """What was decided, and by whom."""

    decided_by: SomebodyRead | None = Field(description="Null at the command line, or once they have gone.")


class ObjectionRead(ReadModel):
    """Why somebody does not agree."""

    by: SomebodyRead | None = Field(description="Null once they have gone.")
    words: str = Field(description="Why, in their words.")
    objected_at: Instant = Field(description="When they said so.")


class FiledReportInFull(ReadModel):
    """A report as the staff sees it."""

    id: UUID
    target: TargetKind
    target_id: UUID
    booking_id: UUID | None = Field(description="Of a message, the booking in whose conversation it stands.")
    title: str = Field(description="What it was called when it was reported.")
    shown: str = Field(description="What it said when it was reported.")
    concerned: ConcernedRead | None = Field(description="Null where they live in another region.")
    reporter: SomebodyRead | None = Field(
        description="Null where the staff began it, or once they have gone."
    )
    wrong: Wrong
    words: str = Field(description="What is wrong with it, in the reporter's words.")
    state: State
    decisions: list[CaseDecisionRead] = Field(description="What was decided, the oldest first.")
    objection: ObjectionRead | None = Field(
        description="Why somebody does not agree; null where nobody has said so."
    )
    actions: list[Action] = Field(description="What you can decide now; none where it is a case of your own.")
    created_at: Instant


class DecisionCreate(Command):
    """What to decide, and why."""

    action: Action = Field(description="One of the report's `actions`.")
    statement: _Statement = Field(
        description="The reasons, for whom it concerns: what happened, and what is wrong with it.",
        examples=["The saw has no guard, so it may not be lent."],
    )
    ground: Ground = Field(default=Ground.HOUSE_RULES, description="On what it rests.")
    until: Instant | None = Field(
        default=None,
        description="When a suspension ends by itself; null: when it is lifted.",
        examples=[None],
    )

    @model_validator(mode="after")
    def _ends_only_what_lasts(self) -> Self:
        if self.until is not None and self.action is not Action.SUSPEND:
            raise ValueError(message("Only a suspension has an end."))
        return self


class AuditQuery(ListQuery):
    """Which entries."""

    action: str | None = Field(
        default=None, max_length=80, description="Only this, such as `report.suspend`."
    )
    actor_id: UUID | None = Field(default=None, description="Only what this person did.")
    about_id: UUID | None = Field(default=None, description="Only what was done about this.")
    since: Instant | None = Field(default=None, description="Not before.")
    until: Instant | None = Field(default=None, description="Before.")


class AuditEntryRead(ReadModel):
    """What somebody did because they are entrusted with the instance."""

    number: int = Field(description="In the order in which it was done; none is missing.")
    at: Instant
    actor: SomebodyRead | None = Field(description="Who; null for the operator at the command line.")
    action: str = Field(description="What.", examples=["report.suspend"])
    about: str = Field(description="What kind of thing `about_id` is.", examples=["listing"])
    about_id: UUID | None = Field(description="About what; null where it is the instance itself.")
    why: str = Field(
        description="Why, in their words; empty where none were asked for, or whom it was about has gone."
    )
    seal: str = Field(description="A digest over this entry and all before it.")


class NumbersQuery(BaseModel):
    """How far back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: int = Field(default=12, ge=1, le=36, description="How many months, the present one included.")


class MonthNumbers(ReadModel):
    """What happened in one month, by the clock of the region."""

    month: str = Field(examples=["2026-11"], description="Year and month.")
    loans_kept: int = Field(description="Promises that were kept, all or in part.")
    loans_broken: int = Field(
        description="Promises that were not: called off late, not collected, lost, in dispute."
    )
    loans_called_off: int = Field(description="Promises called off in time.")
    loans_unreported: int = Field(description="Promises of which nobody said what became of them.")
    wants_met: int = Field(description="Wants for which somebody was found.")
    wants_unmet: int = Field(description="Wants that ended without.")
    active_people: int = Field(description="People who took a step with a booking.")
    active_organisations: int = Field(description="Organisations in whose name somebody did.")


class ShownNumbers(ReadModel):
    """What everybody finds at this moment."""

    equipment: int = Field(description="Things.")
    space: int = Field(description="Rooms.")
    know_how: int = Field(description="Know-how.")
    time: int = Field(description="Time.")
    wants: int = Field(description="What is sought, of any kind.")


class NumbersRead(ReadModel):
    """Numbers that matter for a region; nobody can be recognised in them."""

    people: int = Field(description="People with an account.")
    organisations: int = Field(description="Organisations.")
    recognised: int = Field(description="Organisations that are recognised at this moment.")
    reports_waiting: int = Field(description="Reports and objections that wait for the staff.")
    listings: ShownNumbers = Field(description="What is offered and sought at this moment.")
    months: list[MonthNumbers] = Field(description="The last months, the oldest first.")


class ReportsExport(ReadModel):
    """What somebody reported, and what was decided about them."""

    made: list[FiledReportRead]
    concerning_me: list[FiledReportRead]


@dataclass(frozen=True, slots=True)
class Judged:
    """A report as letters about it need it; the reasons are those of one decision. No wire format."""

    title: str
    statement: str | None
    until: datetime | None

"""Facts about reports and decisions. Ids only: what was written stands in the tables, and can be wiped there."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(Event):
    """Somebody says that something is wrong."""

    name: ClassVar[str] = "moderation.report_made"
    report_id: UUID
    reporter_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDecided(Event):
    """The staff decided on a report; `measure` whether somebody has to bear something now."""

    name: ClassVar[str] = "moderation.report_decided"
    report_id: UUID
    decision_id: UUID
    action: str
    measure: bool
    party_id: UUID | None
    reporter_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionObjected(Event):
    """Somebody does not agree with a decision; another member of the staff has to look."""

    name: ClassVar[str] = "moderation.decision_objected"
    report_id: UUID
    by: UUID

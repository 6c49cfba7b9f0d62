"""What happens between regions and may be told to the staff."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAlarmed(Event):
    """Something about a partner that a person has to look at; `alarm` says what."""

    name: ClassVar[str] = "partner.alarmed"

    partner_id: UUID
    alarm: str

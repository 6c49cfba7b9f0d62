"""What leaves as paper and as calendar."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.api.schemas import Command, Instant, ReadModel


class ContractQuery(BaseModel):
    """Which version of a contract, and in which language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[int, Field(ge=1, le=100_000, description="null: the newest.")] | None = None
    language: Literal["de", "en"] | None = Field(default=None, description="null: as `Accept-Language` says.")


class ContractRead(ReadModel):
    """One version of the contract of a booking."""

    version: int
    form: str = Field(
        description="loan or rental; mandate or service for help and know-how, free or for a charge."
    )
    digest: str = Field(description="SHA-256 of what it says; stands at the foot of the paper.")
    anonymised: bool = Field(description="Whether names were taken out since; the digest is the original's.")
    href: str = Field(description="Where the paper is.")
    created_at: Instant


class ContractsRead(ReadModel):
    """All versions, the newest first."""

    items: list[ContractRead]


class ContractExport(ReadModel):
    """One version of a contract with everything it says."""

    booking_id: UUID
    version: int
    digest: str = Field(description="SHA-256 of the canonical JSON of `content` as it was made.")
    content: dict[str, Any]
    created_at: Instant


class CalendarFeedCreate(Command):
    """A calendar to subscribe to: one's own, an organisation's that one belongs to, or one listing's of one's own."""

    organisation_id: UUID | None = None
    listing_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if self.organisation_id is not None and self.listing_id is not None:
            raise ValueError("A feed is of an organisation or of a listing, not of both.")
        return self


class CalendarFeedRead(ReadModel):
    """A feed without its address. With neither organisation nor listing it is one's own."""

    id: UUID
    name: str
    organisation_id: UUID | None
    listing_id: UUID | None
    created_at: Instant


class CalendarFeedsRead(ReadModel):
    """One's feeds, the oldest first."""

    items: list[CalendarFeedRead]


class CalendarFeedMade(CalendarFeedRead):
    """A feed just made: the only time its address is told."""

    url: str = Field(
        description="Give it to your calendar program, and to nobody else: whoever has it can read."
    )

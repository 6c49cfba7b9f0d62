"""Groups on the wire: several listings in one ask."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.api.schemas import Command, Instant, Line, ReadModel, ReasonRead
from app.bookings.rules.groups import MOST_ITEMS, Mode
from app.bookings.rules.series import Answer
from app.bookings.rules.words import State
from app.bookings.schemas.commands import InANameCommand, Note, Units
from app.bookings.schemas.parties import BookedListing, PartyRead
from app.kernel.text import message


class GroupItemCreate(Command):
    """One part: a listing, how many, and when if it differs from the rest."""

    listing_id: UUID
    units: Units = 1
    starts_at: Instant | None = Field(default=None, description="Null: as for the whole group.")
    ends_at: Instant | None = Field(default=None, description="Null: as for the whole group.")


class GroupCreate(InANameCommand):
    """Several listings in one ask."""

    items: Annotated[tuple[GroupItemCreate, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    starts_at: Instant | None = Field(default=None, description="The start of all parts that name none.")
    ends_at: Instant | None = Field(default=None, description="The end of all parts that name none.")
    mode: Mode = Field(
        default=Mode.ALL_OR_NOTHING,
        description="`all_or_nothing`: one refusal refuses all. `best_effort`: what can be had is taken.",
    )
    purpose: Annotated[Line, Field(max_length=500)] | None = None
    message: Note | None = Field(default=None, description="The first message to each provider.")

    @model_validator(mode="after")
    def _every_part_has_a_time(self) -> Self:
        starts = all(item.starts_at or self.starts_at for item in self.items)
        if not (starts and all(item.ends_at or self.ends_at for item in self.items)):
            raise ValueError(message("Every part needs a start and an end, its own or that of the group."))
        return self


class GroupItemRead(ReadModel):
    """One part, and what became of it."""

    listing: BookedListing
    provider: PartyRead
    starts_at: Instant
    ends_at: Instant
    units: int
    answer: Answer = Field(description="`clash`: somebody else has it. `closed`: closed, or nobody there.")
    state: State | None = Field(description="Of its booking; null where there is none.")
    booking_id: UUID | None = Field(description="Its booking; null where it could not be had.")
    reasons: list[ReasonRead] = Field(
        description="Why it could not be had, or why it did not follow just now."
    )


class GroupLink(ReadModel):
    """Something you can do now with all your parts."""

    action: Literal["accept", "decline", "withdraw"]
    href: str
    method: Literal["POST"]


class GroupRead(ReadModel):
    """Several listings in one ask. Providers see their own parts only."""

    id: UUID
    mode: Mode
    purpose: str | None
    borrower: PartyRead
    items: list[GroupItemRead] = Field(
        description="The parts that are your business, in the order asked for."
    )
    allowed_actions: list[GroupLink]
    created_at: Instant

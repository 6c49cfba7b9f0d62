"""Series on the wire: asked for once, answered per date."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.schemas import Instant, ReadModel, ReasonRead
from app.bookings.rules.series import Answer
from app.bookings.rules.words import State
from app.bookings.schemas.commands import Step
from app.bookings.schemas.parties import BookedListing, PartyRead


class SeriesCancel(Step):
    """Call off what may still be called off, from a date on or all of it. Providers say why."""

    from_date: dt.date | None = Field(
        default=None, description="The first date to call off, by the calendar of the place. Null: all."
    )


class SeriesDateRead(ReadModel):
    """One date of a series, and what became of it."""

    date: dt.date
    starts_at: Instant
    ends_at: Instant
    answer: Answer = Field(
        description="`clash`: somebody else has it. `closed`: closed, or nobody there. `refused`: see `reasons`."
    )
    state: State | None = Field(description="Of its booking; null where there is none.")
    booking_id: UUID | None = Field(description="Its booking; null where it failed.")
    reasons: list[ReasonRead] = Field(description="Why it failed, or why this step did not move it.")


class SeriesLink(ReadModel):
    """Something you can do now with the whole series."""

    action: Literal["accept", "decline", "retry", "cancel"]
    href: str
    method: Literal["POST"]


class SeriesRead(ReadModel):
    """One ask for several dates. Each date has a booking of its own, or the reasons why not."""

    id: UUID
    listing: BookedListing
    recurrence: str = Field(description="The rule (RFC 5545), in the wall time of the place.")
    except_on: list[dt.date]
    zone: str
    starts_at: Instant
    ends_at: Instant
    units: int
    purpose: str | None
    until: Annotated[dt.date, Field(description="The last day up to which the rule was followed.")]
    open_ended: bool = Field(
        description="The rule has no end of its own; it was followed up to the horizon of the listing."
    )
    borrower: PartyRead
    provider: PartyRead
    dates: list[SeriesDateRead]
    allowed_actions: list[SeriesLink]
    created_at: Instant

"""Calendars kept elsewhere, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas import Instant, ReasonRead
from app.listings.schemas.words import ListingCommand, ListingView


class ExternalCalendarCreate(ListingCommand):
    """A calendar that says when the listing is not to be had."""

    url: Annotated[
        str,
        Field(
            min_length=8,
            max_length=1_000,
            pattern=r"^[!-~]+$",
            description="Its address (iCalendar), with https or webcal. Nobody but the provider's side sees it.",
            examples=["https://calendar.example/private/room.ics"],
        ),
    ]


class ExternalCalendarRead(ListingView):
    """How reading it goes. What was read last counts until something newer is read."""

    id: UUID
    url: str = Field(description="Its address.")
    busy_stretches: int = Field(description="How many stretches to come it closes.")
    last_success_at: Instant | None = Field(description="When it was last read; null: never yet.")
    failing_since: Instant | None = Field(description="Since when it could not be read; null while it can.")
    last_error: ReasonRead | None = Field(description="What went wrong last; null while nothing does.")
    created_at: Instant


class ExternalCalendarsRead(ListingView):
    """All external calendars of a listing."""

    items: list[ExternalCalendarRead]

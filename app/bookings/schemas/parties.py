"""What is borrowed, and who the two sides are, in a line each."""

from uuid import UUID

from pydantic import Field

from app.api.schemas import ReadModel


class BookedListing(ReadModel):
    """The listing as it was when it was asked for."""

    id: UUID
    title: str
    kind: str
    url: str | None = Field(description="Where the listing lives, if at a partner.")


class PartyRead(ReadModel):
    """One side of a booking, as the other sees it."""

    id: UUID | None = Field(description="Null for somebody who lives at a partner.")
    kind: str
    name: str
    recognised: bool

"""Saved searches on the wire."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import MISSING, Field, model_validator

from app.api.schemas import Command, Instant, Line
from app.listings.schemas.views import ListingQuery
from app.listings.schemas.words import ListingCommand, ListingView

Name = Annotated[
    Line, Field(min_length=1, max_length=80, description="What you call it.", examples=["Beamer"])
]
Alert = Annotated[
    bool,
    Field(
        description="Whether you are told of what is new. How, say your switches for the topic `searches`."
    ),
]


class SavedQuery(ListingQuery, Command):
    """What is sought, in the words of `GET /listings`; which page of it, and what is one's own, is not sought."""

    @model_validator(mode="after")
    def _stands_by_itself(self) -> Self:
        if self.after is not None or self.mine or self.state is not None:
            raise ValueError("A saved search is for everybody's listings, from the beginning.")
        return self


class SavedSearchCreate(ListingCommand):
    """A search to keep."""

    name: Name
    query: SavedQuery
    alert: Alert = True


class SavedSearchEdit(ListingCommand):
    """A merge patch; another `query` replaces the whole of it."""

    name: Name | MISSING = MISSING
    query: SavedQuery | MISSING = MISSING
    alert: Alert | MISSING = MISSING


class SavedSearchRead(ListingView):
    """A search that you keep."""

    id: UUID
    name: str = Field(description="What you call it.")
    query: dict[str, Any] = Field(
        description="The parameters of `GET /listings`, those that were given.",
        examples=[{"q": "beamer", "near": "51.34,12.37", "radius_km": 5}],
    )
    href: str = Field(description="Where to search so now.")
    alert: bool = Field(description="Whether you are told of what is new.")
    since: Instant = Field(description="What appeared after this is new.")
    version: int
    created_at: Instant
    updated_at: Instant


class SavedSearchesRead(ListingView):
    """All of them, the oldest first."""

    items: list[SavedSearchRead]

"""Bases of everything on the wire. Plain Pydantic, never a table."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
)
from pydantic_core import CoreSchema

from app.kernel.text import clean_line, clean_text, message

T = TypeVar("T")
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2999


def _do_not_guess(schema: Any) -> None:
    """Make numbers and booleans strict; times and ids still come as strings, which strict mode would refuse."""
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "float", "bool"):
            schema["strict"] = True
        for part in schema.values():
            _do_not_guess(part)
    elif isinstance(schema, (list, tuple)):
        for part in schema:
            _do_not_guess(part)


class Command(BaseModel):
    """Input: unknown fields are refused, numbers and booleans are not guessed from strings or each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        _do_not_guess(schema)
        return schema


class ListQuery(BaseModel):
    """The query of a list; subclasses add its filters. (Query strings are strings: nothing is strict here.)"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=20, ge=1, le=100, description="How many items at most.")
    after: str | None = Field(
        default=None, max_length=1_000, description="`next` of the page before. Opaque."
    )


class ReadModel(BaseModel):
    """Output: every field is always present, null rather than absent."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of_checked(cls, values: dict[str, Any]) -> Self:
        """The model of these values, which have been checked and are all there: `model_construct` would go through
        every field once more, which is the dearest part of a page of fifty of them.
        """
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", set(values))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


def _not_a_number(value: Any) -> Any:
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.lstrip("+-").isdigit()):
        raise ValueError("must be a time like 2026-11-28T10:00:00+01:00")
    return value


def _utc(value: datetime) -> datetime:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(message("must lie between {first} and {last}", first=_FIRST_YEAR, last=_LAST_YEAR))
    return value.astimezone(UTC)


def _zulu(value: datetime) -> str:
    if value.tzinfo is not UTC:  # mostly it is, and a page of listings has sixty of them
        value = value.astimezone(UTC)
    return value.isoformat().removesuffix("+00:00") + "Z"


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_not_a_number),
    AfterValidator(_utc),
    PlainSerializer(_zulu, return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "date-time"}),
]
"""An instant: comes in with any offset (never without), goes out with `Z`."""

Line = Annotated[str, AfterValidator(clean_line)]
"""One line of text; give it a length with Field(max_length=...)."""

Text = Annotated[str, AfterValidator(clean_text)]
"""Several lines of text."""


class Page(ReadModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="Pass as `after` to read on; null on the last page. Opaque.")


class MoneyRead(ReadModel):
    """An amount in minor units."""

    amount_minor: int = Field(description="In minor units: 1250 is 12.50 EUR.")
    currency: str = Field(description="ISO 4217, such as EUR.", examples=["EUR"])


class ReasonRead(ReadModel):
    """One ground for a refusal. Facts for programs stand beside the sentence, by names that depend on the code."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(description="Stable, for machines.", examples=["not_enough_units"])
    detail: str = Field(description="A sentence for people, in their language.")

"""Fields that several commands share, and commands that come in one of several shapes."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Self

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.api.schemas import Command, Line
from app.kernel.text import message

_LONGEST_ADDRESS: Final = 254

EXAMPLES: Final[Mapping[str, str]] = {
    "email": "anna@example.org",
    "password": "three dogs on the tram",
    "token": "rWc0cBT7mXhGf3vKcPqYy1bVn5e2aZk8LsJ4dUo6iQE",
    "person_id": "01a20823-237d-77ef-8440-e5ac16b4264b",
    "role": "member",
}
"""What such fields look like."""


def _address(value: str) -> str:
    """Fold an address; upper and lower case mean the same. Whether mail arrives, only a mail can tell."""
    try:
        # Names like .test are as good as others where an instance is tried out.
        found = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError("must be an e-mail address like anna@example.org") from error
    folded = found.normalized.lower()
    if len(folded) > _LONGEST_ADDRESS:  # few letters grow when they are made small
        raise ValueError("is too long for an e-mail address")
    return folded


Email = Annotated[
    str,
    Field(max_length=_LONGEST_ADDRESS, examples=["anna@example.org"], json_schema_extra={"format": "email"}),
    AfterValidator(_address),
]
"""An e-mail address."""

Password = Annotated[str, Field(min_length=12, max_length=256, json_schema_extra={"format": "password"})]
"""A password as it is chosen. Every character counts, none is demanded; common ones are refused."""

GivenPassword = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]
"""A password as it is typed to be checked."""

Name = Annotated[Line, Field(min_length=1, max_length=120)]


def _no_number(value: Any) -> Any:
    """A date is written as one, not counted from 1970."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.lstrip("+-").isdigit()):
        raise ValueError(message("Write it like 1987-04-23."))
    return value


BornOn = Annotated[
    date,
    BeforeValidator(_no_number),
    Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), examples=["1987-04-23"]),
]
Phone = Annotated[Line, Field(max_length=40, examples=["+49 341 1234567"])]
Token = Annotated[str, Field(min_length=20, max_length=100, description="As it stood in the mail.")]


def given(*names: str) -> dict[str, str]:
    """An example of a command in which these fields are given."""
    return {name: EXAMPLES[name] for name in names}


def either(schema: dict[str, Any], *examples: Mapping[str, str]) -> None:
    """Say in a JSON schema that exactly the fields of one of these examples are given."""
    schema["examples"] = list(examples)
    schema["oneOf"] = [
        {
            "required": list(example),
            "not": {
                "anyOf": [{"required": [other]} for other in schema["properties"] if other not in example]
            },
        }
        for example in examples
    ]


class OneOf(Command):
    """A command that comes in one of two shapes."""

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        """The sets of fields, exactly one of which is given."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.model_fields_set not in self.shapes():
            shapes = "; ".join(", ".join(sorted(shape)) for shape in self.shapes())
            raise ValueError(message("give the fields of exactly one of these: {shapes}", shapes=shapes))
        return self

"""Organisations, their members, their recognition."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, model_validator

from app.accounts.rules import Proof, RecognitionState
from app.accounts.schemas.fields import Email, Name, OneOf, Phone, Token, either, given
from app.api.schemas import Command, Instant, ListQuery, ReadModel, Text
from app.kernel.actor import MemberRole


class OrganisationFounding(Command):
    """A new organisation; who founds it owns it."""

    name: Name
    description: Text = Field(default="", max_length=4_000)
    email: Email | None = Field(default=None, description="Shown only to the other side of a promise.")
    phone: Phone | None = None


class OrganisationEdit(Command):
    """What changes about an organisation; what is absent stays."""

    name: Name | MISSING = MISSING
    description: Annotated[Text, Field(max_length=4_000)] | MISSING = MISSING
    email: Email | MISSING | None = MISSING
    phone: Phone | MISSING | None = MISSING


class OrganisationRead(ReadModel):
    """An organisation, as everybody sees it; contact data only to its members."""

    id: UUID
    name: str
    description: str
    recognised: bool
    my_role: MemberRole | None = Field(description="Your role in it, if you are a member.")
    email: str | None
    phone: str | None
    version: int
    created_at: Instant


class MemberAdding(OneOf):
    """A member by id, at once; or by e-mail address, who joins with the token of the mail."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: either(schema, given("person_id", "role"), given("email", "role")),
    )

    person_id: UUID | MISSING = MISSING
    email: Email | MISSING = MISSING
    role: MemberRole

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        return frozenset({"person_id", "role"}), frozenset({"email", "role"})


class MemberEdit(Command):
    """Another role for a member."""

    role: MemberRole


class MemberRead(ReadModel):
    """A member of an organisation; `person_id` and `name` are null for somebody invited by address."""

    person_id: UUID | None
    name: str | None
    role: MemberRole
    status: Literal["member", "invited"]
    since: Instant


class Joining(Command):
    """The token from an invitation."""

    token: Token


class OrganisationsQuery(ListQuery):
    """Which organisations."""

    mine: bool = Field(default=False, description="Only those you are a member of.")
    recognition: RecognitionState | None = Field(
        default=None, description="For staff: by state of recognition."
    )


class MembersQuery(ListQuery):
    """Which part of the list of members."""


class RecognitionSubmission(Command):
    """Why an organisation says that it serves the common good."""

    proof: Proof
    notice_date: date | None = Field(default=None, description="Of the notice of tax exemption.")
    declaration: Text = Field(
        default="", max_length=4_000, description="In your words; needed where there is no notice."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.proof is Proof.TAX_NOTICE) != (self.notice_date is not None):
            raise ValueError("a tax notice has a date, a declaration has none")
        if self.proof is Proof.DECLARATION and not self.declaration:
            raise ValueError("a declaration says something")
        return self


class RecognitionDecision(Command):
    """What staff say; `valid_until` only with an approval, else five years after a notice, three otherwise."""

    note: Text = Field(default="", max_length=1_000)
    valid_until: Instant | None = None


class RecognitionNote(Command):
    """Why staff say no, or no longer."""

    note: Annotated[Text, Field(min_length=1, max_length=1_000)]


class RecognitionRead(ReadModel):
    """Where the recognition of an organisation stands; for its members and staff."""

    organisation_id: UUID
    state: RecognitionState
    recognised: bool
    proof: Proof | None
    notice_date: date | None
    declaration: str
    submitted_at: Instant | None
    decided_at: Instant | None
    note: str
    valid_until: Instant | None
    version: int

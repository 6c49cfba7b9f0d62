"""What goes in and out over accounts: commands, views, and the values other rooms are given."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import MISSING, AfterValidator, ConfigDict, EmailStr, Field, model_validator

from app.accounts.rules import PartyKind, Proof, RecognitionState
from app.api.schemas import Command, Instant, Line, ReadModel, Text
from app.kernel.actor import MemberRole, StaffRole
from app.settings import Language


@dataclass(frozen=True, slots=True)
class PartySummary:
    """What everybody may know of a party."""

    id: UUID
    kind: PartyKind
    name: str
    recognised: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What rules look at when a party asks for something.

    `member_of` are the organisations of a person; an organisation counts as a member of itself.
    """

    party_id: UUID
    kind: PartyKind
    recognised: bool
    suspended: bool
    member_of: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Contact:
    """How the two sides of a promise reach each other."""

    name: str
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who reads mails for a party; without `person_id` somebody who has no account yet."""

    person_id: UUID | None
    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session just opened: the only moment in which its token is known."""

    person_id: UUID
    access_token: str
    expires_at: Instant


def _folded(value: str) -> str:
    return value.lower()


Email = Annotated[EmailStr, Field(max_length=254, examples=["anna@example.org"]), AfterValidator(_folded)]
"""An e-mail address; upper and lower case mean the same."""

Password = Annotated[str, Field(min_length=12, max_length=256, json_schema_extra={"format": "password"})]
"""A password as it is chosen. Every character counts, none is demanded; common ones are refused."""

GivenPassword = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]
"""A password as it is typed to be checked."""

Name = Annotated[Line, Field(min_length=1, max_length=120)]
Phone = Annotated[Line, Field(max_length=40, examples=["+49 341 1234567"])]
Token = Annotated[str, Field(min_length=20, max_length=100, description="As it stood in the mail.")]


class Registration(Command):
    """Somebody wants an account."""

    email: Email
    password: Password
    display_name: Name = Field(description="What others see. It need not be the name in your passport.")
    language: Language = Field(description="The language of mails.")


class MailSent(ReadModel):
    """The same for addresses with and without an account: if there is something to say, a mail says it."""

    status: Literal["mail_sent"] = Field(description="Look into your mail to go on.")


MAIL_SENT = MailSent(status="mail_sent")


class EmailConfirmation(Command):
    """The token from the mail that asked to confirm an address."""

    token: Token


class AddressGiven(Command):
    """Where a link should be sent."""

    email: Email


def _either(schema: dict[str, Any], *alternatives: list[str]) -> None:
    schema["oneOf"] = [
        {
            "required": names,
            "not": {"anyOf": [{"required": [other]} for other in schema["properties"] if other not in names]},
        }
        for names in alternatives
    ]


class _OneOf(Command):
    """A command that comes in one of two shapes."""

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        """The sets of fields, exactly one of which is given."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.model_fields_set not in self.shapes():
            shapes = " or ".join(" and ".join(sorted(shape)) for shape in self.shapes())
            raise ValueError(f"give {shapes}")
        return self


class SignIn(_OneOf):
    """Either e-mail address and password, or the token from a sign-in mail."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: _either(schema, ["email", "password"], ["token"]),
    )

    email: Email | MISSING = MISSING
    password: GivenPassword | MISSING = MISSING
    token: Token | MISSING = MISSING

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        return frozenset({"email", "password"}), frozenset({"token"})


class PasswordReset(_OneOf):
    """Either the address to send a link to, or the token from that link and the new password."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: _either(schema, ["email"], ["token", "password"]),
    )

    email: Email | MISSING = MISSING
    token: Token | MISSING = MISSING
    password: Password | MISSING = MISSING

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        return frozenset({"email"}), frozenset({"token", "password"})


class PasswordResetStep(ReadModel):
    """How far a reset has come."""

    status: Literal["mail_sent", "password_changed"]


class SessionRead(ReadModel):
    """A session. Browsers get its token as a cookie as well."""

    access_token: str = Field(description="Send as `Authorization: Bearer …`. Shown once.")
    token_type: Literal["bearer"]
    expires_at: Instant = Field(description="At the latest; earlier after 30 days without use.")


class MembershipRead(ReadModel):
    """Where the signed-in person is a member."""

    organisation_id: UUID
    name: str
    role: MemberRole


class MeRead(ReadModel):
    """The signed-in person."""

    id: UUID
    email: str
    display_name: str
    phone: str | None = Field(description="Shown only to the other side of a promise.")
    language: Language
    staff: StaffRole | None
    suspended: bool
    has_password: bool
    organisations: list[MembershipRead]
    version: int
    created_at: Instant


class SessionSummary(ReadModel):
    """A session, without its token."""

    id: UUID
    created_at: Instant
    used_at: Instant
    ends_at: Instant


class AccountExport(ReadModel):
    """What accounts knows about a person."""

    person: MeRead
    email_confirmed_at: Instant | None
    sessions: list[SessionSummary]


class MeEdit(Command):
    """What changes about me; what is absent stays."""

    display_name: Name | MISSING = MISSING
    phone: Phone | MISSING | None = MISSING
    language: Language | MISSING = MISSING


class PasswordChange(Command):
    """A new password, and the present one unless there is none yet."""

    current_password: GivenPassword | None = Field(description="null for people who never had a password.")
    new_password: Password


class EmailChange(Command):
    """Another address; it counts once it is confirmed."""

    email: Email
    current_password: GivenPassword


class StaffRoleClaim(Command):
    """The token that `depot admin token` printed."""

    token: Token


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


class MemberAdding(_OneOf):
    """A member by id, at once; or by e-mail address, who joins with the token of the mail."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: _either(schema, ["person_id", "role"], ["email", "role"]),
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
    """A member of an organisation; `person_id` and `name` are null for somebody invited by mail."""

    person_id: UUID | None
    name: str | None
    role: MemberRole
    status: Literal["member", "invited"]
    since: Instant


class Joining(Command):
    """The token from an invitation."""

    token: Token


class OrganisationsQuery(Command):
    """Which organisations."""

    mine: bool = Field(default=False, description="Only those you are a member of.")
    recognition: RecognitionState | None = Field(
        default=None, description="For staff: by state of recognition."
    )
    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=1_000)


class MembersQuery(Command):
    """Which part of the list of members."""

    limit: int = Field(default=20, ge=1, le=100)
    after: str | None = Field(default=None, max_length=1_000)


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


class PoliciesRead(ReadModel):
    """How this instance does things."""

    review_listings: bool
    time_zone: str


class RegionRead(ReadModel):
    """Which part of the world it serves."""

    name: str
    lat: float
    lon: float
    radius_km: int


class InstanceRead(ReadModel):
    """This instance."""

    name: str
    region: RegionRead
    url: str
    languages: list[str]
    default_language: Language
    operator: str
    operator_contact: str
    privacy_url: str
    policies: PoliciesRead
    versions: dict[str, str] = Field(examples=[{"api": "1", "depot": "0.1.0"}])

"""Registering, signing in, one's own page."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field

from app.accounts.schemas.fields import (
    BornOn,
    Email,
    GivenPassword,
    Name,
    OneOf,
    Password,
    Phone,
    Token,
    either,
    given,
)
from app.api.schemas import Command, Instant, ReadModel
from app.kernel.actor import MemberRole, StaffRole
from app.settings import Language


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


class SignIn(OneOf):
    """Either e-mail address and password, or the token from a sign-in mail."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: either(schema, given("email", "password"), given("token")),
    )

    email: Email | MISSING = MISSING
    password: GivenPassword | MISSING = MISSING
    token: Token | MISSING = MISSING

    @classmethod
    def shapes(cls) -> tuple[frozenset[str], ...]:
        return frozenset({"email", "password"}), frozenset({"token"})


class PasswordReset(OneOf):
    """Either the address to send a link to, or the token from that link and the new password."""

    model_config = ConfigDict(
        json_schema_extra=lambda schema: either(schema, given("email"), given("token", "password")),
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
    born_on: date | None = Field(
        description="Seen by nobody; it only tells whether you are old enough for what asks for an age."
    )
    language: Language
    staff: StaffRole | None
    suspended: bool
    suspended_until: Instant | None
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
    born_on: BornOn | MISSING | None = MISSING
    language: Language | MISSING = MISSING


class AssistedCreate(Command):
    """Somebody who has no e-mail, and the organisation that acts for them."""

    organisation_id: UUID = Field(description="It gets their letters, and acts in their name.")
    display_name: Name = Field(description="What others see.")
    phone: Phone | None = None
    born_on: BornOn | None = None
    language: Language = "de"

    def as_edit(self) -> MeEdit:
        """What stands on their page."""
        return MeEdit(
            display_name=self.display_name, phone=self.phone, born_on=self.born_on, language=self.language
        )


class AssistedEdit(MeEdit):
    """What changes about somebody who is assisted; what is absent stays."""


class AssistedRead(ReadModel):
    """Somebody who has no e-mail, as those see them who act for them."""

    id: UUID
    display_name: str
    phone: str | None = Field(description="Shown only to the other side of a promise.")
    born_on: date | None = Field(
        description="It only tells whether they are old enough for what asks for an age."
    )
    language: Language
    organisation_id: UUID = Field(description="The organisation that acts for them.")
    version: int
    created_at: Instant


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

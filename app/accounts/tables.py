"""People, organisations, sessions and secrets, as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.accounts.rules import PartyKind, Proof, Purpose, RecognitionState
from app.kernel.actor import MemberRole, StaffRole
from app.kernel.columns import JsonColumn, Row, text_enum


class Party(Row, table=True):
    """Whoever can stand on one side of a promise; `name` is public."""

    __tablename__ = "party"

    kind: PartyKind = Field(sa_type=text_enum(PartyKind))
    name: str = Field(max_length=120)
    created_at: datetime


class Person(SQLModel, table=True):
    """A person's private side. `email` is folded; null once erased. Without a password there are e-mailed links.

    `assisted_by` is the organisation that acts for somebody who has no e-mail, and gets their letters.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("email"),)

    id: UUID = Field(primary_key=True, foreign_key="party.id")
    email: str | None = Field(max_length=254)
    email_confirmed_at: datetime | None = None
    password_hash: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=40)
    born_on: date | None = None
    language: str = Field(max_length=12)
    staff: StaffRole | None = Field(default=None, sa_type=text_enum(StaffRole))
    assisted_by: UUID | None = Field(default=None, index=True)  # as in `listing.part_of`, no foreign key
    suspended_at: datetime | None = None
    suspended_until: datetime | None = None
    erased_at: datetime | None = None
    version: int = 1


class Organisation(SQLModel, table=True):
    """An organisation's own page, and where it can be reached once something is promised.

    `external_ref` is its name in the file it was imported from, so that it comes in once.
    """

    __tablename__ = "organisation"

    id: UUID = Field(primary_key=True, foreign_key="party.id")
    description: str = Field(default="", max_length=4_000)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    external_ref: str | None = Field(default=None, max_length=200, unique=True)
    dissolved_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_until: datetime | None = None
    version: int = 1


class Membership(SQLModel, table=True):
    """A person acts for an organisation, in a role."""

    __tablename__ = "membership"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id")
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    role: MemberRole = Field(sa_type=text_enum(MemberRole))
    joined_at: datetime


class Invitation(Row, table=True):
    """Somebody with this e-mail address is asked to join; the token in the mail is what lets them."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)

    organisation_id: UUID = Field(foreign_key="organisation.id")
    email: str = Field(max_length=254)
    role: MemberRole = Field(sa_type=text_enum(MemberRole))
    invited_by: UUID = Field(foreign_key="person.id")
    created_at: datetime


class Recognition(SQLModel, table=True):
    """The latest say on whether an organisation serves the common good; none submitted, no row."""

    __tablename__ = "recognition"
    __table_args__ = (
        CheckConstraint("(proof = 'tax_notice') = (notice_date IS NOT NULL)", "notice_has_a_date"),
    )

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id")
    state: RecognitionState = Field(sa_type=text_enum(RecognitionState), index=True)
    proof: Proof = Field(sa_type=text_enum(Proof))
    notice_date: date | None = None
    declaration: str = Field(max_length=4_000)
    submitted_at: datetime
    submitted_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="person.id")
    note: str = Field(default="", max_length=1_000)
    valid_until: datetime | None = None
    reminded_at: datetime | None = None
    version: int = 1


class SignedIn(Row, table=True):
    """One session: a browser or a program that showed who it is."""

    __tablename__ = "session"

    person_id: UUID = Field(foreign_key="person.id", index=True)
    digest: str = Field(max_length=64, unique=True)
    created_at: datetime
    used_at: datetime
    ends_at: datetime = Field(index=True)


class OneTimeToken(Row, table=True):
    """A secret sent by mail or printed for the operator. Used once, by taking the row away.

    `person_id` is whom it is about (nobody yet, for the first admin); `subject` what else it needs: the new address
    of an e-mail change, the id of an invitation.
    """

    __tablename__ = "one_time_token"

    digest: str = Field(max_length=64, unique=True)
    purpose: Purpose = Field(sa_type=text_enum(Purpose))
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    subject: str | None = Field(default=None, max_length=254)
    ends_at: datetime = Field(index=True)


class InstanceSettings(SQLModel, table=True):
    """What the staff says about this instance: one row. `texts` has Markdown by its subject and its language."""

    __tablename__ = "instance_settings"
    __table_args__ = (CheckConstraint("id = 1", "alone"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    texts: dict[str, dict[str, str]] = Field(sa_type=JsonColumn)
    version: int


class Attempts(SQLModel, table=True):
    """How often something was tried under one key (a digest of an address, an e-mail, or both)."""

    __tablename__ = "attempts"

    key: str = Field(primary_key=True, max_length=64)
    count: int
    since: datetime
    last_at: datetime = Field(index=True)

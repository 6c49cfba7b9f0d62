"""What people say: asks, steps, messages."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.api.schemas import Command, Instant, Line, ListQuery, Text
from app.bookings.rules.words import Outcome, State
from app.kernel.rrule import parse_rule
from app.kernel.text import message

MAX_UNITS = 100_000


def _served_rule(text: str) -> str:
    parse_rule(text)
    return text


Recurrence = Annotated[str, Field(max_length=200), AfterValidator(_served_rule)]
Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
Note = Annotated[Text, Field(max_length=2_000)]


class InANameCommand(Command):
    """Said for oneself, for an organisation one owns or manages, or for somebody without e-mail whom that assists."""

    organisation_id: UUID | None = Field(
        default=None, description="In the name of an organisation you own or manage."
    )
    person_id: UUID | None = Field(
        default=None, description="In the name of somebody without e-mail for whom you act."
    )

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.organisation_id is not None and self.person_id is not None:
            raise ValueError(message("Ask in one name, of an organisation or of a person."))
        return self

    @property
    def in_whose_name(self) -> UUID | None:
        """None is oneself."""
        return self.organisation_id or self.person_id


class BookingCreate(InANameCommand):
    """An ask for a listing and a stretch of time."""

    listing_id: UUID
    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    purpose: Annotated[Line, Field(max_length=500)] | None = None
    message: Note | None = Field(default=None, description="The first message to the provider.")
    recurrence: Recurrence | None = Field(
        default=None,
        description="Ask for several dates at once; every date is answered by itself. RRULE (RFC 5545): FREQ, "
        "INTERVAL, BYDAY, COUNT, UNTIL, in the wall time of the place; at most 100 dates.",
        examples=["FREQ=WEEKLY;COUNT=10"],
    )
    except_on: Annotated[tuple[date, ...], Field(max_length=200)] = Field(
        default=(), description="Local dates that the series leaves out."
    )
    override_reason: Annotated[Line, Field(min_length=1, max_length=500)] | None = Field(
        default=None,
        description="For the provider and staff: why hours, lengths, lead time and quotas are set aside. It is told.",
    )

    @model_validator(mode="after")
    def _exceptions_need_a_rule(self) -> Self:
        if self.except_on and self.recurrence is None:
            raise ValueError(message("Exceptions need a rule."))
        if self.override_reason is not None and self.recurrence is not None:
            raise ValueError(message("Rules are set aside for one date at a time."))
        return self


class QueueJoin(InANameCommand):
    """What somebody waits for."""

    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    purpose: Annotated[Line, Field(max_length=500)] | None = None
    message: Note | None = Field(default=None, description="The first message to the provider.")


class OfferCreate(Command):
    """What somebody offers to whoever is looking: a listing of their own, or of an organisation they manage."""

    listing_id: UUID
    units: Units = 1
    starts_at: Instant
    ends_at: Instant
    message: Note | None = Field(default=None, description="The first message to whoever is looking.")


class Step(Command):
    """What is said with an action."""

    reason: Annotated[Line, Field(max_length=100)] | None = Field(
        default=None, description="A short code or word."
    )
    note: Note | None = Field(default=None, description="A sentence for the other side.")


class Deposit(Command):
    """What became of the deposit: taken at the hand-over; returned, or kept with a reason, at the return.

    `amount_minor` is what this record is about. At the return `kept_minor` of it stays with the provider: without a
    number all of it where a reason is given, else nothing.
    """

    amount_minor: Annotated[int, Field(ge=0, le=1_000_000_000)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    kept_minor: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    kept_reason: Annotated[Line, Field(max_length=500)] | None = None


class HandOver(Step):
    """What changes hands, at the hand-over and at the return. Without units: all of them."""

    units: Units | None = None
    condition: Note | None = None
    photo_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    deposit: Deposit | None = None
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = Field(
        default=None, description="The six digits the borrower sees: their acknowledgement."
    )


class Correction(Command):
    """What a record should have said; what is absent stays."""

    condition: Note | None = None
    photo_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] | None = None
    deposit: Deposit | None = None


class WhatHappened(Step):
    """Why nothing came of it."""

    outcome: Literal[Outcome.DID_NOT_HAPPEN, Outcome.NO_SHOW_BORROWER, Outcome.NO_SHOW_PROVIDER] = (
        Outcome.DID_NOT_HAPPEN
    )


class Settlement(Step):
    """How a case ends. As what is for a moderator to say; where both sides agree it is settled, or lost."""

    outcome: (
        Literal[
            Outcome.SETTLED,
            Outcome.LOST,
            Outcome.FULFILLED,
            Outcome.PARTLY_FULFILLED,
            Outcome.DID_NOT_HAPPEN,
            Outcome.NOT_COLLECTED,
            Outcome.NO_SHOW_BORROWER,
            Outcome.NO_SHOW_PROVIDER,
        ]
        | None
    ) = None


class NewTerms(Step):
    """Other terms than those asked for; what is absent stays."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    units: Units | None = None
    place_note: Annotated[Line, Field(max_length=500)] | None = None
    condition: Note | None = Field(default=None, description="Under what condition, in words.")
    amount_minor: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = Field(
        default=None,
        description="The total, in minor units, from the provider. Without it the frozen tariff is counted anew.",
    )


class Minutes(Step):
    """The real length."""

    minutes: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Attendance(Step):
    """How many of the booked seats were taken. Without numbers: all of them."""

    attended: Annotated[int, Field(ge=0, le=MAX_UNITS)] | None = None
    absent: Annotated[int, Field(ge=0, le=MAX_UNITS)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Everything that can be said with any action, as the service takes it.

    `together` names the series or group all of which is moved by one call.
    """

    reason: str | None = None
    note: str | None = None
    units: int | None = None
    condition: str | None = None
    photo_ids: tuple[UUID, ...] = ()
    deposit: Deposit | None = None
    code: str | None = None
    outcome: Outcome | None = None
    minutes: int | None = None
    attended: int | None = None
    absent: int | None = None
    together: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place_note: str | None = None
    amount_minor: int | None = None

    @classmethod
    def override(cls, why: str | None) -> "Said":
        """What the story tells of a booking for which rules were set aside; nothing for any other."""
        return cls(reason="override", note=why) if why is not None else cls()

    @classmethod
    def of(cls, step: Step) -> "Said":
        return cls(**dict(step))


class MessageCreate(Command):
    """A message to the other side."""

    text: Annotated[Text, Field(min_length=1, max_length=2_000)]


class BookingQuery(ListQuery):
    """Which of one's bookings, newest first."""

    role: Literal["borrower", "provider"] | None = None
    state: State | None = None
    series_id: UUID | None = Field(default=None, description="The dates of this series.")
    group_id: UUID | None = Field(default=None, description="The parts of this group.")

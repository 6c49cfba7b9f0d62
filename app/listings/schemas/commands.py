"""How listings are made and changed."""

from dataclasses import asdict
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import MISSING, Field, ValidationInfo, field_validator, model_validator

from app.api.schemas import Line, Text
from app.kernel.intervals import Interval
from app.kernel.text import message
from app.listings.rules.eligibility import Audience
from app.listings.rules.kinds import DEFAULTS, BookingMode, Kind, Purpose, Reach
from app.listings.rules.lifecycle import CloseReason
from app.listings.rules.sessions import overlap
from app.listings.schemas.calendar import HoursBody
from app.listings.schemas.parts import (
    BufferMinutes,
    Cancellation,
    Category,
    ChainGapMinutes,
    ClosedDays,
    HorizonDays,
    KnowHow,
    LanguageTag,
    Lat,
    LeadMinutes,
    LeadWorkingDays,
    Length,
    Lon,
    LongText,
    MarginHours,
    MinAge,
    Money,
    Permille,
    PlaceEntry,
    PostalCode,
    Quota,
    ShortLine,
    Space,
    StepMinutes,
    Subdivision,
    Tag,
    Tariffs,
    Time,
    Town,
    TurnHours,
    Units,
    WantedEntry,
)
from app.listings.schemas.words import ListingCommand

Title = Annotated[Line, Field(min_length=3, max_length=120)]
TagList = Annotated[list[Tag], Field(max_length=30)]
AnswerHours = Annotated[int, Field(ge=1, le=24 * 60, description="A request lapses after so many hours.")]


class LimitsEntry(ListingCommand):
    """Only those that matter: what is left out is as usual for the kind, or in an edit as it was."""

    min_minutes: Length | MISSING = MISSING
    max_minutes: Length | MISSING = MISSING
    step_minutes: StepMinutes | MISSING = MISSING
    lead_minutes: LeadMinutes | MISSING = MISSING
    horizon_days: HorizonDays | MISSING = MISSING
    buffer_before_minutes: BufferMinutes | MISSING = MISSING
    buffer_after_minutes: BufferMinutes | MISSING = MISSING
    closed_days_counted: ClosedDays | MISSING | None = MISSING
    chain_gap_minutes: ChainGapMinutes | MISSING = MISSING
    lead_working_days: LeadWorkingDays | MISSING = MISSING

    def in_full(self, kind: Kind) -> dict[str, Any]:
        """Every limit, those left out as usual for the kind."""
        return asdict(DEFAULTS[kind].limits) | self.model_dump()


class ListingCreate(ListingCommand):
    """An offer or a want. What is left out takes the default of its kind."""

    purpose: Purpose = Purpose.OFFER
    kind: Kind
    title: Title
    description: LongText = ""
    language: LanguageTag = "de"
    category: Category | None = None
    tags: TagList = Field(default=[])
    units: Units = 1
    min_units: Units = 1
    place: PlaceEntry = PlaceEntry()
    booking_mode: BookingMode | None = None
    request_holds: bool | None = None
    audience: Audience = Audience.EVERYONE
    audience_organisation_id: UUID | None = Field(default=None, description="For the audience `members_of`.")
    tariffs: Tariffs | None = Field(default=[])
    deposit: Money | None = None
    vat_permille: Permille | None = None
    limits: LimitsEntry | None = None
    terms: LongText = ""
    contract_text: LongText = ""
    hours: HoursBody = HoursBody()
    cancellation: Cancellation = Cancellation()
    answer_hours: AnswerHours | None = None
    queue_turn_hours: TurnHours | None = None
    overdue_margin_hours: MarginHours | None = None
    min_age: MinAge | None = None
    quota: Quota | None = None
    part_of: UUID | None = None
    federation: Reach | None = None
    space: Space | None = None
    know_how: KnowHow | None = None
    time: Time | None = None
    wanted: WantedEntry | None = None
    organisation_id: UUID | None = Field(
        default=None, description="Offer in the name of an organisation of yours."
    )

    @field_validator("limits")
    @classmethod
    def _limits_in_order(cls, limits: LimitsEntry | None, info: ValidationInfo) -> LimitsEntry | None:
        kind = info.data.get("kind")
        if limits and kind:
            full = limits.in_full(kind)
            if full["max_minutes"] < full["min_minutes"]:
                raise ValueError("The longest time is not shorter than the shortest.")
        return limits

    @field_validator("know_how")
    @classmethod
    def _sessions_apart(cls, know_how: KnowHow | None) -> KnowHow | None:
        sessions = know_how.sessions if know_how else []
        ids = [session.id for session in sessions if session.id is not None]
        if len(set(ids)) != len(ids):
            raise ValueError("Each session has an id of its own.")
        if overlap(Interval(one.starts_at, one.ends_at) for one in sessions if not one.cancelled):
            raise ValueError("Two sessions of a course do not take place at once.")
        return know_how

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.min_units > self.units:
            raise ValueError("The fewest units given out are not more than there are.")
        if (self.audience is Audience.MEMBERS_OF) != (self.audience_organisation_id is not None):
            raise ValueError("The audience members_of, and no other, names an organisation.")
        for kind in (Kind.SPACE, Kind.KNOW_HOW, Kind.TIME):
            if getattr(self, kind.value) is not None and self.kind is not kind:
                raise ValueError(message("Only listings of the kind {kind} have {kind}.", kind=kind.value))
        if (self.wanted is not None) != (self.purpose is Purpose.WANT):
            raise ValueError("A want, and nothing else, says in wanted when something is needed.")
        return self


class PlaceEdit(ListingCommand):
    """Only what changes."""

    street: ShortLine | MISSING | None = MISSING
    postal_code: PostalCode | MISSING | None = MISSING
    locality: Town | MISSING | None = MISSING
    district: Town | MISSING | None = MISSING
    lat: Lat | MISSING | None = MISSING
    lon: Lon | MISSING | None = MISSING
    show_exact: bool | MISSING = MISSING
    subdivision: Subdivision | MISSING | None = MISSING


class ListingEdit(ListingCommand):
    """A merge patch (RFC 7396): absent stays, null removes.

    The result must be a listing that could have been created so. Hours and closures have addresses of their own.
    """

    title: Title | MISSING = MISSING
    description: LongText | MISSING = MISSING
    language: LanguageTag | MISSING = MISSING
    category: Category | MISSING | None = MISSING
    tags: TagList | MISSING = MISSING
    units: Units | MISSING = MISSING
    min_units: Units | MISSING = MISSING
    place: PlaceEdit | MISSING = MISSING
    booking_mode: BookingMode | MISSING = MISSING
    request_holds: bool | MISSING = MISSING
    audience: Audience | MISSING = MISSING
    audience_organisation_id: UUID | MISSING | None = MISSING
    tariffs: Tariffs | MISSING | None = MISSING
    deposit: Money | MISSING | None = MISSING
    vat_permille: Permille | MISSING | None = MISSING
    limits: LimitsEntry | MISSING = MISSING
    terms: LongText | MISSING = MISSING
    contract_text: LongText | MISSING = MISSING
    cancellation: Cancellation | MISSING = MISSING
    answer_hours: AnswerHours | MISSING = MISSING
    queue_turn_hours: TurnHours | MISSING = MISSING
    overdue_margin_hours: MarginHours | MISSING = MISSING
    min_age: MinAge | MISSING | None = MISSING
    quota: Quota | MISSING | None = MISSING
    part_of: UUID | MISSING | None = MISSING
    federation: Reach | MISSING = MISSING
    space: Space | MISSING | None = MISSING
    know_how: KnowHow | MISSING | None = MISSING
    time: Time | MISSING | None = MISSING
    wanted: WantedEntry | MISSING = MISSING


class ListingClose(ListingCommand):
    """Why it ends."""

    reason: CloseReason = CloseReason.WITHDRAWN


class ListingReject(ListingCommand):
    """What is amiss."""

    note: Annotated[Text, Field(min_length=1, max_length=1_000)] = Field(
        description="What its provider is told.", examples=["Please say how large the tent is."]
    )


AltText = Annotated[Line, Field(max_length=300, description="What can be seen, in words.")]


class PhotoEdit(ListingCommand):
    """Other words, another place in the order."""

    alt: AltText | MISSING = MISSING
    position: Annotated[int, Field(ge=0, le=99, description="0 comes first.")] | MISSING = MISSING

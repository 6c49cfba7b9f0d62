"""The parts a listing is made of on the wire, the same coming in and going out."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.api.schemas import Instant, Line, Text
from app.kernel.recurrence import MINUTES_PER_DAY
from app.listings import categories
from app.listings.rules import holidays
from app.listings.rules.kinds import Form
from app.listings.rules.price import BillingUnit, TariffName
from app.listings.schemas.words import ListingCommand

MAX_MINOR = 1_000_000_000
MAX_UNITS = 1_000_000
YEAR_MINUTES = 366 * MINUTES_PER_DAY


class Part(ListingCommand):
    """Part of a listing: strict coming in, complete going out."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


def _known_category(slug: str) -> str:
    if categories.get(slug) is None:
        raise ValueError("There is no such category; see /api/v1/categories.")
    return slug


def _known_subdivision(code: str) -> str:
    if not holidays.is_known(code):
        raise ValueError("There is no such state or country whose public holidays are known.")
    return code


Category = Annotated[
    str,
    Field(max_length=60, examples=["drills"], description="A slug of `/categories`."),
    AfterValidator(_known_category),
]
Tag = Annotated[Line, Field(min_length=1, max_length=40)]
ShortLine = Annotated[Line, Field(max_length=120)]
LanguageTag = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$", max_length=8, description="BCP 47.", examples=["de"])
]
Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]


class Money(Part):
    """An amount in minor units: 1250 is 12.50 EUR."""

    amount_minor: int = Field(ge=0, le=MAX_MINOR)
    currency: Currency = "EUR"


class Tariff(Part):
    """The price of one unit for one billing unit; `reduced` is for recognised organisations."""

    tariff: TariffName = TariffName.REGULAR
    billing_unit: BillingUnit
    amount_minor: int = Field(ge=0, le=MAX_MINOR)
    currency: Currency = "EUR"


def _one_of_each(tariffs: list[Tariff]) -> list[Tariff]:
    names = [tariff.tariff for tariff in tariffs]
    if len(set(names)) != len(names):
        raise ValueError("There is one regular and one reduced tariff at most.")
    if names == [TariffName.REDUCED]:
        raise ValueError("A reduced tariff stands beside a regular one.")
    if len({tariff.currency for tariff in tariffs}) > 1:
        raise ValueError("All tariffs have the same currency.")
    return tariffs


Tariffs = Annotated[
    list[Tariff],
    Field(max_length=2, description="Empty: free of charge. null: by arrangement."),
    AfterValidator(_one_of_each),
]


Length = Annotated[int, Field(ge=1, le=YEAR_MINUTES)]
StepMinutes = Annotated[int, Field(ge=1, le=7 * MINUTES_PER_DAY)]
LeadMinutes = Annotated[int, Field(ge=0, le=YEAR_MINUTES)]
HorizonDays = Annotated[int, Field(ge=1, le=1_000)]
BufferMinutes = Annotated[int, Field(ge=0, le=7 * MINUTES_PER_DAY)]
ClosedDays = Annotated[int, Field(ge=0, le=366)]
ChainGapMinutes = Annotated[int, Field(ge=0, le=31 * MINUTES_PER_DAY)]
LeadWorkingDays = Annotated[int, Field(ge=0, le=60)]
TurnHours = Annotated[int, Field(ge=1, le=14 * 24)]
MarginHours = Annotated[int, Field(ge=1, le=14 * 24)]
MinAge = Annotated[int, Field(ge=1, le=99)]
Permille = Annotated[int, Field(ge=0, le=1_000, examples=[190])]
AsksPerWeek = Annotated[int, Field(ge=1, le=100)]
PrivateNotes = Annotated[Text, Field(max_length=2_000)]
Subdivision = Annotated[
    str,
    Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", max_length=6, examples=["DE-SN"]),
    AfterValidator(_known_subdivision),
]
PostalCode = Annotated[Line, Field(max_length=20)]
Town = Annotated[Line, Field(max_length=80)]


class Limits(Part):
    """How long, how soon, how far ahead, and how much room around."""

    min_minutes: Length
    max_minutes: Length
    step_minutes: StepMinutes
    lead_minutes: LeadMinutes
    horizon_days: HorizonDays
    buffer_before_minutes: BufferMinutes
    buffer_after_minutes: BufferMinutes
    closed_days_counted: ClosedDays | None = None
    chain_gap_minutes: ChainGapMinutes = 0
    lead_working_days: LeadWorkingDays = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_minutes < self.min_minutes:
            raise ValueError("The longest time is not shorter than the shortest.")
        return self


class Quota(Part):
    """How much of it one borrower may have: bookings at a time, and days in a calendar month; null: any number."""

    active_bookings: int | None = Field(default=None, ge=1, le=1_000)
    days_per_month: int | None = Field(default=None, ge=1, le=31)


class PlaceEntry(Part):
    """Where it is. Street, postal code and the point given are private; the public sees a displaced point.

    An organisation may show its exact point with `show_exact`.
    """

    street: ShortLine | None = None
    postal_code: PostalCode | None = None
    locality: Town | None = None
    district: Town | None = None
    lat: Lat | None = None
    lon: Lon | None = None
    show_exact: bool = False
    subdivision: Subdivision | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("A point has a latitude and a longitude.")
        return self


class Space(Part):
    """What a room has."""

    capacity: int | None = Field(default=None, ge=1, le=100_000)
    area_m2: int | None = Field(default=None, ge=1, le=1_000_000)
    furnishings: list[Tag] = Field(default=[], max_length=50)
    release_after_minutes: int | None = Field(default=None, ge=15, le=60)
    access_notes: PrivateNotes | None = None


class Session(Part):
    """One meeting of a course. A new one gets its id here; send the id along to keep it through an edit."""

    id: UUID | None = None
    starts_at: Instant
    ends_at: Instant
    cancelled: bool = False

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("The end lies after the start.")
        return self


class KnowHow(Part):
    """What can be learned, and how."""

    topics: list[Tag] = Field(default=[], max_length=50)
    level: ShortLine | None = None
    form: Form = Form.ONE_TO_ONE
    sessions: list[Session] = Field(default=[], max_length=100)
    asks_per_week: AsksPerWeek | None = None
    access: PrivateNotes | None = None
    access_at_once: bool = False


class Time(Part):
    """What somebody likes to do, and how many asks a week they want."""

    tasks: list[Tag] = Field(default=[], max_length=50)
    asks_per_week: AsksPerWeek | None = None


class WantedEntry(Part):
    """When something is needed, and how many."""

    starts_at: Instant
    ends_at: Instant
    units: Units = 1

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("The end lies after the start.")
        return self


class Cancellation(Part):
    """Until when the borrower may cancel early."""

    hours_before: int | None = Field(default=None, ge=0, le=8_760)


LongText = Annotated[Text, Field(max_length=10_000)]

"""This instance."""

from typing import Annotated

from pydantic import MISSING, Field

from app.api.schemas import Command, ReadModel, Text
from app.settings import Language, Who


class PoliciesRead(ReadModel):
    """How this instance does things."""

    review_listings: bool
    time_zone: str
    who_may_borrow: Who = Field(description="Who may borrow here at all; a listing may be for fewer.")
    who_may_offer: Who = Field(description="Who may offer something here; everybody may say what they need.")
    max_active_bookings: int | None = Field(
        description="How many bookings somebody may have under way at a time; null: any number."
    )


class RegionRead(ReadModel):
    """Which part of the world it serves."""

    name: str
    lat: float
    lon: float
    radius_km: int


class WrittenRead(ReadModel):
    """What the staff wrote."""

    markdown: str = Field(description="As it was written, in a safe subset of Markdown.")
    html: str = Field(description="The same as HTML that is safe to show.")


class InLanguagesRead(ReadModel):
    """One text in each language; null where nobody has written it."""

    de: WrittenRead | None = Field(description="In German.")
    en: WrittenRead | None = Field(description="In English.")


class TextsRead(ReadModel):
    """What the staff says about this instance."""

    imprint: InLanguagesRead = Field(description="Who is responsible, as the law wants it said.")
    privacy: InLanguagesRead = Field(description="What becomes of personal data.")
    contact: InLanguagesRead = Field(description="How to reach the people who run it.")
    house_rules: InLanguagesRead = Field(description="What is welcome here, and what is not.")


LongText = Annotated[Text, Field(max_length=20_000, examples=["## Who we are\n\nThe *library of things*."])]


class InLanguagesEdit(Command):
    """One text in each language; absent stays, null takes it away."""

    de: LongText | MISSING | None = Field(default=MISSING, description="In German, as Markdown.")
    en: LongText | MISSING | None = Field(default=MISSING, description="In English, as Markdown.")


class TextsEdit(Command):
    """The texts to change; what is absent stays."""

    imprint: InLanguagesEdit | MISSING = Field(default=MISSING, description="Who is responsible.")
    privacy: InLanguagesEdit | MISSING = Field(default=MISSING, description="What becomes of personal data.")
    contact: InLanguagesEdit | MISSING = Field(default=MISSING, description="How to reach you.")
    house_rules: InLanguagesEdit | MISSING = Field(default=MISSING, description="What is welcome here.")


class InstanceEdit(Command):
    """What to change about this instance."""

    texts: TextsEdit | MISSING = Field(default=MISSING, description="What you say about it.")


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
    texts: TextsRead = Field(
        description="What its staff says about it: imprint, privacy, contact, house rules."
    )
    version: int = Field(description="Of its texts.")
    versions: dict[str, str] = Field(examples=[{"api": "1", "depot": "0.1.0"}])

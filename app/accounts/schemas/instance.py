"""This instance."""

from pydantic import Field

from app.api.schemas import ReadModel
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

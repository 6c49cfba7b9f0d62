"""This instance."""

from pydantic import Field

from app.api.schemas import ReadModel
from app.settings import Language


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

"""This instance, for everybody who asks."""

from app import __version__
from app.accounts.schemas.instance import InstanceRead, PoliciesRead, RegionRead
from app.api.endpoints import PublicReading, Router, cacheable
from app.kernel.text import LANGUAGES

router = Router(prefix="/api/v1/instance", tags=["instance"])


@router.get("", summary="What instance is this?", openapi_extra=cacheable(60))
def read(reading: PublicReading) -> InstanceRead:
    """Name, region, languages, who runs it, how it does things."""
    settings = reading.settings
    return InstanceRead(
        name=settings.name,
        region=RegionRead(
            name=settings.region,
            lat=settings.region_lat,
            lon=settings.region_lon,
            radius_km=settings.region_radius_km,
        ),
        url=settings.public_url,
        languages=list(LANGUAGES),
        default_language=settings.language,
        operator=settings.operator,
        operator_contact=settings.operator_contact,
        privacy_url=settings.privacy_url,
        policies=PoliciesRead(
            review_listings=settings.review_listings,
            time_zone=settings.time_zone,
            who_may_borrow=settings.who_may_borrow,
            who_may_offer=settings.who_may_offer,
            max_active_bookings=settings.max_active_bookings or None,
        ),
        versions={"api": "1", "depot": __version__, "federation": "1"},
    )

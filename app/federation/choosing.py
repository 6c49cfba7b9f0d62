"""Which entries of a feed a reader wants: near a point, of a category (federation.md §2.5, rule 14). Pure.

Whatever lies outside is told as gone, `filtered`, without its data: so a reader whose entry moves out of its choice
hears of it, and the feed keeps nothing about its readers.
"""

import hashlib
import math
import re
from dataclasses import dataclass
from typing import Final, Self

from app.federation.problems import SchemaInvalid
from app.kernel.places import Box, Point, bounding_box, distance_km

MOST_KM: Final = 20_000.0
_NEAR: Final = re.compile(
    r"(-?\d{1,2}(?:\.\d{1,10})?),(-?\d{1,3}(?:\.\d{1,10})?),(\d{1,5}(?:\.\d{1,3})?)", re.ASCII
)
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader wants to have; nothing said is everything."""

    near: Point | None = None
    radius_km: float = 0.0
    category: str | None = None

    @classmethod
    def read(cls, *, near: str | None, category: str | None) -> Self:
        """The choice in a query, `near=lat,lon,km` and `category=slug`. Raises SchemaInvalid."""
        point, radius = None, 0.0
        if near is not None:
            found = _NEAR.fullmatch(near)
            lat, lon, radius = (float(part) for part in found.groups()) if found else (math.nan,) * 3
            if not (abs(lat) <= 90 and abs(lon) <= 180 and 0 < radius <= MOST_KM):  # noqa: PLR2004 - degrees
                raise SchemaInvalid.at(["near"])
            point = Point(lat, lon)
        if category is not None and not _SLUG.fullmatch(category):
            raise SchemaInvalid.at(["category"])
        return cls(point, radius, category)

    def __bool__(self) -> bool:
        return self.near is not None or self.category is not None

    @property
    def name(self) -> str:
        """A short name by which a cursor knows it; the same choice written otherwise has the same."""
        if not self:
            return ""
        place = f"{self.near.lat:.5f},{self.near.lon:.5f},{self.radius_km:.3f}" if self.near else ""
        return hashlib.sha256(f"{place}\n{self.category or ''}".encode()).hexdigest()[:16]

    @property
    def box(self) -> Box | None:
        """A rectangle around all that is near, for a first look."""
        return bounding_box(self.near, self.radius_km) if self.near else None

    def reaches(self, lat: float | None, lon: float | None) -> bool:
        """Whether a point is near enough; what has none is not."""
        if self.near is None:
            return True
        if lat is None or lon is None:
            return False
        return distance_km(self.near, Point(lat, lon)) <= self.radius_km


EVERYTHING: Final = Choice()

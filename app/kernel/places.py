"""Places on earth: points, distances, and the public point that stands for a private address. Pure."""

import hashlib
import hmac
import math
from dataclasses import dataclass
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0088
_POLE: Final = 90.0
_DATE_LINE: Final = 180.0
_KM_PER_DEGREE: Final = EARTH_RADIUS_KM * math.pi / 180
_GRID_DECIMALS: Final = 4  # a grid of at most 11 m
_GRID_ERROR_M: Final = 9  # how far the grid and the rounding of the answer can move a point
_PUBLIC_DECIMALS: Final = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A point in degrees (WGS 84). Out of range or not a number is refused."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        # Written so that NaN, which compares false with everything, is refused too.
        if not (abs(self.lat) <= _POLE and abs(self.lon) <= _DATE_LINE):
            raise ValueError("A latitude lies between -90 and 90, a longitude between -180 and 180.")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of latitudes and longitudes, borders included."""

    south: float
    west: float
    north: float
    east: float


def distance_km(one: Point, other: Point) -> float:
    """The great-circle distance (haversine) in kilometres."""
    lat_one, lat_other = math.radians(one.lat), math.radians(other.lat)
    lon_difference = math.radians(other.lon - one.lon)
    half_chord = (
        math.sin((lat_other - lat_one) / 2) ** 2
        + math.cos(lat_one) * math.cos(lat_other) * math.sin(lon_difference / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half_chord)))


def bounding_box(point: Point, radius_km: float) -> Box:
    """A box that holds the whole disc; near a pole or the date line it takes in every longitude."""
    lat_reach = radius_km / _KM_PER_DEGREE
    south, north = point.lat - lat_reach, point.lat + lat_reach
    west, east = -_DATE_LINE, _DATE_LINE
    if south > -_POLE and north < _POLE:
        # The disc is widest a little poleward of its middle, hence not simply reach / cos(lat).
        lon_reach = math.degrees(
            math.asin(min(1.0, math.sin(math.radians(lat_reach)) / math.cos(math.radians(point.lat))))
        )
        if point.lon - lon_reach >= west and point.lon + lon_reach <= east:
            west, east = point.lon - lon_reach, point.lon + lon_reach
    return Box(max(-_POLE, south), west, min(_POLE, north), east)


def displaced(point: Point, key: bytes, max_m: float = 200) -> Point:
    """The public point for a private one: up to `max_m` metres away, always the same, a secret of the key.

    The point is laid on a grid first, so that ten listings at one address, entered with slightly different
    coordinates, still share one public point and do not average out to the door.
    """
    lat, lon = round(point.lat, _GRID_DECIMALS) + 0.0, round(point.lon, _GRID_DECIMALS) + 0.0
    digest = hmac.digest(key, f"{lat:.4f},{lon:.4f}".encode(), hashlib.sha256)
    share, turn = (int.from_bytes(part) / 2**64 for part in (digest[:8], digest[8:16]))
    reach_km = (
        max(0.0, max_m - _GRID_ERROR_M) / 1000 * math.sqrt(share)
    )  # the root spreads evenly over the disc
    angle = 2 * math.pi * turn
    new_lat = lat + reach_km * math.cos(angle) / _KM_PER_DEGREE
    new_lat = max(-_POLE, min(_POLE, new_lat))
    widest = max(math.cos(math.radians(new_lat)), 1e-6)  # at the poles every longitude is the same place
    new_lon = lon + reach_km * math.sin(angle) / _KM_PER_DEGREE / widest
    new_lon = (new_lon + 180) % 360 - 180
    return Point(round(new_lat, _PUBLIC_DECIMALS), round(new_lon, _PUBLIC_DECIMALS))

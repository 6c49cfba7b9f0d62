"""Places as numbers: a grid whose cells are counted along a space-filling curve, so that what is near has near numbers.

A cell is about 76 m high and 150 m wide (less towards the poles); its row and column, interleaved, are its number of
36 bits (G. M. Morton, 1966). A square of cells whose side is a power of two is one unbroken range of numbers.
Distances are compared as squared chords of the unit sphere: plain arithmetic, which every database does alike. Pure.
"""

import math
from collections.abc import Iterable
from typing import Final

from app.kernel.places import EARTH_RADIUS_KM, Point, bounding_box

BITS: Final = 18
"""Of a row and of a column each."""
NOWHERE: Final = 4**BITS - 1
"""The cell of what has no place; nothing else is in it."""
ALL_AROUND: Final = 4.0
"""The squared chord to the other side of the earth; nothing is farther."""
_SIDE: Final = 2**BITS
_MASKS: Final = ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333),
                 (1, 0x5555555555555555))  # fmt: skip


def cell_of(point: Point) -> int:
    """The cell in which a point lies."""
    return min(_interleaved(_row(point.lat), _column(point.lon)), NOWHERE - 1)


def squares(point: Point, radius_km: float, *, size: int, most: int) -> list[int] | None:
    """The squares with sides of 2^size cells that cover the disc, ascending; None where they are more than `most`.

    The cells of a square s are s·4^size up to (s + 1)·4^size.
    """
    box = bounding_box(point, radius_km)
    south, north = _row(box.south) >> size, _row(box.north) >> size
    west, east = _column(box.west) >> size, _column(box.east) >> size
    if (north - south + 1) * (east - west + 1) > most:
        return None
    rows, columns = range(south, north + 1), range(west, east + 1)
    return sorted(_interleaved(row, column) for row in rows for column in columns)


def ranges(point: Point, radius_km: float, *, most: int = 24) -> list[tuple[int, int]]:
    """Half-open ranges of cells that cover the disc, ascending and not touching each other."""
    for size in range(BITS + 1):
        found = squares(point, radius_km, size=size, most=most)
        if found is not None:
            return _joined((square << 2 * size, (square + 1) << 2 * size) for square in found)
    return [(0, NOWHERE)]


def sphere(point: Point) -> tuple[float, float, float]:
    """The point on the unit sphere."""
    lat, lon = math.radians(point.lat), math.radians(point.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def chord2(km: float) -> float:
    """The squared chord of the unit sphere that spans so many kilometres on earth."""
    return (2 * math.sin(min(km / EARTH_RADIUS_KM, math.pi) / 2)) ** 2


def km_of(chord2: float) -> float:
    """How many kilometres a squared chord spans."""
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord2) / 2))


def _row(lat: float) -> int:
    return min(_SIDE - 1, int((lat + 90) / 180 * _SIDE))


def _column(lon: float) -> int:
    return min(_SIDE - 1, int((lon + 180) / 360 * _SIDE))


def _interleaved(row: int, column: int) -> int:
    return _spread(row) << 1 | _spread(column)


def _spread(number: int) -> int:
    """The bits of a number with a gap after each."""
    for shift, mask in _MASKS:
        number = (number | number << shift) & mask
    return number


def _joined(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, beyond in found:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], beyond)
        else:
            joined.append((first, beyond))
    return joined

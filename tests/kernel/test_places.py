import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.places import Point, bounding_box, displaced, distance_km

LEIPZIG, HALLE = Point(51.3397, 12.3731), Point(51.4828, 11.9697)
KEY = b"a key of this instance"

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
towns = st.builds(Point, st.floats(-65, 65), st.floats(-180, 180))


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (-91, 0), (0, 180.5), (math.nan, 0), (0, math.inf)])
def test_points_off_the_earth_are_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError):
        Point(lat, lon)


def test_leipzig_and_halle_are_32_kilometres_apart() -> None:
    assert distance_km(LEIPZIG, HALLE) == pytest.approx(32.2, abs=0.3)


@given(points, points)
def test_distance_is_symmetric_and_at_most_half_way_round(one: Point, other: Point) -> None:
    assert distance_km(one, other) == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= distance_km(one, other) <= 20_015.2


@given(points)
def test_the_public_point_is_near_and_the_same_each_time(private: Point) -> None:
    public = displaced(private, KEY)

    assert distance_km(private, public) <= 0.2
    assert displaced(private, KEY) == public


def test_ten_listings_at_one_address_share_one_public_point() -> None:
    private = Point(51.33971, 12.37312)

    public = {
        displaced(Point(private.lat + step * 1e-6, private.lon - step * 1e-6), KEY) for step in range(10)
    }

    assert len(public) == 1


@given(towns)
def test_another_key_shows_another_point(private: Point) -> None:
    assert displaced(private, KEY) != displaced(private, b"the key of another instance")


def test_public_points_spread_over_the_disc() -> None:
    distances = [
        distance_km(private, displaced(private, KEY))
        for private in (Point(51 + step / 1000, 12 + step / 1000) for step in range(400))
    ]

    assert sum(distance > 0.1 for distance in distances) / len(distances) == pytest.approx(0.73, abs=0.1)


@given(points, st.floats(0.1, 500), points)
def test_everything_within_the_radius_lies_in_the_box(centre: Point, radius_km: float, other: Point) -> None:
    box = bounding_box(centre, radius_km)

    inside = (
        box.south - 1e-9 <= other.lat <= box.north + 1e-9 and box.west - 1e-9 <= other.lon <= box.east + 1e-9
    )
    assert inside or distance_km(centre, other) > radius_km


@given(towns, st.floats(0.1, 500), st.floats(0, 2 * math.pi))
def test_points_on_the_rim_lie_in_the_box(centre: Point, radius_km: float, bearing: float) -> None:
    angle, lat = radius_km / 6371.0088 * 0.999, math.radians(centre.lat)
    rim_lat = math.asin(math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing))
    rim_lon = math.radians(centre.lon) + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * math.sin(rim_lat),
    )
    rim = Point(math.degrees(rim_lat), (math.degrees(rim_lon) + 180) % 360 - 180)

    box = bounding_box(centre, radius_km)

    assert box.south <= rim.lat <= box.north
    assert box.west <= rim.lon <= box.east

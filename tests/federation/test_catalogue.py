"""A listing travels: published in Leipzig, found in Halle, gone when it is withdrawn."""

from tests.factories.accounts import signed_in_person
from tests.factories.listings import offer
from tests.factories.regions import Regions


def test_a_listing_of_leipzig_is_found_in_halle_with_its_origin(regions: Regions) -> None:
    regions.pair()
    ben = signed_in_person(regions.leipzig.instance, "Ben")

    drill = offer(regions.leipzig.instance, ben, title="Bohrmaschine", description="Mit Koffer")
    regions.settle()

    [found] = regions.halle.found("bohrmaschine")
    assert found["title"] == "Bohrmaschine"
    assert found["origin"]["url"] == f"https://leipzig.example/listings/{drill.id}"
    assert found["origin"]["fresh_at"] is not None
    assert found["provider"]["name"] == "Privat"

"""S5: whole crowds want the same hour at the same time, over HTTP, from a server of several processes."""

import asyncio

import pytest

from tests.proofs.checker import violations
from tests.proofs.crowd import Crowd, storm
from tests.proofs.house import House

CLIENTS, UNITS = 48, 3
FORMS = [
    pytest.param(8, id="short"),
    pytest.param(209, id="long", marks=pytest.mark.long),  # 10 032 calls
]


@pytest.mark.parametrize("windows", FORMS)
def test_t06_each_window_that_a_crowd_wants_is_filled_to_the_last_unit_and_no_further(
    database_url, tmp_path, windows
):
    house = House(database_url, tmp_path, workers=3)
    people, _, listings = house.furnish({"units": UNITS, "booking_mode": "instant"})
    [listing] = listings
    with house.open():
        crowd = Crowd(house.base, house.is_ours)
        asyncio.run(storm(crowd, people, listing, UNITS, windows, CLIENTS))
    (tmp_path / "history.jsonl").write_text(crowd.lines())

    assert violations(crowd.history, house.dump()) == []
    answers = [row["status"] for row in crowd.history if row["kind"] == "create"]
    assert answers.count(201) == windows * UNITS
    assert answers.count(409) == windows * (CLIENTS - UNITS)
    assert not crowd.strangers

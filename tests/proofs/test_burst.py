"""S5: whole crowds want the same hour at the same time, over HTTP, from a server of several processes."""

import pytest

from tests.proofs.house import House
from tests.proofs.runs import storms

CLIENTS, UNITS = 48, 3
FORMS = [
    pytest.param(8, id="short"),
    pytest.param(209, id="long", marks=pytest.mark.long),  # 10 032 calls
]


@pytest.mark.parametrize("windows", FORMS)
def test_t06_each_window_that_a_crowd_wants_is_filled_to_the_last_unit_and_no_further(
    database_url, tmp_path, windows
):
    told = storms(House(database_url, tmp_path, workers=3), units=UNITS, windows=windows, clients=CLIENTS)

    assert told.violations == []
    answers = [row["status"] for row in told.crowd.history if row["kind"] == "create"]
    assert answers.count(201) == windows * UNITS
    assert answers.count(409) == windows * (CLIENTS - UNITS)
    assert not told.crowd.strangers
    assert told.crowd.unexpected == 0

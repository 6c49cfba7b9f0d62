"""S9: proofs that find nothing prove nothing. Each of ten planted faults is started as a real server and must be found."""

import time

import pytest

from tests import postgres
from tests.conftest import migrate
from tests.proofs.faults import FAULTS
from tests.proofs.house import House
from tests.proofs.runs import Size, market, storms

PATIENCE = 120


@pytest.fixture
def own_postgres(tmp_path):
    """A server that nobody else uses, so that it may be restarted."""
    with postgres.serving(tmp_path / "postgres") as server:
        yield server


def run(fault, name, url, folder, seed, server):
    house = House(url, folder, workers=3, fault=name)
    if fault.crowds:
        return storms(house, units=3, windows=6)
    size = Size(operations=300, workers=3, listings=4, kills=fault.kills, restarts=fault.restarts)
    return market(house, size, seed, server)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if fault.found_in_seconds else pytest.mark.long)
        for name, fault in FAULTS.items()
    ],
)
def test_this_fault_would_be_found(name, request, tmp_path, copies):
    fault = FAULTS[name]
    began, found, rounds = time.monotonic(), set(), 0
    server = request.getfixturevalue("own_postgres") if fault.restarts else None
    while not found and time.monotonic() < began + PATIENCE:
        rounds += 1
        folder = tmp_path / str(rounds)
        folder.mkdir()
        if server is not None:
            url = server.create()
            migrate(url)
            told = run(fault, name, url, folder, rounds, server)
        else:
            with copies.sqlite() if fault.sqlite else copies.postgresql() as url:
                told = run(fault, name, url, folder, rounds, None)
        found = told.invariants & fault.trips
        if told.crowd.unexpected:
            found |= {f"{told.crowd.unexpected} times 500"}
        if fault.or_a_storm and told.asked_again > 0.1:
            found |= {f"{told.asked_again:.0%} had to ask again"}
    seconds = time.monotonic() - began

    print(f"{name}: {sorted(found)} in {rounds} rounds, {seconds:.0f} s; {told.violations[:2]}")  # noqa: T201
    assert found
    assert seconds < PATIENCE + 30

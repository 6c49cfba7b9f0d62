"""S6 and S7: processes are killed and PostgreSQL is restarted without notice, and everybody asks until answered.

What the dice throw can be given: `PROOF_SEED=7 python -m pytest tests/proofs/test_kills.py`.
"""

import os
import random

import pytest

from tests import postgres
from tests.conftest import migrate
from tests.proofs.house import House
from tests.proofs.runs import Size, market

ON_POSTGRES = [
    pytest.param(Size(operations=300, workers=2, listings=4, kills=4, restarts=1), id="short"),
    pytest.param(
        Size(operations=10_000, workers=4, listings=40, kills=100, restarts=10),
        id="long",
        marks=pytest.mark.long,
    ),
]
ON_SQLITE = [
    pytest.param(Size(operations=300, workers=2, listings=4, kills=3, trees=1), id="short"),
    pytest.param(
        Size(operations=10_000, workers=4, listings=40, kills=90, trees=10), id="long", marks=pytest.mark.long
    ),
]


@pytest.fixture
def seed():
    """What everything is drawn from."""
    return int(os.environ.get("PROOF_SEED") or random.SystemRandom().randrange(2**31))


@pytest.fixture
def own_postgres(tmp_path):
    """A server that nobody else uses, so that it may be restarted."""
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("A server that was given to us is not restarted.")
    with postgres.serving(tmp_path / "postgres") as server:
        yield server


def passed(told, size, seed):
    """Everything fits together, everybody was answered, and the misfortunes hit."""
    crowd = told.crowd
    done = {
        kind: sum(
            row["kind"] == kind and row["status"] is not None and row["status"] < 300 for row in crowd.history
        )
        for kind in ("create", "accept", "cancel", "edit")
    }
    print(f"PROOF_SEED={seed} {done}, {told.strikes} strikes, {told.hits} hit, {crowd.errors} asked again")  # noqa: T201
    assert told.violations == []
    assert [row for row in crowd.history if row["kind"] != "crowd" and row["status"] is None] == []
    assert not crowd.strangers
    assert crowd.unexpected == 0, "A database that is away is no mistake of ours: 503, please try again."
    assert told.strikes == size.kills + size.trees + size.restarts
    assert told.hits > 0, "Nobody was waiting when somebody was killed: nothing is proved."
    assert min(done.values()) > 0


@pytest.mark.parametrize("size", ON_POSTGRES)
def test_nothing_is_lost_or_doubled_on_postgresql_whoever_is_killed(own_postgres, tmp_path, seed, size):
    url = own_postgres.create()
    migrate(url)
    house = House(url, tmp_path, workers=size.workers)

    passed(market(house, size, seed, own_postgres), size, seed)


@pytest.mark.parametrize("size", ON_SQLITE)
def test_nothing_is_lost_or_doubled_on_sqlite_whoever_is_killed(copies, tmp_path, seed, size):
    with copies.sqlite() as url:
        house = House(url, tmp_path, workers=size.workers)

        passed(market(house, size, seed), size, seed)

"""Two regions on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.kernel.clock import TurnableClock
from tests.conftest import Copies
from tests.factories.imposters import Imposter
from tests.factories.regions import Line, Regions, two_regions


@pytest.fixture
def second_database_url(database_url: str, copies: Copies) -> Iterator[str]:
    """Another database of the same kind as the test's own."""
    is_sqlite = database_url.startswith("sqlite")
    with copies.sqlite() if is_sqlite else copies.postgresql() as url:
        yield url


@pytest.fixture
def line() -> Line:
    """The network between the two; override the fixture for one that does more."""
    return Line()


@pytest.fixture
def regions(
    database_url: str, second_database_url: str, tmp_path: Path, clock: TurnableClock, line: Line
) -> Iterator[Regions]:
    """Leipzig and Halle, not yet paired."""
    with two_regions((database_url, second_database_url), tmp_path, clock, line) as both:
        yield both


@pytest.fixture
def imposter(regions: Regions) -> Imposter:
    regions.pair()
    one = Imposter(regions)
    regions.line.intercept = one.answer
    # The real Leipzig has already been read, and empty: its cursor is of no use to the imposter.
    one.refusal = (410, "resync-required")
    one.regions.clock.turn(timedelta(minutes=7))
    one.regions.halle.instance.runner.run_due(20)
    one.refusal = None
    return one

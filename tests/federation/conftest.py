"""Two regions on both databases."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app import wiring
from app.kernel.clock import TurnableClock
from app.main import create_app
from app.settings import Settings
from tests.conftest import Copies
from tests.factories.imposters import Imposter
from tests.factories.regions import Line, Region, Regions


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
    with ExitStack() as stack:

        def open_region(name: str, url: str) -> Region:
            settings = Settings(
                _env_file=None,
                name=f"Depot {name}",
                region=name,
                database_url=url,
                data_dir=tmp_path / name,
                public_url=f"https://{name.lower()}.example",
                log_level="error",
                jobs="worker",
            )
            instance = wiring.open_instance(settings, clock=clock, http=line)
            stack.callback(instance.close)
            client = stack.enter_context(
                TestClient(create_app(instance=instance), base_url=settings.public_url)
            )
            line.regions[settings.public_url] = client
            return Region(instance, client, line)

        yield Regions(
            open_region("Leipzig", database_url), open_region("Halle", second_database_url), clock, line
        )


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

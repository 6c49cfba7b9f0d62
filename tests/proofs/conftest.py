"""What the proofs share."""

import pytest
from fastapi.testclient import TestClient

from app.wiring import Instance
from tests.factories.bookings import Street


@pytest.fixture
def street(instance: Instance, client: TestClient) -> Street:
    """Neighbours and short ways to act."""
    return Street(instance, client)

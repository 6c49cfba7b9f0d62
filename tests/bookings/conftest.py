"""What tests of bookings share."""

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from app.bookings import service
from app.kernel.event_log import LoggedEvent
from app.wiring import Instance
from tests.factories.bookings import Street


@pytest.fixture
def street(instance: Instance, client: TestClient) -> Street:
    """Neighbours and short ways to act."""
    return Street(instance, client)


@pytest.fixture
def at(instance, clock):
    """Turn the clock to a moment and let it strike."""

    def strike(moment):
        clock.set(moment)
        while service.sweep(instance.transactions):
            pass

    return strike


@pytest.fixture
def told(instance):
    """What has been told of bookings in time, and to whom."""

    def look():
        with instance.database.reading() as session:
            rows = session.exec(select(LoggedEvent).where(LoggedEvent.name == "booking.reminded")).all()
            return [
                (row.payload["reminder"], row.payload["whom"]) for row in sorted(rows, key=lambda r: r.id)
            ]

    return look

"""An instance with a few people and things, for everything that walks the whole API."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from tests.contract import world as worlds


@pytest.fixture
def client(instance) -> Iterator[TestClient]:
    """A caller who is answered even where something goes wrong, like over the network."""
    with TestClient(create_app(instance=instance), raise_server_exceptions=False) as caller:
        yield caller


@pytest.fixture
def world(instance, client) -> worlds.World:
    return worlds.settle(instance, client)

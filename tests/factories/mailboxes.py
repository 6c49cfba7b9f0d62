"""Fixtures for tests in which mails are read: an instance that sends them, and `mailbox`, where they arrive."""

from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.factories.mail import Mailbox, serving_mail


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real mail server."""
    with serving_mail() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Settings:
    """The settings of an instance that sends its mails there."""
    update = {"mail_host": "127.0.0.1", "mail_port": mailbox.port, "mail_security": "none"}
    return settings.model_copy(update=update)

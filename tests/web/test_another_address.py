"""Changing one's e-mail address: the password, a mail to the new address, one tap there."""

import pytest

from tests.factories.accounts import PASSWORD, signed_in_person
from tests.factories.browsers import Browser
from tests.factories.mailboxes import mailbox, settings

__all__ = ["mailbox", "settings"]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_another_address_counts_after_one_tap_in_its_mail(instance, client, mailbox, run_jobs):
    cora = Browser(client)
    cora.sign_in(signed_in_person(instance, "Cora", with_password=True))

    cora.open("/me/email")
    refused = cora.send("/email", email="new@example.org", current_password="not this one")
    assert 'value="new@example.org"' in refused
    cora.send("/email", current_password=PASSWORD)
    run_jobs()
    cora.open(f"/confirm?token={mailbox.token_to('new@example.org')}")
    cora.send("/confirm")

    assert cora.page.url.path == "/me"
    assert "new@example.org" in cora.page.text


def test_who_confirms_without_a_session_is_told_that_it_worked(client, mailbox, run_jobs):
    dora = Browser(client)
    dora.open("/register")
    dora.send("/register", email="dora@example.org", display_name="Dora", password=PASSWORD)
    run_jobs()
    dora.open(f"/confirm?token={mailbox.token_to('dora@example.org')}")

    assert "Your address is confirmed." in dora.send("/confirm")

from tests.factories.mailboxes import mailbox, settings

__all__ = ["mailbox", "settings"]

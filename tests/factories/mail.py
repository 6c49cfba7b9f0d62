"""A real SMTP server in a thread, and the mails it was given."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Mailbox:
    """Everything that was sent, in order; `refusing` holds addresses that are answered 550."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.refusing: set[str] = set()
        self.encrypted: list[bool] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refusing:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to this address."""
        return [mail for mail in self.mails if mail["To"].addresses[0].addr_spec == address]

    def last_to(self, address: str) -> EmailMessage:
        """The latest of them."""
        return self.to(address)[-1]

    def token_to(self, address: str) -> str:
        """The token in the latest mail to this address."""
        found = re.search(r"[?]token=([\w-]{43})\n", text_of(self.last_to(address)))
        assert found, text_of(self.last_to(address))
        return found[1]


def text_of(mail: EmailMessage) -> str:
    """What the reader reads."""
    return str(mail.get_content()).replace("\r\n", "\n")


@contextmanager
def serving_mail(
    *, tls: ssl.SSLContext | None = None, user: str = "", password: str = ""
) -> Iterator[Mailbox]:
    """A server on a free port of this machine; with `tls` it insists on STARTTLS, with `user` on a login."""
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        mailbox.port = free.getsockname()[1]

    def check(_server: Any, _session: Any, _envelope: Any, _how: str, given: LoginPassword) -> AuthResult:
        fits = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=fits)

    options: dict[str, Any] = {"require_starttls": True, "tls_context": tls} if tls else {}
    if user:
        options |= {"authenticator": check, "auth_required": True}
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()

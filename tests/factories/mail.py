"""A real SMTP server in a thread, and the mails it was given."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
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
    """What a reader of plain text reads."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """An HTML mail as it is looked at: its words, its links, and what it would load or do."""

    def __init__(self, mail: EmailMessage) -> None:
        super().__init__()
        part = mail.get_body(("html",))
        assert part is not None
        self.source = str(part.get_content())
        self.words = ""
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += " " if tag in ("p", "tr", "td", "br", "h2") else ""
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


@contextmanager
def serving_mail(
    *, tls: ssl.SSLContext | None = None, user: str = "", password: str = "", ascii_only: bool = False
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
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=mailbox.port, enable_SMTPUTF8=not ascii_only, **options
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()

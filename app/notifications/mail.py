"""Mail that leaves the house: by SMTP, or to the operator where no server is set."""

import smtplib
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final, Protocol
from urllib.parse import urlsplit

import structlog
from email_validator import validate_email

from app.kernel.text import clean_line
from app.settings import Settings

TIMEOUT_SECONDS: Final = 20
_FOR_GOOD: Final = 500
log = structlog.get_logger("depot.mail")


class Undeliverable(Exception):
    """The server will not take this mail, today or tomorrow."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its reader sees it: plain text, and the same as HTML where there is one.

    `id` names the letter, so that a mail sent twice is recognised as one; mails of one `thread` stand together.
    `unsubscribe` is where a mail program ends mails of this kind (RFC 8058); empty where mails must come.
    """

    to_name: str
    to_address: str
    subject: str
    text: str
    language: str
    html: str = ""
    id: str = ""
    thread: str = ""
    unsubscribe: str = ""


class Mailer(Protocol):
    """Sends one mail; raises Undeliverable when trying again is of no use, anything else when it may be."""

    def __call__(self, mail: Mail, *, now: datetime) -> None: ...


def mailer(settings: Settings) -> Mailer:
    """The way out that the settings name."""
    if settings.mail_host:
        return SmtpMailer(settings)
    return write_to_terminal if settings.log_format == "console" else write_to_log


def write_to_log(mail: Mail, *, now: datetime) -> None:
    """For try-outs: the operator reads the mail, links and tokens included, in the log."""
    log.info("mail", to=mail.to_address, subject=mail.subject, text=mail.text, at=now.isoformat())


def write_to_terminal(mail: Mail, *, now: datetime) -> None:
    """For the demo: a mail as its reader sees it, so that its link can be clicked."""
    rule = "-" * 72
    head = f"{now:%H:%M} mail to {mail.to_address}: {mail.subject}"
    sys.stdout.write(f"{rule}\n{head}\n{rule}\n{mail.text}{rule}\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class SmtpMailer:
    """Speaks SMTP, encrypted unless the settings say `none`; a certificate that does not fit ends the try."""

    settings: Settings

    def __call__(self, mail: Mail, *, now: datetime) -> None:
        composed = compose(mail, self.settings, now)
        try:
            with self._connected() as server:
                server.send_message(composed)
        except smtplib.SMTPRecipientsRefused as refused:
            code, reason = next(iter(refused.recipients.values()))
            if code >= _FOR_GOOD:
                raise Undeliverable(f"{code} {reason.decode(errors='replace')}") from refused
            raise
        except smtplib.SMTPNotSupportedError as refused:
            # Letters before the @ that this server does not speak.
            raise Undeliverable(str(refused)) from refused

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings = self.settings
        where = (settings.mail_host, settings.mail_port)
        own_name = urlsplit(settings.public_url).hostname
        if settings.mail_security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                *where, local_hostname=own_name, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(*where, local_hostname=own_name, timeout=TIMEOUT_SECONDS)
        with server:
            if settings.mail_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.mail_user:
                server.login(settings.mail_user, settings.mail_password)
            yield server


def compose(mail: Mail, settings: Settings, now: datetime) -> EmailMessage:
    """The mail as RFC 5322 wants it. Nothing in a name or subject can add a header: they are one line, and encoded."""
    host = urlsplit(settings.public_url).hostname
    composed = EmailMessage()
    composed["From"] = settings.mail_from
    local_part, _, domain = _spoken_everywhere(mail.to_address).rpartition("@")
    composed["To"] = Address(clean_line(mail.to_name), local_part, domain)
    composed["Subject"] = clean_line(mail.subject)
    composed["Date"] = format_datetime(now)
    composed["Message-ID"] = f"<{mail.id}@{host}>" if mail.id else make_msgid(domain=host)
    if mail.thread:
        # Nobody ever gets the mail that all of them answer: it stands for the thing they are about.
        composed["In-Reply-To"] = composed["References"] = f"<{mail.thread}@{host}>"
    composed["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        composed["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        composed["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    composed.set_content(mail.text)  # drops what was said about the content before
    if mail.html:
        composed.add_alternative(mail.html, subtype="html")
    composed["Content-Language"] = mail.language
    return composed


def _spoken_everywhere(address: str) -> str:
    """`anna@bücher.example` for servers that speak ASCII alone; what is before the @ has no other spelling."""
    local_part, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    found = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{local_part}@{found.ascii_domain}"

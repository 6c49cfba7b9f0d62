"""Mail leaves by real SMTP."""

import ipaddress
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from app import logs
from app.kernel.clock import SystemClock
from app.notifications.mail import Mail, Undeliverable, mailer
from app.settings import Settings
from tests.factories.mail import Page, serving_mail, text_of

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
MAIL = Mail("Jürgen, der Erste", "juergen@example.org", "Grüße", "Hallo Jürgen,\n\nes ist so weit.\n", "de")


def settings_for(port, security="none", **more):
    return Settings(_env_file=None, mail_host="127.0.0.1", mail_port=port, mail_security=security, **more)


def test_a_mail_arrives_as_it_was_written():
    with serving_mail() as mailbox:
        mailer(settings_for(mailbox.port))(MAIL, now=NOW)

    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].display_name == "Jürgen, der Erste"
    assert (mail["Subject"], mail["Auto-Submitted"]) == ("Grüße", "auto-generated")
    assert text_of(mail) == MAIL.text
    assert mail.get_content_type() == "text/plain"


def test_a_mail_with_a_page_says_the_same_twice_and_names_its_language():
    both = replace(MAIL, html="<!doctype html><p>Hallo Jürgen</p>", id="0197", thread="thread-7")
    with serving_mail() as mailbox:
        mailer(settings_for(mailbox.port, public_url="https://depot.example"))(both, now=NOW)

    (mail,) = mailbox.mails
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "Hallo Jürgen" in Page(mail).words
    assert mail["Content-Language"] == "de"
    assert mail["Message-ID"] == "<0197@depot.example>"
    assert mail["In-Reply-To"] == mail["References"] == "<thread-7@depot.example>"


def test_an_umlaut_in_a_domain_is_understood_by_every_server_and_one_before_it_is_not_tried_for_ever():
    with serving_mail(ascii_only=True) as mailbox:
        send = mailer(settings_for(mailbox.port))
        send(replace(MAIL, to_address="anna@straße-bücher.example"), now=NOW)
        with pytest.raises(Undeliverable, match="SMTPUTF8"):
            send(replace(MAIL, to_address="jörg@example.org"), now=NOW)

    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].addr_spec == "anna@xn--strae-bcher-y6a49a.example"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x85", "\u2028", "\x00"])
def test_nothing_in_a_title_or_a_name_becomes_a_header(end):
    evil = f"Drill{end}Bcc: everybody@example.org{end}{end}<script>alert(1)</script>"
    with serving_mail() as mailbox:
        mailer(settings_for(mailbox.port))(replace(MAIL, subject=evil, to_name=evil), now=NOW)

    (mail,) = mailbox.mails
    assert "Bcc" not in mail
    assert mail["Subject"] == "Drill Bcc: everybody@example.org <script>alert(1)</script>"
    assert text_of(mail) == MAIL.text


def test_an_address_refused_for_good_is_not_tried_again():
    with serving_mail() as mailbox:
        mailbox.refusing.add("juergen@example.org")

        with pytest.raises(Undeliverable, match="550"):
            mailer(settings_for(mailbox.port))(MAIL, now=NOW)


def test_without_a_server_the_mail_stands_in_the_log():
    settings = Settings(_env_file=None)
    logs.configure(settings)
    with capture_logs() as lines:
        mailer(settings)(MAIL, now=NOW)

    assert [(line["event"], line["to"], line["text"]) for line in lines] == [
        ("mail", "juergen@example.org", MAIL.text)
    ]


def test_at_a_terminal_a_mail_reads_like_one(capsys):
    mailer(Settings(_env_file=None, log_format="console"))(MAIL, now=NOW)

    assert f"mail to juergen@example.org: Grüße\n{'-' * 72}\n{MAIL.text}" in capsys.readouterr().out


def test_starttls_with_a_login(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with serving_mail(tls=certificate.context, user="depot", password="geheim") as mailbox:
        mailer(settings_for(mailbox.port, "starttls", mail_user="depot", mail_password="geheim"))(
            MAIL, now=NOW
        )

    assert len(mailbox.mails) == 1
    assert mailbox.encrypted == [True]


def test_a_certificate_nobody_vouches_for_gets_no_mail(certificate):
    with serving_mail(tls=certificate.context) as mailbox:
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            mailer(settings_for(mailbox.port, "starttls"))(MAIL, now=NOW)

        assert mailbox.mails == []


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for 127.0.0.1."""
    return Certificate(tmp_path)


class Certificate:
    def __init__(self, folder):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
        today = SystemClock().now()
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        self.path = folder / "certificate.pem"
        key_path = folder / "key.pem"
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.path, key_path)

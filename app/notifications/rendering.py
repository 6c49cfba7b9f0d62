"""A mail, made of what is to be told: the same in plain text and in HTML.

The page is calm and self-contained: styles on its elements, nothing loaded from anywhere, readable by day, by night and
on a phone. Whatever people wrote is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.accounts.schemas import Recipient
from app.kernel.languages import translate
from app.kernel.text import Message, clean_text, message
from app.notifications.mail import Mail
from app.notifications.wording import Link, Told
from app.settings import Settings

SETTINGS_PAGE: Final = "/notifications/settings"
_HELLO: Final = message("Hello {name},")
_HELLO_STRANGER: Final = message("Hello,")
_TOKEN: Final = message("Programs that use the API send this token instead: {token}")
_SIGNED: Final = message("{instance} in {region}")
SETTINGS: Final = message("Choose which mails you get")
PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a mail; a mail that holds several gives each a heading and a link."""

    says: str
    details: Sequence[tuple[str, str]] = ()
    quotes: Sequence[str] = ()
    choices: Sequence[Link] = ()
    hint: str | None = None
    heading: str | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands in a mail between the greeting and the signature, and the one next step."""

    subject: str
    parts: Sequence[Part]
    button: Link | None
    token: str | None = None
    settings: bool = False
    """Whether the reader may switch off mails like this one."""


def one(told: Told, *, settings: bool, token: str | None = None) -> Sheet:
    """A sheet about one thing."""
    quotes = [clean_text(quote) for quote in told.quotes]
    part = Part(told.says, told.details, quotes, told.choices, told.hint)
    return Sheet(told.subject, [part], None if told.choices else told.step, token, settings)


def as_mail(sheet: Sheet, to: Recipient, settings: Settings, **addressed: Any) -> Mail:
    """The mail to this reader; `addressed` are its id, its thread and where it is switched off."""

    def say(sentence: Message, **values: object) -> str:
        return translate(Message(sentence.text, values), to.language)

    facts: dict[str, Any] = {
        "subject": sheet.subject,
        "hello": say(_HELLO, name=to.name) if to.name else say(_HELLO_STRANGER),
        "parts": sheet.parts,
        "button": sheet.button,
        "token": say(_TOKEN, token=sheet.token) if sheet.token else None,
        "signed": say(_SIGNED, instance=settings.name, region=settings.region),
        "home": settings.public_url,
        "settings": Link(say(SETTINGS), settings.public_url + SETTINGS_PAGE) if sheet.settings else None,
        "language": to.language,
    }
    return Mail(
        to_name=to.name,
        to_address=to.email,
        subject=sheet.subject,
        text=_text(facts),
        html=PAGES.get_template("mail.html").render(facts),
        language=to.language,
        **addressed,
    )


def _text(facts: dict[str, Any]) -> str:
    signature = ["-- \n" + facts["signed"], facts["home"]]
    if facts["settings"]:
        signature.append(_line(facts["settings"]))
    paragraphs = [
        facts["hello"],
        *(paragraph for part in facts["parts"] for paragraph in _paragraphs(part)),
        *([_line(facts["button"])] if facts["button"] else []),
        *([facts["token"]] if facts["token"] else []),
        "\n".join(signature),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _paragraphs(part: Part) -> list[str]:
    found = [f"* {part.heading}\n{part.says}" if part.heading else part.says]
    found += ["\n".join(f"> {line}" for line in quote.splitlines()) for quote in part.quotes]
    found += ["\n".join(f"{label}: {text}" for label, text in part.details)] if part.details else []
    found += [_line(choice) for choice in part.choices]
    found += [part.hint] if part.hint else []
    return found + ([_line(part.link)] if part.link else [])


def _line(link: Link) -> str:
    return f"{link.label}:\n{link.href}"

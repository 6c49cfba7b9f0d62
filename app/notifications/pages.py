"""The two small pages behind `List-Unsubscribe`, for people who open it in a browser."""

from collections.abc import Mapping
from typing import Final

from fastapi import Response

from app.kernel.languages import translate
from app.kernel.text import Message, message
from app.notifications.rendering import PAGES, SETTINGS, SETTINGS_PAGE
from app.notifications.rules import Topic
from app.notifications.wording import Link

_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
}
_NAMES: Final[Mapping[Topic | None, Message]] = {
    Topic.REQUESTS: message("requests for what is yours"),
    Topic.ANSWERS: message("answers to what you asked for"),
    Topic.CHANGES: message("changes of what was promised"),
    Topic.PROGRESS: message("the course of a booking"),
    Topic.CASES: message("what is to be settled"),
    Topic.REMINDERS: message("reminders"),
    Topic.MESSAGES: message("messages"),
    Topic.QUEUE: message("waiting in line"),
    Topic.LISTINGS: message("the end of your listings"),
    Topic.SEARCHES: message("what is new for your saved searches"),
    Topic.MATCHES: message("offers for what you look for, and wants you could fill"),
    Topic.ORGANISATION: message("your organisations"),
    Topic.STAFF: message("help for others"),
    None: message("the morning's mail, with everything in it"),
}


def ask(topic: Topic | None, language: str, *, home: str) -> Response:
    """Whether these mails should end."""
    return _page(
        language,
        home,
        title=message("Fewer mails?"),
        says=message(
            "Mails about this topic would no longer come: {topic}. Your inbox stays.", topic=_NAMES[topic]
        ),
        button=message("No more of these mails"),
    )


def done(topic: Topic | None, language: str, *, home: str) -> Response:
    """That they have ended."""
    says = message("Mails about this topic no longer come: {topic}. Your inbox stays.", topic=_NAMES[topic])
    return _page(language, home, title=message("Done"), says=says)


def _page(
    language: str, home: str, *, title: Message, says: Message, button: Message | None = None
) -> Response:
    page = PAGES.get_template("off.html").render(
        language=language,
        title=translate(title, language),
        says=translate(says, language),
        button=translate(button, language) if button else None,
        settings=Link(translate(SETTINGS, language), home + SETTINGS_PAGE),
    )
    return Response(page, headers={**_HEADERS, "Content-Language": language}, media_type="text/html")

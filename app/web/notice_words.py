"""What the topics of notices are called, and when mails come."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message

TOPICS: Final[Mapping[str, Message]] = {
    "requests": message("Somebody asks for something of yours"),
    "answers": message("Answers to what you asked for"),
    "changes": message("Changes of what was promised"),
    "progress": message("Handed over, brought back, begun, ended"),
    "cases": message("Something is to be settled"),
    "reminders": message("Reminders"),
    "messages": message("Messages"),
    "queue": message("Your place in a queue"),
    "listings": message("Your offers end"),
    "searches": message("New for your saved searches"),
    "matches": message("New offers and requests that fit"),
    "organisation": message("Your organisations"),
    "staff": message("Help is welcome (for moderators and admins)"),
}
WHENS: Final[Mapping[str, Message]] = {
    "at_once": message("Mail at once"),
    "digest": message("One mail in the morning"),
    "off": message("No mail"),
}

"""Whom a letter about a booking is written to, and how its wording is made."""

from typing import Final

from app.kernel.text import Message, message
from app.notifications.rules import Topic
from app.notifications.wording import Choice, Wording

BORROWER: Final = "borrower"
PROVIDER: Final = "provider"
MODERATOR: Final = "moderator"

SEE: Final = message("See the booking")
BOOKING: Final = "/bookings/{booking_id}"


def about(
    topic: Topic,
    subject: Message,
    says: Message,
    step: Message = SEE,
    *,
    hint: Message | None = None,
    choices: tuple[Choice, ...] = (),
    essential: bool = False,
) -> Wording:
    """A letter about a booking: the next step is taken on its page."""
    return Wording(topic, subject, says, step, BOOKING, hint=hint, choices=choices, essential=essential)

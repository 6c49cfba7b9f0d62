"""Every kind of letter, by its name, and what it says."""

from collections.abc import Mapping
from typing import Final

from app.accounts.service import Purpose
from app.notifications.wording import Wording
from app.notifications.words.accounts import (
    ACCOUNT,
    CHANGE_EMAIL,
    CONFIRM_EMAIL,
    INVITATION,
    RESET_PASSWORD,
    SIGN_IN,
)
from app.notifications.words.asking import FRONT
from app.notifications.words.keeping import TAILS
from app.notifications.words.listings import LISTING
from app.notifications.words.moderation import MODERATION
from app.notifications.words.partners import PARTNERS
from app.notifications.words.reminding import REMINDERS
from app.notifications.words.sides import BORROWER, PROVIDER
from app.notifications.words.together import WHOLES

TOLD: Final[Mapping[tuple[str, str], Wording]] = {**FRONT, **TAILS, **REMINDERS}
"""What a step of a booking says to which side: an action or what became of it, a reminder, a message."""

TOKENS: Final[Mapping[str, tuple[Wording, Purpose]]] = {
    "confirm_email": (CONFIRM_EMAIL, Purpose.CONFIRM_EMAIL),
    "sign_in": (SIGN_IN, Purpose.SIGN_IN),
    "reset_password": (RESET_PASSWORD, Purpose.RESET_PASSWORD),
    "change_email": (CHANGE_EMAIL, Purpose.CHANGE_EMAIL),
    "invitation": (INVITATION, Purpose.INVITATION),
}
"""Letters that carry a secret. They come by mail alone, and at once."""


def of_booking(step: str, side: str) -> str:
    """The kind of the letter that tells a side of this step."""
    return f"booking:{step}:{side}"


KINDS: Final[Mapping[str, Wording]] = {
    **{kind: wording for kind, (wording, _) in TOKENS.items()},
    **ACCOUNT,
    **LISTING,
    **MODERATION,
    **PARTNERS,
    **{of_booking(step, side): wording for (step, side), wording in {**TOLD, **WHOLES}.items()},
}

BUNDLED: Final[Mapping[str, str]] = {
    of_booking("message", side): of_booking("messages", side) for side in (BORROWER, PROVIDER)
}
"""Kinds of which several in a row make one mail, and the kind that this one then is."""

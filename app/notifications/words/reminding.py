"""Letters that come because a moment has come, and those about messages."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import message
from app.notifications.rules import Topic
from app.notifications.wording import Choice, Wording
from app.notifications.words.sides import BORROWER, MODERATOR, PROVIDER, about

_SOON: Final = message("Soon: {title}")
_HOW_WAS_IT: Final = about(
    Topic.REMINDERS,
    message("How was it? {title}"),
    message("{title} is over, and nobody has said yet how it went."),
    message("Tell it in one tap"),
)
_REPORT_DUE: Final = about(
    Topic.REMINDERS,
    message("How long was it? {title}"),
    message("{title} is over. How long did it take?"),
    message("Note how long it took"),
)
_AGREEMENT_DUE: Final = about(
    Topic.REMINDERS,
    message("How long was it? {title}"),
    message("{other} has noted how long {title} took."),
    message("Agree, or tell it differently"),
    hint=message("If you say nothing, that counts as agreed on {until}."),
)
_MESSAGE: Final = about(
    Topic.MESSAGES,
    message("A message about {title}"),
    message("{other} has written to you about {title}."),
    message("Answer"),
)
_MESSAGES: Final = about(
    Topic.MESSAGES,
    message("Several messages about {title}"),
    message("{other} has written to you several times about {title}."),
    message("Answer"),
)

REMINDERS: Final[Mapping[tuple[str, str], Wording]] = {
    ("message", BORROWER): _MESSAGE,
    ("message", PROVIDER): _MESSAGE,
    ("messages", BORROWER): _MESSAGES,
    ("messages", PROVIDER): _MESSAGES,
    ("answer_due", PROVIDER): about(
        Topic.REMINDERS,
        message("Still waiting: {title}"),
        message("{other} is waiting for your answer about {title}."),
        message("Say yes or no"),
        hint=message("Please answer until {until}; after that the request ends by itself."),
    ),
    ("answer_due", BORROWER): about(
        Topic.REMINDERS,
        message("Still waiting: {title}"),
        message("{other} has suggested something for {title}, and is waiting for your answer."),
        message("See the suggestion, say yes or no"),
        hint=message("The suggestion stands until {until}."),
    ),
    ("turn_ends_soon", BORROWER): about(
        Topic.QUEUE,
        message("Your turn ends soon: {title}"),
        message("{title} is still kept for you. After your turn the next in line is asked."),
        message("Take it, or pass"),
        hint=message("Please answer until {until}."),
    ),
    ("starts_soon", BORROWER): about(
        Topic.REMINDERS, _SOON, message("It is almost time: {title} is waiting for you.")
    ),
    ("starts_soon", PROVIDER): about(
        Topic.REMINDERS, _SOON, message("It is almost time: {other} is coming for {title}.")
    ),
    ("due_soon", BORROWER): about(
        Topic.REMINDERS,
        message("Soon to come back: {title}"),
        message("{title} is expected back soon."),
        message("See where and when, or ask for more time"),
    ),
    ("overdue", BORROWER): about(
        Topic.REMINDERS,
        message("Can we help? {title}"),
        message(
            "{title} was expected back, and perhaps somebody else looks forward to it. How does it stand?"
        ),
        message("Say how it stands"),
        choices=(
            Choice(message("I have brought it back"), "/bookings/{booking_id}?do=report-return"),
            Choice(message("I need longer"), "/bookings/{booking_id}?do=propose-change"),
            Choice(message("Something is wrong"), "/bookings/{booking_id}?do=raise-case"),
        ),
    ),
    ("overdue", PROVIDER): about(
        Topic.REMINDERS,
        message("Not back yet: {title}"),
        message("{title} is not noted as back yet. We have asked {other} how it stands, and offered help."),
        message("If it is back, say so"),
    ),
    ("what_happened", BORROWER): _HOW_WAS_IT,
    ("what_happened", PROVIDER): _HOW_WAS_IT,
    ("at_risk", BORROWER): about(
        Topic.REMINDERS,
        message("Perhaps not there in time: {title}"),
        message("{title} is still with somebody else. It may not be there in time for you."),
        message("Ask how it stands, or see what else there is"),
    ),
    ("want_filled", PROVIDER): about(
        Topic.ANSWERS,
        message("Everything has been found: {title}"),
        message("{other} has found enough, and will hardly need {title} now. Thank you for offering it!"),
        message("Take the offer back, or wait for an answer"),
    ),
    ("no_longer_fits", BORROWER): about(
        Topic.QUEUE,
        message("Promised to somebody else: {title}"),
        message("{title} has been promised to somebody else for this time."),
        message("Wait in line, or look for another time"),
    ),
    ("no_longer_fits", PROVIDER): about(
        Topic.REQUESTS,
        message("No longer fits: {title}"),
        message(
            "Since your last promise there is too little left of {title} for {other}, who still asks for it."
        ),
        message("Suggest something else, or say no"),
    ),
    ("take_back_due", PROVIDER): about(
        Topic.REMINDERS,
        message("Is {title} back?"),
        message("{other} says that {title} is back with you."),
        message("Say whether all is well"),
        hint=message("If you say nothing, it counts as back and well on {until}."),
    ),
    ("report_due", BORROWER): _REPORT_DUE,
    ("report_due", PROVIDER): _REPORT_DUE,
    ("agreement_due", BORROWER): _AGREEMENT_DUE,
    ("agreement_due", PROVIDER): _AGREEMENT_DUE,
    ("attendance_due", PROVIDER): about(
        Topic.REMINDERS,
        message("Who was there? {title}"),
        message("{title} is over. Thank you for giving it."),
        message("Note who took part"),
    ),
    ("access_due", PROVIDER): about(
        Topic.REMINDERS,
        message("Still waiting: {title}"),
        message("{other} looks forward to {title}, which is promised and not open yet."),
        message("Give access"),
    ),
    ("moderator_called", MODERATOR): about(
        Topic.STAFF,
        message("Your help is welcome: {title}"),
        message("Something about {title} is open, and the two sides have not settled it yet."),
        message("See the case, and offer help"),
    ),
}
"""What a reminder or a message says to which side."""

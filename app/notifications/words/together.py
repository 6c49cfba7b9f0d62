"""Letters about several bookings at once: one for a series or a group, instead of one for each booking."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from app.kernel.text import Message, message
from app.notifications.rules import Topic
from app.notifications.wording import Wording
from app.notifications.words.sides import BORROWER, PROVIDER, about

_DATES: Final = message("See all dates")
_PARTS: Final = message("See all parts")
_ANSWER_DATES: Final = message("See all dates, say yes or no")
_ANSWER_PARTS: Final = message("See all parts, say yes or no")
_FIRST_DATE: Final = message("Above stands the first of the dates.")
_FIRST_PART: Final = message("Above stands the first of the parts.")


def _series(
    topic: Topic, subject: Message, says: Message, step: Message = _DATES, *, essential: bool = False
) -> Wording:
    wording = about(topic, subject, says, step, hint=_FIRST_DATE, essential=essential)
    return replace(wording, path="/series/{series_id}")


def _group(
    topic: Topic, subject: Message, says: Message, step: Message = _PARTS, *, essential: bool = False
) -> Wording:
    wording = about(topic, subject, says, step, hint=_FIRST_PART, essential=essential)
    return replace(wording, path="/booking-groups/{group_id}")


_CANCELLED: Final = _series(
    Topic.CHANGES,
    message("Cancelled: {count} dates of {title}"),
    message("{other} has called off {count} dates of {title}. The reason stands in each booking."),
    essential=True,
)
_LAPSED: Final = _series(
    Topic.ANSWERS,
    message("Lapsed: {count} dates of {title}"),
    message("The time for an answer is over, so the request for {count} dates of {title} has ended."),
)

WHOLES: Final[Mapping[tuple[str, str], Wording]] = {
    ("series-request", PROVIDER): _series(
        Topic.REQUESTS,
        message("Somebody asks for {count} dates: {title}"),
        message("{other} asks for {title} on {count} dates."),
        _ANSWER_DATES,
    ),
    ("series-book", PROVIDER): _series(
        Topic.REQUESTS,
        message("Booked on {count} dates: {title}"),
        message("{other} has booked {title} on {count} dates. As you wished, that counts at once."),
    ),
    ("series-accept", BORROWER): _series(
        Topic.ANSWERS,
        message("Yes, on {count} dates: {title}"),
        message("{other} says yes: {title} is promised to you on {count} dates."),
    ),
    ("series-decline", BORROWER): _series(
        Topic.ANSWERS,
        message("Not this time, on {count} dates: {title}"),
        message("{other} cannot say yes to {count} dates of {title}."),
    ),
    ("series-cancel", BORROWER): _CANCELLED,
    ("series-cancel", PROVIDER): _CANCELLED,
    ("series-expire", BORROWER): _LAPSED,
    ("series-expire", PROVIDER): replace(_LAPSED, topic=Topic.REQUESTS),
    ("group-request", PROVIDER): _group(
        Topic.REQUESTS,
        message("Somebody asks for several things: {title} …"),
        message("{other} asks for {count} of your listings at once."),
        _ANSWER_PARTS,
    ),
    ("group-book", PROVIDER): _group(
        Topic.REQUESTS,
        message("Booked together: {title} …"),
        message("{other} has booked {count} of your listings at once. As you wished, that counts at once."),
    ),
    ("group-accept", BORROWER): _group(
        Topic.ANSWERS,
        message("Yes: {title} …"),
        message("{other} says yes to {count} parts of what you asked for together."),
    ),
    ("group-decline", BORROWER): _group(
        Topic.ANSWERS,
        message("Not this time: {title} …"),
        message(
            "{other} cannot say yes to {count} parts of what you asked for together. {left} others stand."
        ),
        message("See what is left, and take it back if it is of no use"),
    ),
    ("group-withdraw", PROVIDER): _group(
        Topic.REQUESTS,
        message("Taken back: {title} …"),
        message(
            "{other} has taken back {count} parts of what was asked for together. Their time is free again."
        ),
        essential=True,  # promises may be among them
    ),
    ("group-broken", BORROWER): replace(
        about(
            Topic.ANSWERS,
            message("A part is missing: {title}"),
            message(
                "{title} will not come. {left} other parts of what you asked for together stand all the same."
            ),
            message("See what is left, and take it back if it is of no use"),
            essential=True,  # it may have been promised
        ),
        path="/booking-groups/{group_id}",
    ),
}
"""What the whole says to which side."""

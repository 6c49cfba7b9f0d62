"""Letters about a booking's front: asked, offered, answered, queued, changed, called off."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import message
from app.notifications.rules import Topic
from app.notifications.wording import Wording
from app.notifications.words.sides import BORROWER, PROVIDER, SEE, about

_ANSWER: Final = message("Say yes or no")
_ANOTHER: Final = message("See the reason, and what else there is")

_REQUEST: Final = about(
    Topic.REQUESTS,
    message("Somebody asks for {title}"),
    message("{other} asks for {title}."),
    _ANSWER,
    hint=message("Please answer until {until}; after that the request ends by itself."),
)
_BOOKED: Final = about(
    Topic.REQUESTS,
    message("Booked: {title}"),
    message("{other} has booked {title}. As you wished, that counts at once."),
)
_SUGGESTION: Final = about(
    Topic.ANSWERS,
    message("Another suggestion: {title}"),
    message("{other} suggests something a little different for {title}."),
    message("See the suggestion, say yes or no"),
    hint=message("The suggestion stands until {until}."),
)
_PROPOSED: Final = about(
    Topic.CHANGES,
    message("A change? {title}"),
    message("{other} would like to change something about {title}."),
    message("See the change, say yes or no"),
    hint=message("Until then, and if nobody answers within 48 hours, everything stays as promised."),
)
_CHANGED: Final = about(
    Topic.CHANGES,
    message("Changed: {title}"),
    message("{other} agrees with the change of {title}. From now on the new terms hold."),
)
_UNCHANGED: Final = about(
    Topic.CHANGES,
    message("As before: {title}"),
    message("{other} cannot agree with the change of {title}. Everything stays as promised."),
)
_TAKEN_BACK: Final = about(
    Topic.CHANGES,
    message("As before: {title}"),
    message("{other} no longer wishes to change anything about {title}. Everything stays as promised."),
)
_CHANGE_LAPSED: Final = about(
    Topic.CHANGES,
    message("As before: {title}"),
    message("The change of {title} was not answered in time. Everything stays as promised."),
)
_CANCELLED: Final = message("Cancelled: {title}")
_HAS_CANCELLED: Final = message("{other} has cancelled {title}. The reason stands in the booking.")

FRONT: Final[Mapping[tuple[str, str], Wording]] = {
    ("request", PROVIDER): _REQUEST,
    ("take-request", PROVIDER): _REQUEST,
    ("book", PROVIDER): _BOOKED,
    ("offer", BORROWER): about(
        Topic.ANSWERS,
        message("An offer for you: {title}"),
        message("{other} has read what you are looking for, and offers you {title}."),
        message("See the offer, say yes or no"),
        hint=message("The offer stands until {until}."),
    ),
    ("counter", BORROWER): _SUGGESTION,
    ("counter", PROVIDER): _SUGGESTION,
    ("accept", BORROWER): about(
        Topic.ANSWERS,
        message("Yes: {title}"),
        message("{other} says yes: {title} is promised to you."),
        message("See everything, and agree on the details"),
    ),
    ("accept-counter", PROVIDER): about(
        Topic.ANSWERS,
        message("Agreed: {title}"),
        message("{other} agrees with your suggestion: {title} is promised."),
    ),
    ("decline", BORROWER): about(
        Topic.ANSWERS,
        message("Not this time: {title}"),
        message("{other} cannot say yes to {title} this time."),
        _ANOTHER,
    ),
    ("withdraw", PROVIDER): about(
        Topic.REQUESTS,
        message("Withdrawn: {title}"),
        message("{other} no longer asks for {title}. The time is free again."),
    ),
    ("expire", BORROWER): about(
        Topic.ANSWERS,
        message("Lapsed: {title}"),
        message("The time for an answer about {title} is over, so the request has ended."),
        message("Ask again, or look for another"),
    ),
    ("expire", PROVIDER): about(
        Topic.REQUESTS,
        message("Lapsed: {title}"),
        message("The time for an answer to {other} about {title} is over, so the request has ended."),
        SEE,
    ),
    ("offer-turn", BORROWER): about(
        Topic.QUEUE,
        message("It is your turn: {title}"),
        message("{title} has become free for you, and we hold it for a while."),
        message("Take it, or let the next in line have it"),
        hint=message("It is held for you until {until}."),
    ),
    ("turn-over", BORROWER): about(
        Topic.QUEUE,
        message("Your turn is over: {title}"),
        message("We held {title} for you; now it is offered to the next in line."),
        message("See what else there is"),
    ),
    ("queue-over", BORROWER): about(
        Topic.QUEUE,
        message("The queue has ended: {title}"),
        message("{title} did not become free for the time that you waited for."),
        message("See what else there is"),
    ),
    ("propose-change", BORROWER): _PROPOSED,
    ("propose-change", PROVIDER): _PROPOSED,
    ("accept-change", BORROWER): _CHANGED,
    ("accept-change", PROVIDER): _CHANGED,
    ("decline-change", BORROWER): _UNCHANGED,
    ("decline-change", PROVIDER): _UNCHANGED,
    ("withdraw-change", BORROWER): _TAKEN_BACK,
    ("withdraw-change", PROVIDER): _TAKEN_BACK,
    ("change-lapsed", BORROWER): _CHANGE_LAPSED,
    ("change-lapsed", PROVIDER): _CHANGE_LAPSED,
    ("cancel", BORROWER): about(Topic.CHANGES, _CANCELLED, _HAS_CANCELLED, _ANOTHER, essential=True),
    ("cancel", PROVIDER): about(Topic.CHANGES, _CANCELLED, _HAS_CANCELLED, SEE, essential=True),
    ("partner_refused", BORROWER): about(
        Topic.CHANGES,
        message("That did not work: {title}"),
        message("The region where {title} lives could not do what you asked for. Nothing has changed."),
        message("See the booking, and try something else"),
    ),
    ("partner_silent", BORROWER): about(
        Topic.CHANGES,
        message("No answer from the other region: {title}"),
        message(
            "The region where {title} lives has not answered for days, or no longer knows about it. Please ask the team"
            " of your region, or write to the provider yourself."
        ),
        SEE,
        essential=True,
    ),
}
"""What a step at the front says to which side."""

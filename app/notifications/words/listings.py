"""Letters about the life of a listing."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import message
from app.notifications.rules import Topic
from app.notifications.wording import Wording

LISTING: Final[Mapping[str, Wording]] = {
    "listing_expiring": Wording(
        Topic.LISTINGS,
        message("Still there? {title}"),
        message("In a week {title} disappears from the catalogue, unless you say that it is still there."),
        message("Let it stay, in one tap"),
        "/listings/{listing_id}?do=renew",
    ),
    "listing_expired": Wording(
        Topic.LISTINGS,
        message("No longer in the catalogue: {title}"),
        message("{title} has not been renewed, so nobody finds it any more. Promises stand."),
        message("Bring it back, in one tap"),
        "/listings/{listing_id}?do=renew",
    ),
    "listing_submitted": Wording(
        Topic.STAFF,
        message("Please have a look: {title}"),
        message("{title} waits for your yes before everybody sees it."),
        message("Look at it, and let it appear"),
        "/listings/{listing_id}",
    ),
    "listing_approved": Wording(
        Topic.LISTINGS,
        message("In the catalogue: {title}"),
        message("The staff has looked at {title}. From now on everybody finds it."),
        message("See how it looks"),
        "/listings/{listing_id}",
    ),
    "listing_rejected": Wording(
        Topic.LISTINGS,
        message("Please change something: {title}"),
        message(
            "The staff has looked at {title} and given it back to you. What is amiss stands at the listing."
        ),
        message("Read it and change it"),
        "/listings/{listing_id}",
    ),
    "promises_conflict": Wording(
        Topic.CHANGES,
        message("More is promised than there is: {title}"),
        message(
            "For some of the time you have promised more of {title} than there is. Promises concerned: {count}."
        ),
        message("See them, and find a way"),
        "/listings/{listing_id}#conflicts",
        hint=message(
            "The promises stand. The others hear nothing of it until you cancel or propose a change."
        ),
    ),
    "search_answered": Wording(
        Topic.SEARCHES,
        message("New for your search “{search}”"),
        message("So many new listings fit your search “{search}”: {count}."),
        message("See what is new"),
        "/saved-searches/{search_id}",
    ),
    "want_answerable": Wording(
        Topic.MATCHES,
        message("Somebody may have it: {title}"),
        message("So many new offers may be what you are looking for: {count}."),
        message("See what fits, and ask for it"),
        "/wants/{listing_id}/matches",
    ),
    "offers_sought": Wording(
        Topic.MATCHES,
        message("Somebody looks for what you have"),
        message("So many new wants are for something that you could give: {count}."),
        message("See what is wanted, and offer something"),
        "/wants",
    ),
}
"""By the kinds of the letters."""

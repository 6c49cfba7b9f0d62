"""Letters to admins about regions we exchange with: what goes on only when people have talked."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message
from app.notifications.rules import Topic
from app.notifications.wording import Wording


def about_partner(alarm: str) -> str:
    """The kind of the letter that tells admins of an alarm."""
    return f"partner:{alarm}"


def _letter(subject: Message, says: Message) -> Wording:
    return Wording(
        Topic.STAFF,
        subject,
        says,
        message("See how the exchange goes"),
        "/partners/{partner_id}",
        essential=True,
    )


_RESTS: Final = message("The exchange with {partner} rests")
_ERASED: Final = message("Not confirmed by {partner}: an erasure")

PARTNERS: Final[Mapping[str, Wording]] = {
    about_partner("keys_in_two_hands"): _letter(
        _RESTS,
        message(
            "There are two different key documents of {partner}: somebody else may hold its key. "
            "Please call the people there before anything goes on."
        ),
    ),
    about_partner("keys_rolled_back"): _letter(
        _RESTS,
        message(
            "{partner} shows older keys than it did before. Please call the people there, then resume the exchange."
        ),
    ),
    about_partner("protocol_broken"): _letter(
        _RESTS,
        message(
            "{partner} has answered wrongly many times in a row. "
            "Please tell the people there, then resume the exchange."
        ),
    ),
    about_partner("over_quota"): _letter(
        message("{partner} offers too much at once"),
        message("{partner} publishes more than a partner may. What comes beyond it is not read."),
    ),
    about_partner("removals_held"): _letter(
        message("{partner} removes much at once"),
        message(
            "Suspiciously many listings of {partner} have gone at once. "
            "They stay here for a day, unless you carry it out before."
        ),
    ),
    about_partner("erasure_unconfirmed"): _letter(
        _ERASED,
        message("For three days {partner} has not confirmed that what was erased here is gone there, too."),
    ),
    about_partner("erasure_needs_people"): _letter(
        _ERASED,
        message(
            "For a week {partner} has not confirmed that what was erased here is gone there, too. "
            "Please call the people there: it has to be removed."
        ),
    ),
}
"""By the kinds of the letters."""

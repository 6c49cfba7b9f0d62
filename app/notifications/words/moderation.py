"""Letters about reports: to who made them, to whom a decision concerns, and to the staff."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message
from app.notifications.rules import Topic
from app.notifications.wording import Wording


def decided(action: str) -> str:
    """The kind of the letter that tells whom it concerns what was decided."""
    return f"decision:{action}"


_OBJECT: Final = message("If you do not agree, say so within six months: somebody else will look at it.")


def _concerned(subject: Message, says: Message, hint: Message | None = _OBJECT) -> Wording:
    return Wording(
        Topic.ACCOUNT,
        subject,
        says,
        message("Read the decision"),
        "/reports/{report_id}",
        hint=hint,
        essential=True,
    )


def _reporter(subject: Message, says: Message, hint: Message | None = None) -> Wording:
    return Wording(
        Topic.ACCOUNT,
        subject,
        says,
        message("See your report"),
        "/reports/{report_id}",
        hint=hint,
        essential=True,
    )


def _staff(subject: Message, says: Message) -> Wording:
    return Wording(
        Topic.STAFF, subject, says, message("Look at the report"), "/moderation/reports/{report_id}"
    )


MODERATION: Final[Mapping[str, Wording]] = {
    "report_received": _reporter(
        message("We have your report: {title}"),
        message("Thank you. The staff of this instance will look at what you have reported, and tell you."),
    ),
    "report_dismissed": _reporter(
        message("Nothing was done: {title}"),
        message("The staff has looked at your report and found no reason to do anything."),
        _OBJECT,
    ),
    "report_acted": _reporter(
        message("Something was done: {title}"),
        message("The staff has looked at your report and done something about it. Thank you."),
    ),
    "report_upheld": _reporter(
        message("It stays with the decision: {title}"),
        message("Somebody else on the staff has looked at your objection, and the decision stands."),
    ),
    "report_lifted": _reporter(
        message("A decision was undone: {title}"),
        message("The staff has looked at what you reported once more, and undone what it had decided."),
    ),
    "report_made": _staff(
        message("A report to look at: {title}"),
        message("Somebody says that something is wrong with {title}."),
    ),
    "report_objected": _staff(
        message("An objection to look at: {title}"),
        message(
            "Somebody does not agree with a decision about {title}. Who made it does not judge it again."
        ),
    ),
    decided("warn"): _concerned(
        message("A warning from the staff"),
        message("The staff of this instance warns you. It is about {title}."),
    ),
    decided("hide"): _concerned(
        message("No longer to be seen: {title}"),
        message("The staff has taken {title} from view until it has been looked at again. Promises stand."),
    ),
    decided("close"): _concerned(
        message("Closed by the staff: {title}"), message("The staff has closed {title}. Promises stand.")
    ),
    decided("suspend"): _concerned(
        message("You may neither offer nor borrow at present"),
        message(
            "The staff has suspended this account. You can sign in, and promises stand. It is about {title}."
        ),
    ),
    decided("lift"): _concerned(
        message("A decision was undone: {title}"),
        message("The staff has undone what it had decided about {title}."),
        None,
    ),
    decided("uphold"): _concerned(
        message("It stays with the decision: {title}"),
        message("Somebody else on the staff has looked at your objection, and the decision stands."),
        None,
    ),
}
"""By the kinds of the letters."""

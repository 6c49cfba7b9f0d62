"""Letters about a promise being kept: ready, handed over, brought back, begun, ended, settled."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import message
from app.notifications.rules import Topic
from app.notifications.wording import Wording
from app.notifications.words.sides import BORROWER, PROVIDER, about

_SILENCE_AGREES: Final = message("If you say nothing, that counts as agreed on {until}.")
_DID_NOT_HAPPEN: Final = about(
    Topic.CASES,
    message("Did it not happen? {title}"),
    message("{other} says that {title} did not happen as promised."),
    message("Tell how you see it"),
)
_CASE: Final = about(
    Topic.CASES,
    message("Something to settle: {title}"),
    message("{other} sees something to be settled about {title}."),
    message("Read it, and answer"),
)
_ACCOUNT: Final = about(
    Topic.CASES,
    message("How it was for the other side: {title}"),
    message("{other} has added their account of {title}."),
    message("Read it, and answer if you like"),
)
_CORRECTED: Final = about(
    Topic.PROGRESS,
    message("Corrected: {title}"),
    message("{other} has corrected the record of {title}."),
    message("Read it, and agree or say what is different"),
)
_MISSING: Final = about(
    Topic.CASES,
    message("Can we help? {title}"),
    message(
        "{title} has not been noted as back for two weeks. The people who run this place help to find a way."
    ),
    message("Say how it stands"),
)
_LOST: Final = about(
    Topic.CASES,
    message("Lost: {title}"),
    message("{other} has noted that {title} is lost."),
    message("See how to settle this together"),
)
_SETTLED: Final = about(
    Topic.CASES, message("Settled: {title}"), message("What was open about {title} is settled.")
)
_SETTLE: Final = about(
    Topic.CASES,
    message("Settled? {title}"),
    message("For {other} everything about {title} is settled."),
    message("Agree, or say what is missing"),
)
_UNREPORTED: Final = about(
    Topic.PROGRESS,
    message("Closed: {title}"),
    message("Nobody has told how it went with {title}, so the booking was closed."),
)
_BACK_BY_SILENCE: Final = about(
    Topic.PROGRESS,
    message("Back: {title}"),
    message("Nobody has said otherwise for seven days, so {title} counts as back."),
)
_CHECKED_IN: Final = about(
    Topic.PROGRESS, message("Begun: {title}"), message("{other} has checked in: {title} is in use.")
)
_CHECKED_OUT: Final = about(
    Topic.PROGRESS,
    message("Over: {title}"),
    message("{other} has checked out of {title}."),
    message("Say whether all is well"),
    hint=_SILENCE_AGREES,
)
_TIME_OVER: Final = about(
    Topic.PROGRESS,
    message("Over: {title}"),
    message("The time of {title} is over, and nobody has checked out, so we did."),
    message("Say whether all is well"),
    hint=_SILENCE_AGREES,
)
_FREED: Final = about(
    Topic.CASES,
    message("Given free: {title}"),
    message("{title} was given free for others, because it looked as if nobody came."),
    message("If it was different, say so"),
)
_STARTED: Final = about(
    Topic.PROGRESS, message("Begun: {title}"), message("{other} says that you have begun with {title}.")
)
_REPORTED: Final = about(
    Topic.PROGRESS,
    message("How long was it? {title}"),
    message("{other} has noted how long {title} took."),
    message("Agree, or tell it differently"),
    hint=_SILENCE_AGREES,
)
_AGREED: Final = about(
    Topic.PROGRESS, message("Agreed: {title}"), message("{other} agrees with what you noted about {title}.")
)
_AGREED_BY_SILENCE: Final = about(
    Topic.PROGRESS,
    message("Agreed: {title}"),
    message("Nobody has said otherwise for seven days, so what was noted about {title} counts."),
)
_DIFFERS: Final = about(
    Topic.CASES,
    message("Remembered differently: {title}"),
    message("{other} remembers it differently, what was noted about {title}."),
    message("Read it, and find a way together"),
)
_WELL: Final = about(
    Topic.PROGRESS, message("All is well: {title}"), message("{other} agrees that all is well with {title}.")
)

TAILS: Final[Mapping[tuple[str, str], Wording]] = {
    ("make-ready", BORROWER): about(
        Topic.PROGRESS, message("Ready: {title}"), message("{title} is ready for you.")
    ),
    ("hand-over", BORROWER): about(
        Topic.PROGRESS,
        message("Handed over: {title}"),
        message("{other} has noted that you have {title} now."),
        message("Say that you have it, and in what condition"),
    ),
    ("hand-over", PROVIDER): about(
        Topic.PROGRESS, message("Acknowledged: {title}"), message("{other} says: I have {title}.")
    ),
    ("not-collected", BORROWER): about(
        Topic.CASES,
        message("Not picked up? {title}"),
        message("{other} has noted that {title} was not picked up."),
        message("If it was different, say so"),
    ),
    ("report-return", PROVIDER): about(
        Topic.PROGRESS,
        message("Is {title} back?"),
        message("{other} says that {title} is back with you."),
        message("Say whether all is well"),
        hint=message("If you say nothing, it counts as back and well on {until}."),
    ),
    ("take-back", BORROWER): about(
        Topic.PROGRESS,
        message("Back: {title}"),
        message("{other} has taken {title} back."),
        message("Read how it was received"),
    ),
    ("take-back-part", BORROWER): about(
        Topic.PROGRESS,
        message("Partly back: {title}"),
        message("{other} has taken a part of {title} back. The rest is still with you."),
    ),
    ("back-by-silence", BORROWER): _BACK_BY_SILENCE,
    ("back-by-silence", PROVIDER): _BACK_BY_SILENCE,
    ("complete", BORROWER): _WELL,
    ("complete", PROVIDER): _WELL,
    ("mark-lost", BORROWER): _LOST,
    ("mark-lost", PROVIDER): _LOST,
    ("add-account", BORROWER): _ACCOUNT,
    ("add-account", PROVIDER): _ACCOUNT,
    ("correct-record", BORROWER): _CORRECTED,
    ("correct-record", PROVIDER): _CORRECTED,
    ("did-not-happen", BORROWER): _DID_NOT_HAPPEN,
    ("did-not-happen", PROVIDER): _DID_NOT_HAPPEN,
    ("raise-case", BORROWER): _CASE,
    ("raise-case", PROVIDER): _CASE,
    ("return-missing", BORROWER): _MISSING,
    ("return-missing", PROVIDER): _MISSING,
    ("settle", BORROWER): _SETTLED,
    ("settle", PROVIDER): _SETTLED,
    ("settle-asked", BORROWER): _SETTLE,
    ("settle-asked", PROVIDER): _SETTLE,
    ("close-unreported", BORROWER): _UNREPORTED,
    ("close-unreported", PROVIDER): _UNREPORTED,
    ("check-in", BORROWER): _CHECKED_IN,
    ("check-in", PROVIDER): _CHECKED_IN,
    ("release", BORROWER): _FREED,
    ("release", PROVIDER): _FREED,
    ("check-out", BORROWER): _CHECKED_OUT,
    ("check-out", PROVIDER): _CHECKED_OUT,
    ("time-over", BORROWER): _TIME_OVER,
    ("time-over", PROVIDER): _TIME_OVER,
    ("start", BORROWER): _STARTED,
    ("start", PROVIDER): _STARTED,
    ("report", BORROWER): _REPORTED,
    ("report", PROVIDER): _REPORTED,
    ("agree", BORROWER): _AGREED,
    ("agree", PROVIDER): _AGREED,
    ("agreed-by-silence", BORROWER): _AGREED_BY_SILENCE,
    ("agreed-by-silence", PROVIDER): _AGREED_BY_SILENCE,
    ("differ", BORROWER): _DIFFERS,
    ("differ", PROVIDER): _DIFFERS,
    ("record-attendance", BORROWER): about(
        Topic.PROGRESS,
        message("Thank you for taking part: {title}"),
        message("{other} has noted who took part in {title}."),
        message("See what was noted; if it was different, say so"),
    ),
    ("give-access", BORROWER): about(
        Topic.PROGRESS,
        message("Here it is: {title}"),
        message("{title} is open to you now."),
        message("See how to get in"),
    ),
}
"""What a step of keeping a promise says to which side."""

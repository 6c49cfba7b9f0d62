"""What the steps of a loan ask, what follows from them, and what the clocks say."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message

NOTES: Final[Mapping[str, Message]] = {
    "accept": message("A word to the other side"),
    "decline": message("Why? A reason helps the other side."),
    "cancel": message("Why?"),
    "raise-case": message("What is wrong?"),
    "mark-lost": message("What happened to it?"),
    "add-account": message("How was it for you?"),
    "differ": message("How was it in your view?"),
    "did-not-happen": message("How did that come about?"),
    "not-collected": message("A word to the other side"),
    "give-access": message("How to get at it"),
    "settle": message("How is it settled?"),
}
"""What the words of a step are about, where they are not just a word to the other side."""

NEEDED: Final = frozenset({"add-account", "raise-case", "mark-lost"})
"""Steps that say nothing without words."""

FOLLOWS: Final[Mapping[tuple[str, str | None], Message]] = {
    ("accept", None): message("This is a promise. Afterwards you see how to reach each other."),
    ("decline", None): message("The request ends here."),
    ("withdraw", None): message("The request ends here. You can ask again at any time."),
    ("cancel", "provider"): message("The borrower has planned with it and hears your reason."),
    ("cancel", None): message("The other side hears of it at once, and the time is free for others."),
    ("hand-over", "provider"): message(
        "You write down together what is handed over, and in what condition. You can correct it for 48 hours."
    ),
    ("hand-over", "borrower"): message("You confirm that you have it as the record says."),
    ("take-back", None): message(
        "You write down together what comes back, and in what condition. You can correct it for 48 hours."
    ),
    ("report-return", None): message("The provider looks at it and confirms."),
    ("mark-lost", None): message("What is lost is not there for others until somebody finds it."),
    ("raise-case", None): message(
        "It becomes a case: you two try to settle it. After 30 days a moderator is called."
    ),
    ("did-not-happen", None): message("The booking ends here. The other side can tell how it was for them."),
    ("not-collected", None): message("The booking ends here. The other side can tell how it was for them."),
    ("release", None): message("The booking ends here, and the room is free for others."),
    ("settle", "borrower"): message("When both sides say so, it is settled."),
    ("settle", "provider"): message("When both sides say so, it is settled."),
    ("settle", "moderator"): message("Your word ends the case."),
    ("report", None): message("The other side agrees, or sees it differently. Silence agrees after 7 days."),
    ("counter", None): message("The other side can accept, answer with other terms, or say no."),
    ("propose-change", None): message(
        "Nothing changes until the other side agrees. Without an answer all stays as it was."
    ),
    ("pass", None): message("You keep your place once; after that the next in the queue is asked."),
    ("correct-record", None): message(
        "The old record stays. The new one stands beside it, and the other side is asked to confirm it."
    ),
}
"""What one should know before taking a step; of a side, else of both."""

CLOCKS: Final[Mapping[str, Message]] = {
    "answer": message("Without an answer the request lapses on {moment}."),
    "own_start": message("The place in the queue lapses on {moment}."),
    "turn": message("The turn can be taken until {moment}."),
    "change": message("Without an answer the proposal lapses on {moment}. What was promised stays."),
    "unreported": message("If nobody says how it went, it ends on {moment}."),
    "return_missing": message("If it is not back by {moment}, moderators are called."),
    "return_silence": message("If the provider says nothing, it counts as back on {moment}."),
    "completion": message("If nobody says otherwise, all is well on {moment}."),
    "settlement": message("If nobody settles it, it ends on {moment}."),
    "no_show": message("If nobody comes, it is free for others on {moment}."),
    "check_out": message("If nobody says so before, it counts as left on {moment}."),
    "agreement": message("Silence agrees on {moment}."),
}

EXCHANGES: Final[Mapping[str, Message]] = {
    "sending": message("On its way to the other region. As soon as it answers, you see it here."),
    "in_sync": message("Both regions agree."),
    "no_answer": message(
        "The other region does not answer. What was agreed stays as it was; please call each other if it is pressing."
    ),
}

ANSWERS: Final[Mapping[str, Message]] = {
    "brought_back": message("I have brought it back"),
    "need_longer": message("I need it longer"),
    "problem": message("There is a problem"),
}

RECORDS: Final[Mapping[str, Message]] = {
    "hand_over": message("Hand-over"),
    "return": message("Return"),
}

STEPS: Final[Mapping[str, Message]] = {
    "request": message("Asked for it"),
    "offer": message("Offered it"),
    "join-queue": message("Joined the queue"),
    "counter": message("Offered other terms"),
    "accept": message("Said yes"),
    "accept-counter": message("Accepted the terms"),
    "decline": message("Said no"),
    "withdraw": message("Took the request back"),
    "expire": message("Nobody answered in time"),
    "offer-turn": message("Offered the turn"),
    "take": message("Took the turn"),
    "pass": message("Passed the turn"),
    "propose-change": message("Proposed a change"),
    "accept-change": message("Agreed to the change"),
    "decline-change": message("The change was not agreed to"),
    "withdraw-change": message("Took the proposal back"),
    "cancel": message("Called it off"),
    "did-not-happen": message("Said that it did not happen"),
    "raise-case": message("Said that something is wrong"),
    "settle": message("Said that it is settled"),
    "close-unreported": message("Closed: nobody said how it went"),
    "add-account": message("Told their side"),
    "make-ready": message("Made it ready"),
    "hand-over": message("Handed over"),
    "not-collected": message("Said that nobody picked it up"),
    "report-return": message("Said that it is back"),
    "take-back": message("Took it back"),
    "complete": message("All is well"),
    "mark-lost": message("Said that it is lost"),
    "check-in": message("Came in"),
    "release": message("Freed it: nobody came"),
    "check-out": message("Left"),
    "start": message("Began"),
    "report": message("Said how long it took"),
    "agree": message("Agreed"),
    "differ": message("Saw it differently"),
    "record-attendance": message("Said who was there"),
    "give-access": message("Gave access"),
    "correct-record": message("Corrected a record"),
}
"""What happened, in the story."""


def note(action: str) -> Message:
    """What the words of this step are about."""
    return NOTES.get(action, NOTES["accept"])


def follows(action: str, role: str) -> Message | None:
    """What one should know before taking it."""
    return FOLLOWS.get((action, role)) or FOLLOWS.get((action, None))


def clock(name: str, moment: str) -> Message | None:
    """What happens at this moment if nobody does anything before."""
    return Message(CLOCKS[name].text, {"moment": moment}) if name in CLOCKS else None


SHAPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("requested", "countered", "waitlisted", "offered"), "waiting"),
    **dict.fromkeys(("confirmed", "ready"), "promised"),
    **dict.fromkeys(("handed_over", "checked_in", "in_progress"), "out"),
    **dict.fromkeys(("return_reported", "returned", "checked_out", "reported"), "back"),
    **dict.fromkeys(("lost", "unresolved"), "trouble"),
    "completed": "done",
    **dict.fromkeys(("declined", "withdrawn", "expired", "cancelled"), "ended"),
}
"""Which sign stands before the words of a state, so that a list can be read at a glance; a symbol of `states.svg`."""

"""The words of the lifecycle, as they stand in the table, in the database and on the wire."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a booking stands. Never written by a caller, only moved by an action."""

    REQUESTED = "requested"
    COUNTERED = "countered"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    READY = "ready"
    HANDED_OVER = "handed_over"
    RETURN_REPORTED = "return_reported"
    RETURNED = "returned"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    LOST = "lost"
    UNRESOLVED = "unresolved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Outcome(StrEnum):
    """What became of a promise; stands beside the state, on cancelled and completed bookings only."""

    FULFILLED = "fulfilled"
    PARTLY_FULFILLED = "partly_fulfilled"
    DID_NOT_HAPPEN = "did_not_happen"
    NOT_COLLECTED = "not_collected"
    NO_SHOW_BORROWER = "no_show_borrower"
    NO_SHOW_PROVIDER = "no_show_provider"
    CANCELLED_EARLY = "cancelled_early"
    CANCELLED_LATE = "cancelled_late"
    LOST = "lost"
    SETTLED = "settled"
    UNREPORTED = "unreported"


class Role(StrEnum):
    """As whom somebody acts on one booking."""

    BORROWER = "borrower"
    PROVIDER = "provider"
    MODERATOR = "moderator"
    CLOCK = "clock"


class Tail(StrEnum):
    """How a promise is kept; follows from the listing's kind and, for know-how, its form."""

    EQUIPMENT = "equipment"
    SPACE = "space"
    ONE_TO_ONE = "one_to_one"
    GROUP = "group"
    RECORDED = "recorded"


class Action(StrEnum):
    """What can be done with a booking; the last segment of its address."""

    REQUEST = "request"
    OFFER = "offer"
    JOIN_QUEUE = "join-queue"
    COUNTER = "counter"
    ACCEPT = "accept"
    ACCEPT_COUNTER = "accept-counter"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    OFFER_TURN = "offer-turn"
    TAKE = "take"
    PASS = "pass"  # noqa: S105 - to pass a turn
    PROPOSE_CHANGE = "propose-change"
    ACCEPT_CHANGE = "accept-change"
    DECLINE_CHANGE = "decline-change"
    WITHDRAW_CHANGE = "withdraw-change"
    CANCEL = "cancel"
    DID_NOT_HAPPEN = "did-not-happen"
    RAISE_CASE = "raise-case"
    SETTLE = "settle"
    CLOSE_UNREPORTED = "close-unreported"
    ADD_ACCOUNT = "add-account"
    MAKE_READY = "make-ready"
    HAND_OVER = "hand-over"
    NOT_COLLECTED = "not-collected"
    REPORT_RETURN = "report-return"
    TAKE_BACK = "take-back"
    COMPLETE = "complete"
    MARK_LOST = "mark-lost"
    CHECK_IN = "check-in"
    RELEASE = "release"
    CHECK_OUT = "check-out"
    START = "start"
    REPORT = "report"
    AGREE = "agree"
    DIFFER = "differ"
    RECORD_ATTENDANCE = "record-attendance"
    GIVE_ACCESS = "give-access"


class Guard(StrEnum):
    """What must hold for a move. Where several rows answer one action, the first that holds is taken."""

    INSTANT = "instant"  # the listing is booked without being asked
    COUNTERS_LEFT = "counters_left"  # three counter-offers in all, each within the answer time
    INSTANT_TURN = (
        "instant_turn"  # a turn that is still open, of a listing that is booked without being asked
    )
    TURN_OPEN = "turn_open"  # within the clock of the turn, however late it comes by
    TURN_KEPT = "turn_kept"  # nobody passed before
    STARTED = "started"  # from the start on
    NOT_OVER = "not_over"  # until the end
    NOT_LAPSED = "not_lapsed"  # within the answer time and before the start, however late the clock comes by
    ACCOUNT_OPEN = "account_open"  # up to 14 days after the other side said that nothing came of it
    CASE_IN_TIME = "case_in_time"  # up to 14 days after completion, and not settled before
    OTHER_AGREED = "other_agreed"  # the other side has said yes already
    BY_THE_OTHER = "by_the_other"  # not by the side that reported or proposed
    UNACKNOWLEDGED = "unacknowledged"  # the borrower has not yet said "I have it"
    SOME_UNITS = "some_units"  # fewer units come back than are out
    UNITS_OUT = "units_out"  # something was handed over and is not back
    CHANGE_OPEN = "change_open"  # a change is proposed
    NO_CHANGE_OPEN = "no_change_open"
    CHANGE_TO_ANSWER = "change_to_answer"  # a change is proposed, by the other side, and has not lapsed
    OWN_CHANGE_OPEN = "own_change_open"  # a change is proposed, by this side, and has not lapsed
    RELEASES_NO_SHOWS = "releases_no_shows"  # the listing frees itself when nobody comes
    ACCESS_AT_ONCE = "access_at_once"


class Clock(StrEnum):
    """A deadline that moves a booking when nobody does."""

    ANSWER = "answer"
    OWN_START = "own_start"
    VACANCY = "vacancy"
    TURN = "turn"
    CHANGE = "change"
    UNREPORTED = "unreported"
    RETURN_MISSING = "return_missing"
    RETURN_SILENCE = "return_silence"
    COMPLETION = "completion"
    SETTLEMENT = "settlement"
    NO_SHOW = "no_show"
    CHECK_OUT = "check_out"
    AGREEMENT = "agreement"
    AT_ONCE = "at_once"


class Effect(StrEnum):
    """What a move does beside changing the state. Units and contact data follow from the state alone."""

    SNAPSHOT = "snapshot"  # listing, terms and tariff as they are now are frozen in the booking
    RECHECK = "recheck"  # audience and recognition are looked at again (T18)
    NEW_TERMS = "new_terms"  # other terms are offered, and the hold moves with them
    COUNT_PASS = "count_pass"  # noqa: S105 - to pass a turn
    AGREED_TERMS = "agreed_terms"  # the proposed change becomes what is promised
    REMEMBER_CHANGE = "remember_change"
    FORGET_CHANGE = "forget_change"
    REMEMBER_YES = "remember_yes"
    RECORD_HAND_OVER = "record_hand_over"
    ACKNOWLEDGE = "acknowledge"
    RECORD_RETURN = "record_return"
    ACKNOWLEDGE_RETURN = "acknowledge_return"
    CLOSE_UNITS = "close_units"  # what is lost becomes a closure of the listing
    WIND_UP = "wind_up"  # what is still out is back, or becomes a closure of the listing
    ADD_ACCOUNT = "add_account"
    TELL_STAFF = "tell_staff"
    RECORD_MINUTES = "record_minutes"
    RECORD_ATTENDANCE = "record_attendance"
    OPEN_ACCESS = "open_access"


TERMINAL: Final = frozenset(
    {State.DECLINED, State.WITHDRAWN, State.EXPIRED, State.CANCELLED, State.COMPLETED},
)
UNANSWERED: Final = frozenset({State.REQUESTED, State.COUNTERED, State.WAITLISTED, State.OFFERED})
PROMISED: Final = frozenset(State) - TERMINAL - UNANSWERED
SETTLED_AS: Final = (
    Outcome.SETTLED,
    Outcome.LOST,
    Outcome.FULFILLED,
    Outcome.PARTLY_FULFILLED,
    Outcome.DID_NOT_HAPPEN,
    Outcome.NOT_COLLECTED,
    Outcome.NO_SHOW_BORROWER,
    Outcome.NO_SHOW_PROVIDER,
)
"""As what a moderator may settle a case; without a word it is settled, or lost where something was."""
NOTHING_CAME_OF_IT: Final = frozenset(
    {Outcome.DID_NOT_HAPPEN, Outcome.NOT_COLLECTED, Outcome.NO_SHOW_BORROWER, Outcome.NO_SHOW_PROVIDER}
)
CASES: Final = frozenset({State.LOST, State.UNRESOLVED})


class Side(StrEnum):
    """Where the two sides of a booking live. The instance of the provider alone writes its state."""

    LOCAL = "local"  # both here
    SUPPLIER = "supplier"  # the provider here, the borrower at a partner
    REQUESTER = (
        "requester"  # the borrower here, the provider at a partner: this row only tells what it last read
    )


class Exchange(StrEnum):
    """How far we and the partner agree."""

    SENDING = "sending"
    IN_SYNC = "in_sync"
    NO_ANSWER = "no_answer"  # for a day after its time; or for days, or it no longer knows: people are asked


class RecordKind(StrEnum):
    """What a record is of."""

    HAND_OVER = "hand_over"
    RETURN = "return"

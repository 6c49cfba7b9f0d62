"""Refusals of bookings."""

from app.kernel.problems import NotNow
from app.kernel.text import message


class StepNotPossible(NotNow):
    """409: not in this state, or not at this moment; `allowed_actions` says what is possible now."""

    slug = "step-not-possible"
    title = message("This step is not possible now.")


class NotBookable(NotNow):
    """409: the listing cannot be had like this; `reasons[]` names every ground.

    `calendar_version` is the version of the listing's calendar on which that was decided.
    """

    slug = "not-bookable"
    title = message("This cannot be booked like this.")


class NothingToWaitFor(NotNow):
    """409: it is free, so there is no queue to join: just ask for it."""

    slug = "nothing-to-wait-for"
    title = message("It is free: just ask for it.")


class AlreadyWaiting(NotNow):
    """409: somebody waits for this listing and this time already; one place in the queue is enough."""

    slug = "already-waiting"
    title = message("You are in the queue for this time already.")


class WantNotOpen(NotNow):
    """409: nothing is looked for any more; `missing_units` says how many are still missing."""

    slug = "want-not-open"
    title = message("Nothing is being looked for here any more.")


class TermsChanged(NotNow):
    """409, between regions: what the borrower read there is not what would be promised here now."""

    slug = "terms-changed"
    title = message("The offer has changed since it was read. Please look at it again.")


class RecognitionLapsed(NotNow):
    """409: the borrower no longer has the recognition on which the price was promised."""

    slug = "recognition-lapsed"
    title = message("The tariff of this request no longer holds: the recognition has lapsed.")


class CodeWrong(NotNow):
    """409: the six digits are not those the borrower sees; `attempts_left` says how often they can still be tried."""

    slug = "code-wrong"
    title = message("This is not the code that the borrower sees.")
    leaves_traces = True


class RecordSealed(NotNow):
    """409: after 48 hours a record stays as it is."""

    slug = "record-sealed"
    title = message("This record is sealed: it is older than 48 hours and stays as it is.")


class ThingsStillOut(NotNow):
    """409: somebody who still has something, or an open case, cannot leave yet."""

    slug = "things-still-out"
    title = message("Something is still handed over or in dispute. Settle that first.")


class NoContractYet(NotNow):
    """409: a contract is made when something is promised, not before."""

    slug = "no-contract-yet"
    title = message("There is no contract yet.")

"""Refusals of moderation."""

from app.kernel.problems import NotAllowed, NotNow
from app.kernel.text import message


class AlreadyReported(NotNow):
    """409: the same person has reported the same thing, and the staff has not decided yet."""

    slug = "already-reported"
    title = message("You have reported this already. The staff will look at it.")


class DecisionNotPossible(NotNow):
    """409: this cannot be decided about this report now."""

    slug = "decision-not-possible"
    title = message("This cannot be decided here now.")


class ObjectionNotPossible(NotNow):
    """409: there is nothing to object to, or it is too late, or it was objected to before."""

    slug = "objection-not-possible"
    title = message("There is nothing here that you can object to now.")


class CaseOfYourOwn(NotAllowed):
    """403: nobody judges a case of their own, nor twice where somebody else can look."""

    slug = "case-of-your-own"
    title = message("Somebody else on the staff has to decide this.")

"""Refusals of accounts."""

from app.kernel.problems import NotAllowed, NotNow, Problem
from app.kernel.text import message


class CredentialsWrong(Problem):
    """401: this address and password do not belong together. Whether the address is known is not said."""

    slug = "credentials-wrong"
    title = message("E-mail address and password do not belong together.")
    status = 401


class EmailUnconfirmed(NotAllowed):
    """403: the password is right, but nobody has shown yet that the address is theirs; the mail was sent again."""

    slug = "email-unconfirmed"
    title = message("Please confirm your e-mail address first. We have sent you the mail again.")


class TokenSpent(Problem):
    """422: a one-time token that is unknown, used, expired, or meant for something else."""

    slug = "token-spent"
    title = message("This link has been used or has expired. Please ask for a new one.")
    status = 422


class LastOwner(NotNow):
    """409: an organisation needs an owner; make somebody else one first."""

    slug = "last-owner"
    title = message("An organisation needs at least one owner. Make somebody else an owner first.")


class AlreadyMember(NotNow):
    """409: this person belongs to the organisation already; change their role instead."""

    slug = "already-member"
    title = message("This person is a member already.")


class RecognitionStepNotPossible(NotNow):
    """409: recognition cannot move like this from where it stands."""

    slug = "recognition-step-not-possible"
    title = message("The recognition of this organisation does not allow this step now.")


class EmailTaken(NotNow):
    """409: another account has this address; raised on the command line only, the API never says so."""

    slug = "email-taken"
    title = message("There is an account with this e-mail address already.")

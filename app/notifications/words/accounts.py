"""Letters about accounts and organisations. Those that carry a token come by mail alone."""

from collections.abc import Mapping
from typing import Final

from app.kernel.text import Message, message
from app.notifications.rules import Topic
from app.notifications.wording import Wording

_NOT_YOU: Final = message("If it was not you, set a new password now.")


def _account(
    subject: Message, says: Message, step: Message, path: str, hint: Message | None = None
) -> Wording:
    return Wording(Topic.ACCOUNT, subject, says, step, path, hint=hint, essential=True)


def _organisation(
    subject: Message, says: Message, step: Message, path: str = "/organisations/{organisation_id}"
) -> Wording:
    return Wording(Topic.ORGANISATION, subject, says, step, path)


CONFIRM_EMAIL: Final = _account(
    message("Please confirm your e-mail address"),
    message("Somebody, hopefully you, has registered with this address. If it was not you, do nothing."),
    message("Confirm this address"),
    "/confirm?token={token}",
    message("The link works for three days."),
)
SIGN_IN: Final = _account(
    message("Your sign-in link"),
    message("Somebody, hopefully you, wants to sign in with this address. If it was not you, do nothing."),
    message("Sign in"),
    "/sign-in?token={token}",
    message("The link works once, for ten minutes."),
)
RESET_PASSWORD: Final = _account(
    message("Set a new password"),
    message("Somebody, hopefully you, wants a new password for this account. If it was not you, do nothing."),
    message("Choose a new password"),
    "/password-reset?token={token}",
    message("The link works for thirty minutes."),
)
CHANGE_EMAIL: Final = _account(
    message("Please confirm your new e-mail address"),
    message("You want to be reached at this address from now on."),
    message("Confirm this address"),
    "/confirm?token={token}",
    message("The link works for two hours."),
)
INVITATION: Final = Wording(
    Topic.ACCOUNT,
    message("{organisation} invites you"),
    message("{inviter} asks you to join {organisation}."),
    message("Accept the invitation"),
    "/invitation?token={token}",
    hint=message("The invitation stands for two weeks. You need an account for it."),
    essential=True,
)

ACCOUNT: Final[Mapping[str, Wording]] = {
    "registered_again": _account(
        message("You have an account already"),
        message("Somebody, perhaps you, tried to register with this address. Nothing was changed."),
        message("Sign in, or have a sign-in link sent"),
        "/sign-in",
    ),
    "password_changed": _account(
        message("Your password was changed"),
        message("Your account has a new password, and all other sessions have ended."),
        message("That was not me"),
        "/password-reset",
        _NOT_YOU,
    ),
    "email_change_told": _account(
        message("Your e-mail address is about to change"),
        message("Somebody who knows your password asked to change the e-mail address of your account."),
        message("That was not me"),
        "/password-reset",
        _NOT_YOU,
    ),
    "joined": _organisation(
        message("You are a member of {organisation}"),
        message("You can now act for {organisation}, as far as your role goes."),
        message("See the organisation, or leave it"),
    ),
    "recognition_approved": _organisation(
        message("{organisation} is recognised"),
        message("{organisation} is now recognised as serving the common good."),
        message("See what that means for you"),
    ),
    "recognition_rejected": _organisation(
        message("{organisation} was not recognised"),
        message("The recognition of {organisation} was refused. The reason stands on its page."),
        message("Read the reason, and ask again if you can"),
    ),
    "recognition_expiring": _organisation(
        message("The recognition of {organisation} ends soon"),
        message("The proof of {organisation} runs out in a month. With a new one reduced prices go on."),
        message("Show a new proof"),
    ),
    "recognition_expired": _organisation(
        message("The recognition of {organisation} has ended"),
        message("The proof of {organisation} has run out, so reduced prices no longer hold."),
        message("Show a new proof"),
    ),
    "recognition_revoked": _organisation(
        message("The recognition of {organisation} was withdrawn"),
        message("{organisation} is no longer recognised. The reason stands on its page."),
        message("Read the reason"),
    ),
}
"""Letters that carry no token, by their kinds."""

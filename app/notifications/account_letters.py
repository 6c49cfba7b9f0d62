"""Letters about accounts: what they say, and what they carry."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.service import Letter, Purpose
from app.kernel.text import message
from app.kernel.unit_of_work import UnitOfWork
from app.notifications.mail import Mail
from app.notifications.service import Compose
from app.notifications.wording import Wording, write

CONFIRM_EMAIL: Final = Wording(
    subject=message("Please confirm your e-mail address"),
    says=message("Somebody, hopefully you, has registered with this address. If it was not you, do nothing."),
    step=message("Confirm that this address is yours, within three days:"),
    path="/confirm?token={token}",
)
REGISTERED_AGAIN: Final = Wording(
    subject=message("You have an account already"),
    says=message("Somebody, perhaps you, tried to register with this address. Nothing was changed."),
    step=message("Sign in, or have a sign-in link sent:"),
    path="/sign-in",
)
SIGN_IN: Final = Wording(
    subject=message("Your sign-in link"),
    says=message(
        "Somebody, hopefully you, wants to sign in with this address. If it was not you, do nothing."
    ),
    step=message("Sign in, once, within ten minutes:"),
    path="/sign-in?token={token}",
)
RESET_PASSWORD: Final = Wording(
    subject=message("Set a new password"),
    says=message(
        "Somebody, hopefully you, wants a new password for this account. If it was not you, do nothing."
    ),
    step=message("Choose a new password, within thirty minutes:"),
    path="/password-reset?token={token}",
)
PASSWORD_CHANGED: Final = Wording(
    subject=message("Your password was changed"),
    says=message("Your account has a new password, and all other sessions have ended."),
    step=message("If it was not you, set a new password now:"),
    path="/password-reset",
)
CHANGE_EMAIL: Final = Wording(
    subject=message("Please confirm your new e-mail address"),
    says=message("You want to be reached at this address from now on."),
    step=message("Confirm that this address is yours, within two hours:"),
    path="/confirm?token={token}",
)
EMAIL_CHANGE_TOLD: Final = Wording(
    subject=message("Your e-mail address is about to change"),
    says=message("Somebody who knows your password asked to change the e-mail address of your account."),
    step=message("If it was not you, set a new password now:"),
    path="/password-reset",
)
INVITATION: Final = Wording(
    subject=message("{organisation} invites you"),
    says=message("{inviter} asks you to join {organisation}."),
    step=message("Accept the invitation, within two weeks; you need an account for it:"),
    path="/invitation?token={token}",
)
JOINED: Final = Wording(
    subject=message("You are a member of {organisation}"),
    says=message("You can now act for {organisation}, as far as your role goes."),
    step=message("See the organisation, or leave it:"),
    path="/organisations/{organisation_id}",
)
RECOGNITION: Final = {
    "approved": Wording(
        subject=message("{organisation} is recognised"),
        says=message("{organisation} is now recognised as serving the common good."),
        step=message("See what that means for you:"),
        path="/organisations/{organisation_id}",
    ),
    "rejected": Wording(
        subject=message("{organisation} was not recognised"),
        says=message("The recognition of {organisation} was refused. The reason stands on its page."),
        step=message("Read the reason, and ask again if you can:"),
        path="/organisations/{organisation_id}",
    ),
    "expired": Wording(
        subject=message("The recognition of {organisation} has ended"),
        says=message("The proof of {organisation} has run out, so reduced prices no longer hold."),
        step=message("Show a new one:"),
        path="/organisations/{organisation_id}",
    ),
    "revoked": Wording(
        subject=message("The recognition of {organisation} was withdrawn"),
        says=message("{organisation} is no longer recognised. The reason stands on its page."),
        step=message("Read the reason:"),
        path="/organisations/{organisation_id}",
    ),
}


def _plain(wording: Wording) -> Compose:
    """A letter without a token; about an organisation if the facts name one."""

    def compose(work: UnitOfWork, reader_id: UUID, facts: Mapping[str, Any]) -> Mail | None:
        to = next(iter(accounts.recipients(work, reader_id)), None)
        if to is None:
            return None
        return write(wording, to, {**facts, **_organisation(work, facts)}, work.settings)

    return compose


def _with_token(wording: Wording, purpose: Purpose) -> Compose:
    def compose(work: UnitOfWork, reader_id: UUID, _facts: Mapping[str, Any]) -> Mail | None:
        letter = accounts.letter(work, reader_id, purpose)
        return _carrying(letter, wording, work)

    return compose


def _change_email(work: UnitOfWork, reader_id: UUID, facts: Mapping[str, Any]) -> Mail | None:
    letter = accounts.change_letter(work, reader_id, UUID(facts["change_id"]))
    return _carrying(letter, CHANGE_EMAIL, work)


def _carrying(letter: Letter | None, wording: Wording, work: UnitOfWork) -> Mail | None:
    return write(wording, letter.recipient, {"token": letter.token}, work.settings) if letter else None


def _invitation(work: UnitOfWork, reader_id: UUID, _facts: Mapping[str, Any]) -> Mail | None:
    letter = accounts.invitation_letter(work, reader_id)
    if letter is None:
        return None
    facts = {"token": letter.token, "organisation": letter.organisation, "inviter": letter.inviter}
    return write(INVITATION, letter.recipient, facts, work.settings)


def _organisation(work: UnitOfWork, facts: Mapping[str, Any]) -> dict[str, str]:
    if "organisation_id" not in facts:
        return {}
    organisation_id = UUID(facts["organisation_id"])
    found = accounts.party_summaries(work, [organisation_id])
    return {"organisation": found[organisation_id].name} if found else {"organisation": ""}


TOPICS: Final[Mapping[str, Compose]] = {
    "confirm_email": _with_token(CONFIRM_EMAIL, Purpose.CONFIRM_EMAIL),
    "registered_again": _plain(REGISTERED_AGAIN),
    "sign_in": _with_token(SIGN_IN, Purpose.SIGN_IN),
    "reset_password": _with_token(RESET_PASSWORD, Purpose.RESET_PASSWORD),
    "password_changed": _plain(PASSWORD_CHANGED),
    "change_email": _change_email,
    "email_change_told": _plain(EMAIL_CHANGE_TOLD),
    "invitation": _invitation,
    "joined": _plain(JOINED),
    **{f"recognition_{state}": _plain(wording) for state, wording in RECOGNITION.items()},
}
"""Who writes the letter on which topic."""

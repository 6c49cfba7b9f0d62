"""What mails need to know that the log must not: tokens, and addresses that are not anybody's yet."""

from dataclasses import dataclass
from uuid import UUID

from app.accounts.rules import Purpose
from app.accounts.schemas import Recipient
from app.accounts.service import tokens
from app.accounts.tables import Invitation, Party, Person
from app.kernel.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Letter:
    """Somebody to write to, and the token that only they may read."""

    recipient: Recipient
    token: str
    organisation: str = ""
    inviter: str = ""


def letter(work: UnitOfWork, person_id: UUID, purpose: Purpose) -> Letter | None:
    """A letter to a person with a token for this purpose; None when they are no longer there."""
    found = _reader(work, person_id)
    return None if found is None else Letter(found, tokens.issue(work, person_id, purpose))


def change_letter(work: UnitOfWork, person_id: UUID, change_id: UUID) -> Letter | None:
    """A letter to the address a person wants to have; None when it is too late for that."""
    found, token = _reader(work, person_id), tokens.hand_out(work, change_id)
    if found is None or token is None:
        return None
    return Letter(Recipient(person_id, found.name, token[1], found.language), token[0])


def invitation_letter(work: UnitOfWork, invitation_id: UUID) -> Letter | None:
    """A letter that asks somebody to join, in the language of who asks; None when it was withdrawn."""
    invitation = work.session.get(Invitation, invitation_id)
    if invitation is None:
        return None
    inviter = work.session.get_one(Person, invitation.invited_by)
    token = tokens.issue(work, None, Purpose.INVITATION, subject=str(invitation.id))
    return Letter(
        Recipient(None, "", invitation.email, inviter.language),
        token,
        organisation=work.session.get_one(Party, invitation.organisation_id).name,
        inviter=work.session.get_one(Party, inviter.id).name,
    )


def _reader(work: UnitOfWork, person_id: UUID) -> Recipient | None:
    person = work.session.get(Person, person_id)
    if person is None or person.email is None:
        return None
    return Recipient(person.id, work.session.get_one(Party, person_id).name, person.email, person.language)

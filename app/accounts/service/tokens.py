"""One-time tokens: issued when a mail is composed or an operator asks, used once, short-lived."""

from uuid import UUID

from app.accounts import repository
from app.accounts.problems import TokenSpent
from app.accounts.rules import LIFETIMES, Purpose
from app.accounts.service import secrets
from app.accounts.tables import OneTimeToken
from app.kernel.ids import new_id
from app.kernel.unit_of_work import UnitOfWork


def issue(work: UnitOfWork, person_id: UUID | None, purpose: Purpose, *, subject: str | None = None) -> str:
    """A token for this purpose. Only its digest is kept, so it is known to the reader of the mail alone."""
    return _add(work, person_id, purpose, subject)[1]


def reserve(work: UnitOfWork, person_id: UUID, purpose: Purpose, *, subject: str) -> UUID:
    """Set a token aside whose subject must wait somewhere private; it becomes known by `hand_out` only."""
    return _add(work, person_id, purpose, subject)[0]


def hand_out(work: UnitOfWork, token_id: UUID) -> tuple[str, str] | None:
    """A reserved token and its subject, or None when it is too late; each time anew, the one before is void."""
    row = work.session.get(OneTimeToken, token_id, with_for_update=True, populate_existing=True)
    if row is None or row.ends_at <= work.now or row.subject is None:
        return None
    token, row.digest = secrets.new_token()
    return token, row.subject


def take(work: UnitOfWork, token: str, *purposes: Purpose) -> tuple[Purpose, UUID | None, str | None]:
    """Use up a token: its purpose, person and subject. Raises TokenSpent; of two rivals one gets it."""
    found = repository.take_token(work.session, secrets.digest(token), purposes, work.now)
    if found is None:
        raise TokenSpent
    return found


def _add(work: UnitOfWork, person_id: UUID | None, purpose: Purpose, subject: str | None) -> tuple[UUID, str]:
    token, digest = secrets.new_token()
    row = OneTimeToken(
        id=new_id(),
        digest=digest,
        purpose=purpose,
        person_id=person_id,
        subject=subject,
        ends_at=work.now + LIFETIMES[purpose],
    )
    work.session.add(row)
    return row.id, token
